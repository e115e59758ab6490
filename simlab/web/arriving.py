"""From a link to a place in a study: what it is, consent, role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from simlab.engine.errors import Refused
from simlab.engine.protocol import consent_statements
from simlab.people.vault import participants_of
from simlab.sittings import access, actions, mailneeds, reading
from simlab.sittings.models import Participant
from simlab.studies import clock
from simlab.studies.models import Document, Invitation
from simlab.studies.reading import document_of, invitation_for, protocol_of
from simlab.teaching.actions_assigning import take_seat
from simlab.web import consenting, errors
from simlab.web.presenters import arrival


def invitation_or_404(token: str) -> Invitation:
    return invitation_for(token) or get_object_or_404(Invitation.objects.none())


def present(request: HttpRequest, invitation: Invitation) -> Participant | None:
    """The person of this browser in the invitation's study, if they have begun."""
    known = [*request.session.get(access.SESSION_KEY, []), *participants_of(request.user)]
    mine = Participant.objects.filter(study=invitation.study, pk__in=known)
    return mine.with_study().exclude(state__in=["declined", "ineligible"]).order_by("-created_at").first()


@require_safe
def join(request: HttpRequest, token: str) -> HttpResponse:
    invitation = invitation_or_404(token)
    participant = present(request, invitation)
    protocol = protocol_of(invitation.study)
    information = document_of(invitation.study, Document.Kind.INFORMATION)
    return render(request, "clinician/join.jinja", {
        "study": invitation.study, "token": token, "facts": arrival.facts_of(protocol), "summary": protocol.summary,
        "information": information, "enrolled": participant if participant and participant.slot_id else None,
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, token: str) -> HttpResponse:
    invitation = invitation_or_404(token)
    document = document_of(invitation.study, Document.Kind.CONSENT)
    if request.method != "POST" or "agree" not in request.POST:
        return consent_page(request, token, invitation, document)
    agreed = request.POST["agree"] == "yes"
    ticked = consenting.ticked(request, document.text)
    if request.POST.get("version", document.sha256) != document.sha256:
        return consent_page(request, token, invitation, document, stale=True)
    if agreed and not consenting.complete(document.text, ticked):
        return consent_page(request, token, invitation, document, ticked=ticked, missing=True)
    try:
        participant = consented(request, invitation, document, ticked, agreed)
    except Refused as refused:
        return render(request, "clinician/closed.jinja", {"message": refused.message}, status=refused.status)
    return redirect("eligibility", token) if agreed else farewell(request, participant)


def consented(
    request: HttpRequest, invitation: Invitation, document: Document, ticked: list[str], agreed: bool
) -> Participant:
    now = clock.now(invitation.study)
    participant = present(request, invitation) or actions.arrive(invitation=invitation, now=now)
    access.remember(request, participant)
    return actions.give_consent(participant=participant, document=document, statements=ticked, agreed=agreed, now=now)


def consent_page(
    request: HttpRequest,
    token: str,
    invitation: Invitation,
    document: Document,
    ticked: list[str] = (),
    missing: bool = False,
    stale: bool = False,
) -> HttpResponse:
    return render(request, "clinician/consent.jinja", {
        "stale": stale,
        "study": invitation.study, "token": token, "document": document, "missing": missing, "ticked": ticked,
        "text": arrival.without_statements(document.text), "statements": consent_statements(document.text),
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def eligibility(request: HttpRequest, token: str) -> HttpResponse:
    invitation = invitation_or_404(token)
    participant = present(request, invitation)
    if participant is None:
        return redirect("join", token)
    if participant.slot_id:
        return redirect("me", participant.pk)
    sites = protocol_of(invitation.study).population.sites
    if not request.POST.get("grade") or (sites and not request.POST.get("site")):
        return eligibility_page(request, token, invitation, missing=request.method == "POST")
    return declared(request, participant)


def declared(request: HttpRequest, participant: Participant) -> HttpResponse:
    answers = {name: request.POST[name] for name in ("grade", "site") if request.POST.get(name)}
    try:
        participant = take_seat(participant=participant, answers=answers, now=clock.now(participant.study))
    except Refused as refused:
        return render(request, "clinician/closed.jinja", {"message": refused.message}, status=refused.status)
    return welcome(request, participant) if participant.slot_id else farewell(request, participant)


def eligibility_page(request: HttpRequest, token: str, invitation: Invitation, *, missing: bool) -> HttpResponse:
    protocol = protocol_of(invitation.study)
    context = {"study": invitation.study, "token": token, "missing": missing, "given": request.POST}
    context |= {"grades": arrival.grades_of(protocol), "sites": arrival.sites_of(protocol)}
    return render(request, "clinician/eligibility.jinja", context)


def welcome(request: HttpRequest, participant: Participant) -> HttpResponse:
    """To the person's own page, with the personal link to keep, which is shown once."""
    show_once(request, participant)
    return redirect("me", participant.pk)


def show_once(request: HttpRequest, participant: Participant) -> None:
    request.session[f"link:{participant.pk}"] = actions.issue_return_token(participant=participant)


def farewell(request: HttpRequest, participant: Participant) -> HttpResponse:
    return render(request, "clinician/farewell.jinja", {"study": participant.study, "state": participant.state})


@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest, token: str) -> HttpResponse:
    """A personal link. Mail scanners open links, so a page asks first and only the answer lets in."""
    participant = reading.participant_of_return_token(token) or mailneeds.participant_of_mail(token)
    if participant is None:
        return errors.not_found(request)
    if request.method != "POST":
        return render(request, "clinician/return.jinja", {"study": participant.study, "token": token})
    access.remember(request, participant)
    return redirect("me", participant.pk)
