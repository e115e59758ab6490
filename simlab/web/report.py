"""The report of a study: ask for one, watch it being made, read it, take its parts away."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from simlab.analyses import actions
from simlab.stats.result import dump
from simlab.web.presenters import reportpage
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
    return render(request, "researcher/reports.jinja", {"study": found, "runs": runs})


@login_required
@never_cache
@require_safe
def run(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    found = run_or_404(request, study, run)
    context = {"study": found.study, "run": found}
    if found.state != "done":
        return render(request, "researcher/making.jinja", context)
    figures = {figure.name: figure for figure in found.figures.all()}
    told = found.result, found.plan, figures
    about = about_of(found)
    context.update(reportpage.page_of(*told), article=additions_of(about, *told), label=LABELS[about.label])
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
    drawn = get_object_or_404(run_or_404(request, study, run).figures, name=name)
    return HttpResponse(drawn.svg, content_type="image/svg+xml")


@login_required
@require_safe
def figure_data(request: HttpRequest, study: UUID, run: UUID, name: str) -> HttpResponse:
    drawn = get_object_or_404(run_or_404(request, study, run).figures, name=name)
    return download(drawn.csv.encode(), f"{name}.csv", "text/csv; charset=utf-8")


@login_required
@require_safe
def data(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    dataset = run_or_404(request, study, run).dataset
    if dataset is None:
        return redirect("report-run", study, run)
    path = Path(settings.DATA_DIR) / dataset.path
    return FileResponse(path.open("rb"), as_attachment=True, filename="data.parquet")


@login_required
@require_safe
def result(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    return download(run_or_404(request, study, run).result_json.encode(), "result.json", "application/json")


@login_required
@require_safe
def plan(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    return download(dump(run_or_404(request, study, run).plan), "plan.json", "application/json")


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
