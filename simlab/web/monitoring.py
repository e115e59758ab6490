"""Looks before the end. The team's page tells words and days; the committee's own page, and no other, tells numbers."""

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from simlab.analyses import actions_interim
from simlab.analyses.reading_interim import decisions, looks_planned, monitored_by, monitors, open_look
from simlab.engine.errors import Refused
from simlab.studies.models import Study
from simlab.studies.reading import has_role
from simlab.web.presenters import interimpage
from simlab.web.rights import study_or_404


@login_required
@require_safe
def looks(request: HttpRequest, study: UUID) -> HttpResponse:
    return _team(request, study_or_404(request, study))


@login_required
@require_POST
def appoint(request: HttpRequest, study: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    email = request.POST.get("email", "")
    try:
        actions_interim.appoint_monitor(study=found, email=email, by=request.user, now=timezone.now())
    except Refused as refused:
        return _team(request, found, str(refused), email)
    return redirect("looks", found.pk)


def _team(request: HttpRequest, study: Study, wrong: str = "", email: str = "") -> HttpResponse:
    planned = looks_planned(study)
    context = {
        "study": study,
        "plan": planned and interimpage.plan_words(planned),
        "rows": interimpage.rows_of(planned, decisions(study)) if planned else [],
        "committee": study.monitors.select_related("user").order_by("appointed_at"),
        "owner": has_role(study, request.user, "owner"),
        "stopped": decisions(study).filter(word="stop").exists(),
        "wrong": wrong,
        "email": email,
    }
    return render(request, "researcher/looks.jinja", context, status=422 if wrong else 200)


@login_required
@require_safe
def monitoring(request: HttpRequest) -> HttpResponse:
    return render(request, "monitor/studies.jinja", {"studies": monitored_by(request.user)})


@login_required
@never_cache
@require_safe
def monitor(request: HttpRequest, study: UUID) -> HttpResponse:
    return _committee(request, _monitored_or_404(request, study))


@login_required
@require_POST
def look(request: HttpRequest, study: UUID) -> HttpResponse:
    found = _monitored_or_404(request, study)
    return _acted(request, found, lambda: actions_interim.make_look(study=found, by=request.user, now=timezone.now()))


@login_required
@require_POST
def decide(request: HttpRequest, study: UUID) -> HttpResponse:
    found = _monitored_or_404(request, study)
    given = {name: request.POST.get(name, "") for name in ("word", "reason")}
    return _acted(
        request, found,
        lambda: actions_interim.decide_look(study=found, by=request.user, now=timezone.now(), **given),
    )  # fmt: skip


def _acted(request: HttpRequest, study: Study, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        return _committee(request, study, str(refused))
    return redirect("monitor", study.pk)


def _committee(request: HttpRequest, study: Study, wrong: str = "") -> HttpResponse:
    planned = looks_planned(study)
    made = study.interim_looks.select_related("decision", "dataset")
    context = {
        "study": study,
        "plan": planned and interimpage.plan_words(planned),
        "rows": interimpage.rows_of(planned, decisions(study)) if planned else [],
        "looks": [interimpage.numbers_of(one) for one in reversed(made)],
        "open": open_look(study),
        "wrong": wrong,
        "given": request.POST,
    }
    return render(request, "monitor/study.jinja", context, status=409 if wrong else 200)


def _monitored_or_404(request: HttpRequest, study: UUID) -> Study:
    """For the committee alone: whoever has any other part in the study, or runs the site, finds nothing here."""
    found = Study.objects.select_related("protocol").filter(pk=study).first()
    if found is None or not monitors(found, request.user):
        raise Http404
    return found
