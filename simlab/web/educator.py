"""The educator's review: cohorts, one cohort, one trainee."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from simlab.engine.errors import Refused
from simlab.sittings.debrief import debrief
from simlab.sittings.models import Participant
from simlab.studies import clock
from simlab.teaching.models import Cohort
from simlab.teaching.reading import participants_of
from simlab.teaching.review import cohort_rows, trainee_row
from simlab.web.libraryrights import is_professional
from simlab.web.presenters import debriefing, teachingpage


@login_required
@require_safe
def cohorts(request: HttpRequest) -> HttpResponse:
    own = Cohort.objects.filter(owner=request.user).prefetch_related("trainees", "assignments__study")
    context = {"cohorts": own.order_by("-created_at"), "may_make": is_professional(request.user)}
    return render(request, "educator/cohorts.jinja", context)


@login_required
@require_safe
def cohort(request: HttpRequest, cohort: UUID) -> HttpResponse:
    found = get_object_or_404(Cohort, pk=cohort, owner=request.user)
    rows = [teachingpage.row_of(row) for row in cohort_rows(found)]
    studies = [assignment.study for assignment in found.assignments.select_related("study")]
    return render(request, "educator/cohort.jinja", {"cohort": found, "rows": rows, "studies": studies})


@login_required
@require_safe
def trainee(request: HttpRequest, cohort: UUID, trainee: UUID) -> HttpResponse:
    found = get_object_or_404(Cohort, pk=cohort, owner=request.user)
    person = get_object_or_404(found.trainees, pk=trainee)
    told = [debriefed(participant) for participant in participants_of(person)]
    context = {"cohort": found, "trainee": person, "row": teachingpage.row_of(trainee_row(person))}
    return render(request, "educator/trainee.jinja", {**context, "cases": [case for cases in told for case in cases]})


def debriefed(participant: Participant) -> list[dict]:
    """The cases of one try whose debrief the trainee may see by now."""
    try:
        return debriefing.page_of(debrief(participant, clock.now(participant.study)))["cases"]
    except Refused:
        return []
