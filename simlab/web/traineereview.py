"""The review of one trainee: the educator's page with comments, and the same facts for the trainee."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.sittings import access
from simlab.sittings.models import Sitting
from simlab.sittings.replaying import sittings_of
from simlab.studies import clock
from simlab.studies.reading import has_role
from simlab.teaching import progress as reading
from simlab.teaching.actions_comments import comment_on_trainee
from simlab.teaching.models import Trainee
from simlab.teaching.reading import participants_of, trainee_of
from simlab.teaching.traineereview import Chosen
from simlab.web.presenters import traineepage
from simlab.web.rights import RESEARCH


@login_required
@require_safe
def review(request: HttpRequest, cohort: UUID, trainee: UUID) -> HttpResponse:
    try:
        return _page(request, own_or_404(request, cohort, trainee), traineepage.chosen_of(request.GET))
    except Refused as refused:
        return _page(request, own_or_404(request, cohort, trainee), Chosen(), refused=refused.message)


@login_required
@require_POST
def comment(request: HttpRequest, cohort: UUID, trainee: UUID) -> HttpResponse:
    person, text = own_or_404(request, cohort, trainee), request.POST.get("text", "")
    try:
        comment_on_trainee(trainee=person, text=text, by=request.user, now=timezone.now())
    except Refused as refused:
        return _page(request, person, Chosen(), refused=refused.message, text=text)
    return redirect("trainee-review", cohort, trainee)


@never_cache
@require_safe
def progress(request: HttpRequest, participant: UUID) -> HttpResponse:
    """Of the trainee that this participant is: for whoever may act for the participant, and nobody else."""
    person = access.find_participant(request, participant)
    trainee = trainee_of(person)
    if trainee is None:
        raise Http404
    facts = traineepage.page_of(reading.for_trainee(trainee, clock.now), Chosen())
    return render(request, "clinician/progress.jinja", {
        "participant": person, "trainee": trainee, "facts": facts, "comments": trainee.comments.select_related("by"),
    })  # fmt: skip


def own_or_404(request: HttpRequest, cohort: UUID, trainee: UUID) -> Trainee:
    mine = Trainee.objects.select_related("cohort").filter(cohort__owner=request.user, cohort=cohort)
    return get_object_or_404(mine, pk=trainee)


def _page(request: HttpRequest, trainee: Trainee, chosen: Chosen, *, refused: str = "", text: str = "") -> HttpResponse:
    facts = traineepage.page_of(reading.for_educator(trainee, chosen), chosen)
    return render(request, "educator/trainee_review.jinja", {
        "trainee": trainee, "cohort": trainee.cohort, "facts": facts, "fields": traineepage.fields_of(chosen),
        "comments": trainee.comments.select_related("by"), "replays": replays_of(request.user, trainee),
        "refused": refused, "text": text,
    }, status=422 if refused else 200)  # fmt: skip


def replays_of(user: User, trainee: Trainee) -> list[Sitting]:
    """The sittings that this person may replay: an educator who also works on the study."""
    found: list[Sitting] = []
    for person in participants_of(trainee):
        study = person.study
        if has_role(study, user, *RESEARCH) and not study.hides_arms:
            found += sittings_of(study).filter(participant=person).order_by("opened_at")
    return found
