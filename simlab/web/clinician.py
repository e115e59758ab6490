"""A participant's own pages: what comes next, the sitting, the debrief."""

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from simlab.engine.errors import Refused
from simlab.people.vault import participants_of
from simlab.sittings import access, actions, reading
from simlab.sittings.api import answers_in_json, reply_to, take
from simlab.sittings.consenting import consent_due
from simlab.sittings.debrief import debrief as debrief_of
from simlab.sittings.models import Participant
from simlab.sittings.questions import questions_due
from simlab.sittings.reflections import reflections_of
from simlab.studies import clock
from simlab.studies.reading import document_of
from simlab.teaching.actions_assigning import tries_left
from simlab.teaching.reading import trainee_of
from simlab.web.arriving import show_once
from simlab.web.presenters import arrival, debriefing, homepage, player


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The studies of a person who has an account."""
    own = Participant.objects.with_study().filter(pk__in=participants_of(request.user)).order_by("-created_at")
    return render(request, "clinician/mine.jinja", {"participants": own})


@never_cache
@require_safe
def me(request: HttpRequest, participant: UUID) -> HttpResponse:
    person = access.find_participant(request, participant)
    home = reading.home(person, clock.now(person.study))
    token = request.session.pop(f"link:{person.pk}", None)
    return render(request, "clinician/home.jinja", {
        "participant": person, "home": home, "phases": homepage.rows_of(home), "next": homepage.next_step(home),
        "consent_due": consent_due(person), "trainee": trainee_of(person),
        "again": tries_left(person),
        "link": token and request.build_absolute_uri(f"/return/{token}/"),
    })  # fmt: skip


@require_POST
def start(request: HttpRequest, participant: UUID) -> HttpResponse:
    person = access.find_participant(request, participant)
    if consent_due(person):
        return redirect("consent-again", person.pk)
    if questions_due(person, clock.now(person.study)):
        return redirect("questions", person.pk)
    try:
        sitting = actions.open_sitting(participant=person, now=clock.now(person.study))
    except Refused as refused:
        return render(
            request, "clinician/closed.jinja", {"message": refused.message, "back": person}, status=refused.status
        )
    return redirect("sit", sitting.pk)


@require_POST
def skip(request: HttpRequest, participant: UUID) -> HttpResponse:
    person = access.find_participant(request, participant)
    try:
        actions.skip_wait(participant=person)
    except Refused as refused:
        return render(
            request, "clinician/closed.jinja", {"message": refused.message, "back": person}, status=refused.status
        )
    return redirect("me", person.pk)


@require_POST
def link(request: HttpRequest, participant: UUID) -> HttpResponse:
    """A new personal link; the one before it stops working."""
    person = access.find_participant(request, participant)
    show_once(request, person)
    return redirect("me", person.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, participant: UUID) -> HttpResponse:
    """Asked once, in plain words; whoever has left finds the farewell here."""
    person = access.find_participant(request, participant)
    context = {"study": person.study, "participant": person, "state": person.state}
    if person.state == Participant.State.WITHDRAWN:
        ready = reading.home(person, clock.now(person.study))["debrief_ready"]
        return render(request, "clinician/farewell.jinja", {**context, "debrief_ready": ready})
    if person.state not in (Participant.State.ENROLLED, Participant.State.COMPLETED) or person.study.is_closed:
        return redirect("me", person.pk)
    if request.method == "POST":
        said = request.POST.get("choice")
        choice = said if said in Participant.Withdrawal.values else Participant.Withdrawal.KEEP
        actions.withdraw(participant=person, now=clock.now(person.study), choice=choice)
        return redirect("leave" if choice != Participant.Withdrawal.KEEP or not person.ended_at else "me", person.pk)
    information = arrival.without_title(getattr(document_of(person.study, "information"), "text", ""))
    return render(request, "clinician/leave.jinja", {**context, "information": information})


@never_cache
@require_safe
def sit(request: HttpRequest, sitting: UUID) -> HttpResponse:
    found = access.find_sitting(request, sitting)
    now = clock.now(found.participant.study)
    step = reading.current_step(actions.expire(sitting=found, now=now), now)
    if step["page"] != "encounter":
        return redirect(step["next"])
    context = {"step": step, "view": player.view_of(step), "participant": found.participant_id}
    return render(request, "player/sit.jinja", context)


@require_POST
@never_cache
@answers_in_json
def answer(request: HttpRequest, sitting: UUID) -> HttpResponse:
    """The outbox, for a batch with an answer: the reply brings the page that follows, or where the person goes next."""
    found, done = take(request, sitting)
    if done.stale or done.status != HTTPStatus.OK:
        return reply_to(done)
    step = reading.current_step(found, clock.now(found.participant.study))
    if step["page"] != "encounter":
        return reply_to(done, next=step["next"])
    context = {"step": step, "view": player.view_of(step), "participant": found.participant_id}
    return reply_to(done, html=render_to_string("player/step.jinja", context, request))


@never_cache
@require_safe
def debrief(request: HttpRequest, participant: UUID) -> HttpResponse:
    person = access.find_participant(request, participant)
    try:
        told = debrief_of(person, clock.now(person.study))
    except Refused as refused:
        return render(
            request, "clinician/closed.jinja", {"message": refused.message, "back": person}, status=refused.status
        )
    return render(
        request,
        "clinician/debrief.jinja",
        {
            "participant": person,
            "reflections": reflections_of(person),
            "may_reflect": person.state != Participant.State.WITHDRAWN,
            **debriefing.page_of(told),
        },
    )
