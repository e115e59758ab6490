"""Analyses with their results and data, and simulations of power. What is blinded on the pages is blinded here."""

from functools import cache
from importlib import import_module
from types import ModuleType
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from simlab.analyses.models import AnalysisRun
from simlab.analyses.powermodels import PowerStudy
from simlab.exchange.rest import shapes
from simlab.exchange.rest.base import PROBLEMS, View, described

PARQUET = "application/vnd.apache.parquet"


@cache
def computing() -> ModuleType:
    """`exchange.rest.computing`, read when first asked for, or every first page would wait for it."""
    return import_module("simlab.exchange.rest.computing")


class Analyses(View):
    rights = {"POST": "analyse"}

    @described(shapes.AnalysisOut, many=True, name="analyses_list")
    def get(self, request: Request, study: UUID) -> Response:
        runs = self.study(study).analysis_runs.select_related("dataset").latest_first()
        return self.paged(runs, shapes.AnalysisOut)

    @described(shapes.AnalysisOut, None, 202, name="analyses_ask")
    def post(self, request: Request, study: UUID) -> Response:
        """Run the locked plan on the data as they are now, and freeze both. One under way is returned instead."""
        found = self.study(study)
        made = computing().request_analysis(study=found, by=request.user.pk, now=timezone.now())
        return Response(shapes.AnalysisOut(made).data, status=202)


class RunView(View):
    def run(self, study: UUID, run: UUID, *, finished: bool = False) -> AnalysisRun:
        rows = AnalysisRun.objects.select_related("dataset", "study__protocol")
        found = rows.filter(pk=run, study=self.study(study)).first()
        if found is None or (finished and found.state != "done"):
            raise Http404
        return found


class OneAnalysis(RunView):
    rights = {"DELETE": "analyse"}

    @described(shapes.AnalysisOut, name="analyses_read")
    def get(self, request: Request, study: UUID, run: UUID) -> Response:
        return Response(shapes.AnalysisOut(self.run(study, run)).data)

    @extend_schema(responses={204: None, **PROBLEMS}, operation_id="analyses_cancel")
    def delete(self, request: Request, study: UUID, run: UUID) -> Response:
        """Cancel a run that is not over."""
        computing().cancel_analysis(run=self.run(study, run), now=timezone.now())
        return Response(status=204)


class Result(RunView):
    rights = {"GET": "analyse"}

    @extend_schema(responses={200: OpenApiTypes.OBJECT, **PROBLEMS}, operation_id="analyses_result")
    def get(self, request: Request, study: UUID, run: UUID) -> Response:
        """The whole result of a finished run, as docs/schemas/result-1.schema.json; in letters while it is blinded."""
        return Response(computing().result_of(self.run(study, run, finished=True)))


class Data(RunView):
    rights = {"GET": "analyse"}

    @extend_schema(
        responses={(200, PARQUET): OpenApiResponse(OpenApiTypes.BINARY), **PROBLEMS}, operation_id="analyses_data"
    )
    def get(self, request: Request, study: UUID, run: UUID) -> HttpResponse:
        """The frozen table behind a finished run, as Parquet; in letters while it is blinded. See docs/columns.md."""
        name, content = computing().parquet_of(self.run(study, run, finished=True))
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(content, content_type=PARQUET, headers=headers)


class Powers(View):
    rights = {"POST": "analyse"}

    @described(shapes.PowerOut, many=True, name="power_list")
    def get(self, request: Request, study: UUID) -> Response:
        return self.paged(self.study(study).power_studies.order_by("-requested_at", "-pk"), shapes.PowerOut)

    @described(shapes.PowerOut, shapes.PowerIn, 202, name="power_ask")
    def post(self, request: Request, study: UUID) -> Response:
        """Simulate the study for every combination of sizes and effects."""
        found, given = self.study(study), self.given(shapes.PowerIn)
        made = computing().ask_for_power(study=found, **given, by=request.user.pk, now=timezone.now())
        return Response(shapes.PowerOut(made).data, status=202)


class PowerView(View):
    def power(self, study: UUID, power: UUID) -> PowerStudy:
        found = PowerStudy.objects.filter(pk=power, study=self.study(study)).first()
        if found is None:
            raise Http404
        return found


class OnePower(PowerView):
    rights = {"DELETE": "analyse"}

    @described(shapes.PowerOut, name="power_read")
    def get(self, request: Request, study: UUID, power: UUID) -> Response:
        return Response(shapes.PowerOut(self.power(study, power)).data)

    @extend_schema(responses={204: None, **PROBLEMS}, operation_id="power_cancel")
    def delete(self, request: Request, study: UUID, power: UUID) -> Response:
        computing().cancel_power(power_study=self.power(study, power), now=timezone.now())
        return Response(status=204)


class PowerResult(PowerView):
    rights = {"GET": "analyse"}

    @extend_schema(responses={200: OpenApiTypes.OBJECT, **PROBLEMS}, operation_id="power_result")
    def get(self, request: Request, study: UUID, power: UUID) -> Response:
        """Power, precision and error of every combination of a finished simulation."""
        found = self.power(study, power)
        if found.state != "done":
            raise Http404
        return Response(found.result)
