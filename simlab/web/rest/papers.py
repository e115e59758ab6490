"""What the pages of a study work out, for programs: checklist, balance before the launch, report as PDF, figures."""

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from simlab.exchange.rest.base import PROBLEMS, View, described
from simlab.exchange.rest.numbers import RunView

MADE = OpenApiResponse(OpenApiTypes.BINARY)


@cache
def late(name: str) -> ModuleType:
    """A module that brings the packages of the statistics or the typesetter: read when first asked for."""
    return import_module(f"simlab.web.{name}")


class Check(s.Serializer):
    mark = s.ChoiceField(choices=["yes", "weak", "no"], help_text="holds, is weak, lacks")
    words = s.CharField()
    detail = s.CharField(allow_blank=True)


class ChecklistOut(s.Serializer):
    lacking = s.IntegerField(help_text="how many checks lack something")
    checks = Check(many=True)


class Checklist(View):
    @described(ChecklistOut, name="checklist")
    def get(self, request: Request, study: UUID) -> Response:
        """What holds before the launch and what lacks, as on the page."""
        return Response(ChecklistOut(late("presenters.launchpage").page_of(self.study(study), request.user)).data)


class BalanceReport(View):
    @extend_schema(responses={200: OpenApiTypes.OBJECT, **PROBLEMS}, operation_id="balance_report")
    def get(self, request: Request, study: UUID) -> Response:
        """A draw like that of the launch, counted: which promises hold, who would meet which case how often."""
        found = self.study(study)
        page = late("presenters.balancepage").page_of(found)
        faults = [str(one) for one in page.get("faults", [])]
        return Response({**{name: one for name, one in page.items() if name != "study"}, "faults": faults})


class Shown(RunView):
    """A finished run as this person may see it: in letters while it is blinded."""

    rights = {"GET": "analyse"}

    def shown(self, study: UUID, run: UUID) -> Any:
        return late("papers").shown(self.run(study, run, finished=True))


def attached(content: bytes | str, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


class ReportPdf(Shown):
    @extend_schema(responses={(200, "application/pdf"): MADE, **PROBLEMS}, operation_id="report_pdf")
    def get(self, request: Request, study: UUID, run: UUID) -> HttpResponse:
        """The report of a finished run as an article."""
        told, pages = self.shown(study, run), late("papers")
        values = pages.paper_of(pages.about_of(told), told.result, told.plan, told.figures)
        return attached(pages.report_pdf(values), "application/pdf", f"report{'-blinded' * told.blinded}.pdf")


class PlainPdf(Shown):
    @extend_schema(responses={(200, "application/pdf"): MADE, **PROBLEMS}, operation_id="report_plain_pdf")
    def get(self, request: Request, study: UUID, run: UUID, reader: str) -> HttpResponse:
        """One page in plain words, once the arms may be known; `reader` is as on the page of the report."""
        pages = late("papers")
        words = pages.in_plain_words(self.run(study, run, finished=True), reader)
        return attached(pages.plain_pdf(words), "application/pdf", f"for-{reader}.pdf")


class Plan(RunView):
    @extend_schema(responses={200: OpenApiTypes.OBJECT, **PROBLEMS}, operation_id="analyses_plan")
    def get(self, request: Request, study: UUID, run: UUID) -> Response:
        """The locked plan that the run followed."""
        return Response(self.run(study, run).plan)


class FigureOut(s.Serializer):
    name = s.CharField()
    title = s.CharField()
    alt = s.CharField(help_text="the figure in words")
    svg = s.CharField()
    csv = s.CharField(help_text="the numbers behind it")


class Figures(Shown):
    @described(FigureOut, many=True, name="report_figures")
    def get(self, request: Request, study: UUID, run: UUID) -> Response:
        """The figures of the report with the numbers behind each."""
        rows = self.shown(study, run).figures.values()
        return Response(FigureOut(rows, many=True).data)


class Table(Shown):
    @extend_schema(responses={(200, "text/csv"): MADE, **PROBLEMS}, operation_id="report_table")
    def get(self, request: Request, study: UUID, run: UUID, section: str, name: str) -> HttpResponse:
        """A table of the report as CSV, by the names of its address on the page."""
        tables, told, pages = late("presenters.csvtables"), self.shown(study, run), late("papers")
        if section == tables.STUDY:
            names = {analysis["name"] for analysis in told.result["analyses"]}
            text = tables.csv_of_study(name, pages.about_of(told), told.plan, names)
        else:
            text = tables.csv_of(section, name, told.result)
        if text is None:
            raise Http404
        return attached(text, "text/csv; charset=utf-8", f"{section}-{name}.csv")
