"""Rehearse: choose a truth and sizes, watch the simulation, read power and precision, open one simulated report."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from simlab.analyses import actions_power
from simlab.analyses.models import Rehearsal
from simlab.analyses.powermodels import PowerStudy
from simlab.analyses.reading_power import cells_so_far
from simlab.rehearsal import figures_power
from simlab.rehearsal.grid import grid_from
from simlab.stats.errors import BadInput
from simlab.studies.models import Study
from simlab.studies.reading import protocol_of
from simlab.web.presenters import rehearsepage
from simlab.web.report import download
from simlab.web.rights import study_or_404


def power_or_404(request: HttpRequest, study: UUID, power: UUID) -> PowerStudy:
    """A power study of a study in which this person does research."""
    found = PowerStudy.objects.filter(pk=power, study=study_or_404(request, study)).select_related("study").first()
    if found is None:
        raise Http404
    return found


def _rehearsals(study: Study) -> list[Rehearsal]:
    return list(Rehearsal.objects.filter(study__parent=study).order_by("-started_at")[:20])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rehearse(request: HttpRequest, study: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    earlier = _rehearsals(found)
    asked = rehearsepage.Asked(request.POST, protocol_of(found), earlier)
    if request.method == "POST" and (made := _requested(request, found, asked)):
        return redirect("rehearse-power", found.pk, made.pk)
    errors = asked.errors if request.method == "POST" else {}
    context = {"study": found, "asked": asked.values, "errors": errors, "choices": rehearsepage.choices_of(earlier)}
    context["arms"] = list(protocol_of(found).arms)
    context["powers"] = found.power_studies.order_by("-requested_at", "-pk")
    return render(request, "researcher/rehearse.jinja", context)


def _requested(request: HttpRequest, study: Study, asked: rehearsepage.Asked) -> PowerStudy | None:
    """The power study of a form without faults; else None, with the fault beside its field."""
    if asked.grid is None or asked.truth is None:
        return None
    given = {"grid": asked.grid, "truth": asked.truth, "truth_name": asked.truth_name}
    try:
        return actions_power.request_power(study=study, **given, by=request.user.pk, now=timezone.now())
    except BadInput as fault:
        asked.errors["clinicians"] = str(fault)
        return None


@login_required
@never_cache
@require_safe
def power(request: HttpRequest, study: UUID, power: UUID) -> HttpResponse:
    found = power_or_404(request, study, power)
    context = {"study": found.study, "power": found}
    if found.state != "done":
        progress = rehearsepage.progress_of(cells_so_far(found), grid_from(found.grid))
        return render(request, "researcher/rehearsing.jinja", {**context, "progress": progress})
    page = rehearsepage.page_of(found.result, found.truth_name)
    return render(request, "researcher/power.jinja", {**context, **page})


@login_required
@never_cache
@require_safe
def progress(request: HttpRequest, study: UUID, power: UUID) -> HttpResponse:
    """The part of the page that renews itself; when the result is there, htmx loads the whole page again."""
    found = power_or_404(request, study, power)
    told = rehearsepage.progress_of(cells_so_far(found), grid_from(found.grid))
    context = {"study": found.study, "power": found, "progress": told}
    response = render(request, "researcher/rehearse_progress.jinja", context)
    if found.is_over:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_POST
def cancel(request: HttpRequest, study: UUID, power: UUID) -> HttpResponse:
    actions_power.cancel_power(power_study=power_or_404(request, study, power), now=timezone.now())
    return redirect("rehearse-power", study, power)


@login_required
@require_POST
def example(request: HttpRequest, study: UUID, power: UUID, cell: int) -> HttpResponse:
    """The whole report of one simulated study of a design."""
    found = power_or_404(request, study, power)
    if cell >= len(grid_from(found.grid).cells()):
        raise Http404
    run = actions_power.request_example(power_study=found, cell=cell, by=request.user.pk, now=timezone.now())
    return redirect("report-run", run.study_id, run.pk)


def _figure(request: HttpRequest, study: UUID, power: UUID, name: str):
    result = power_or_404(request, study, power).result
    drawn = next((one for one in figures_power.draw(result) if one.name == name), None) if result else None
    if drawn is None:
        raise Http404
    return drawn


@login_required
@require_safe
def figure(request: HttpRequest, study: UUID, power: UUID, name: str) -> HttpResponse:
    return HttpResponse(_figure(request, study, power, name).svg, content_type="image/svg+xml")


@login_required
@require_safe
def figure_data(request: HttpRequest, study: UUID, power: UUID, name: str) -> HttpResponse:
    drawn = _figure(request, study, power, name)
    return download(drawn.csv.encode(), f"{name}.csv", "text/csv; charset=utf-8")


@login_required
@require_safe
def result(request: HttpRequest, study: UUID, power: UUID) -> HttpResponse:
    return download(power_or_404(request, study, power).result_json.encode(), "power.json", "application/json")
