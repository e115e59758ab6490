"""The educator's side of an assignment: a cohort, its roster, what it is given, and the links into it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from simlab.engine.errors import InvalidFile, Refused
from simlab.sittings import access
from simlab.studies import clock
from simlab.studies.tokens import secret_of
from simlab.teaching import actions, actions_assigning
from simlab.teaching.models import Cohort
from simlab.web.libraryrights import is_professional
from simlab.web.presenters import assignpage

WRONG = (Refused, InvalidFile)


@login_required
@require_POST
def new_cohort(request: HttpRequest) -> HttpResponse:
    """A cohort of one's own, for whoever works on studies or teaches."""
    if not is_professional(request.user):
        raise Http404
    try:
        places = assignpage.number(request.POST.get("places", ""), "places")
        title = request.POST.get("title", "")
        made = actions.create_cohort(title=title, places=places, by=request.user, now=timezone.now())
    except Refused as refused:
        return render(request, "educator/new_cohort.jinja", {"problem": refused.message}, status=422)
    return redirect("roster", made.pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, cohort: UUID) -> HttpResponse:
    found, problem = get_object_or_404(Cohort, pk=cohort, owner=request.user), ""
    if request.method == "POST":
        try:
            chosen = assignpage.read(request.POST, request.user)
            actions_assigning.make_assignment(cohort=found, by=request.user, now=timezone.now(), **chosen)
            return redirect("roster", found.pk)
        except WRONG as fault:
            problem = str(fault)
    context = {"cohort": found, "problem": problem, **assignpage.form_of(request)}
    return render(request, "educator/assign.jinja", context, status=422 if problem else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest, cohort: UUID) -> HttpResponse:
    """The links of each assignment, and the roster with its upload."""
    found, problems = get_object_or_404(Cohort, pk=cohort, owner=request.user), []
    if request.method == "POST":
        try:
            text = assignpage.uploaded(request.FILES.get("roster"))
            actions_assigning.upload_roster(cohort=found, text=text, by=request.user, now=timezone.now())
            return redirect("roster", found.pk)
        except InvalidFile as invalid:
            problems = [str(fault) for fault in invalid.faults]
        except Refused as refused:
            problems = [refused.message]
    context = {"cohort": found, "problems": problems, **assignpage.roster_of(request, found)}
    return render(request, "educator/roster.jinja", context, status=422 if problems else 200)


@require_POST
def again(request: HttpRequest, participant: UUID) -> HttpResponse:
    """Another try of an assignment, from the consent on."""
    person = access.find_participant(request, participant)
    try:
        fresh = actions_assigning.begin_try(participant=person, now=clock.now(person.study))
    except Refused as refused:
        context = {"message": refused.message, "back": person}
        return render(request, "clinician/closed.jinja", context, status=refused.status)
    access.remember(request, fresh)
    return redirect("consent", secret_of("invitation", fresh.invitation_id))
