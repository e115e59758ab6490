"""The report of a study: ask for one, watch it being made, read it, take its parts away."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from simlab.analyses import actions
from simlab.analyses.reading import Shown, shown
from simlab.analyses.reading_interim import looks_planned
from simlab.engine.errors import Refused
from simlab.stats import datafile
from simlab.stats.result import dump
from simlab.studies.actions import unblind_study
from simlab.studies.reading import has_role
from simlab.web.presenters import csvtables, reportpage
from simlab.web.presenters.about import LABELS
from simlab.web.presenters.paper import additions_of
from simlab.web.reportfacts import about_of
from simlab.web.rights import run_or_404, study_or_404


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reports(request: HttpRequest, study: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    if request.method == "POST":
        made = actions.request_analysis(study=found, by=request.user.pk, now=timezone.now())
        return redirect("report-run", found.pk, made.pk)
    runs = found.analysis_runs.latest_first()
    owner = has_role(found.parent or found, request.user, "owner")
    context = {"study": found, "runs": runs, "owner": owner, "looks": looks_planned(found)}
    return render(request, "researcher/reports.jinja", context)


@login_required
@require_POST
def unblind(request: HttpRequest, study: UUID) -> HttpResponse:
    """Show the arms of a trial before its lock; only for an owner who gives a reason and ticks that it is meant."""
    found = study_or_404(request, study)
    context = {"study": found, "runs": found.analysis_runs.latest_first(), "owner": True}
    try:
        if "sure" not in request.POST:
            raise Refused("not-sure", "Tick the box to say that the study is to be unblinded for good.")
        unblind_study(study=found, by=request.user, reason=request.POST.get("reason", ""), now=timezone.now())
    except Refused as refused:
        context |= {"wrong": str(refused), "reason": request.POST.get("reason", "")}
        return render(request, "researcher/reports.jinja", context, status=refused.status)
    return redirect("report", found.pk)


@login_required
@never_cache
@require_safe
def run(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    found = run_or_404(request, study, run)
    context = {"study": found.study, "run": found}
    if found.state != "done":
        return render(request, "researcher/making.jinja", context)
    told = shown(found)
    about = about_of(told)
    context.update(
        reportpage.page_of(told.result, told.plan, told.figures, blinded=told.blinded),
        article=additions_of(about, told.result, told.plan),
        label=LABELS[about.label],
        blinded=told.blinded,
    )
    return render(request, "researcher/report.jinja", context)


@login_required
@never_cache
@require_safe
def progress(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    """The part of the page that renews itself; when the report is there, htmx loads the whole page again."""
    found = run_or_404(request, study, run)
    response = render(request, "researcher/progress.jinja", {"study": found.study, "run": found})
    if found.is_over:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_POST
def cancel(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    found = run_or_404(request, study, run)
    actions.cancel_analysis(run=found, now=timezone.now())
    return redirect("report-run", study, run)


@login_required
@require_safe
def figure(request: HttpRequest, study: UUID, run: UUID, name: str) -> HttpResponse:
    drawn = found_or_404(finished_or_404(request, study, run).figures.get(name))
    return HttpResponse(drawn.svg, content_type="image/svg+xml")


@login_required
@require_safe
def figure_data(request: HttpRequest, study: UUID, run: UUID, name: str) -> HttpResponse:
    drawn = found_or_404(finished_or_404(request, study, run).figures.get(name))
    return as_csv_file(drawn.csv, name)


@login_required
@require_safe
def table_data(request: HttpRequest, study: UUID, run: UUID, section: str, name: str) -> HttpResponse:
    """A table of the page as CSV: of one analysis, or of the study."""
    told = finished_or_404(request, study, run)
    if section != csvtables.STUDY:
        return as_csv_file(found_or_404(csvtables.csv_of(section, name, told.result)), f"{section}-{name}")
    names = {analysis["name"] for analysis in told.result["analyses"]}
    return as_csv_file(found_or_404(csvtables.csv_of_study(name, about_of(told), told.plan, names)), name)


@login_required
@require_safe
def data(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    told = finished_or_404(request, study, run)
    if not told.blinded:
        path = Path(settings.DATA_DIR) / told.run.dataset.path
        return FileResponse(path.open("rb"), as_attachment=True, filename="data.parquet")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.parquet"
        datafile.write(told.table(), path)
        return download(path.read_bytes(), "data-blinded.parquet", "application/vnd.apache.parquet")


@login_required
@require_safe
def result(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    told = finished_or_404(request, study, run)
    if told.blinded:
        return download(dump(told.result), "result-blinded.json", "application/json")
    return download(told.run.result_json.encode(), "result.json", "application/json")


@login_required
@require_safe
def plan(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    return download(dump(run_or_404(request, study, run).plan), "plan.json", "application/json")


def finished_or_404(request: HttpRequest, study: UUID, run: UUID) -> Shown:
    """What this person may see of a finished run. What is blinded is blinded here, for every file alike."""
    found = run_or_404(request, study, run)
    if found.state != "done":
        raise Http404
    return shown(found)


def found_or_404(found: Any) -> Any:
    if found is None:
        raise Http404
    return found


def as_csv_file(text: str, name: str) -> HttpResponse:
    return download(text.encode(), f"{name}.csv", "text/csv; charset=utf-8")


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
