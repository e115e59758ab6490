"""The researcher's front pages: the list of studies, and one study with its four verbs."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from simlab.analyses.models import Rehearsal
from simlab.sittings.reading import flow_of
from simlab.studies.models import Study
from simlab.studies.reading import balance_of, protocol_of
from simlab.web.presenters import studypage
from simlab.web.rights import RESEARCH, study_or_404


@login_required
@require_safe
def studies(request: HttpRequest) -> HttpResponse:
    mine = Study.objects.visible_to(request.user).real_and_demo()
    if not request.user.is_superuser:
        mine = mine.filter(roles__user=request.user, roles__role__in=RESEARCH)
    rows = [studypage.line_of(study, flow_of(study)) for study in mine.distinct().order_by("-created_at")]
    return render(request, "researcher/studies.jinja", {"rows": rows})


@login_required
@require_safe
def study(request: HttpRequest, study: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    rehearsals = list(Rehearsal.objects.filter(study__parent=found).select_related("study").order_by("-started_at"))
    runs = found.analysis_runs.latest_first()
    latest = runs.finished().first() or runs.first()
    page = studypage.page_of(found, protocol_of(found), flow_of(found), rehearsals, latest)
    context = {"study": found, "protocol": protocol_of(found), "latest": latest, "balance": balance_of(found)}
    return render(request, "researcher/study.jinja", {**context, **page})
