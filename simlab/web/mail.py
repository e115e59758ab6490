"""Mail of a study: what is due, sent and failed; inviting people; one message; moving a window."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from simlab.engine.errors import InvalidFile, Refused
from simlab.people.actions import ask_for_mail, stop_mail
from simlab.people.vault import contact_of
from simlab.sittings import access, maildelivery
from simlab.sittings.actions import mailing
from simlab.sittings.actions.windows import move_window
from simlab.sittings.mailmodels import Mail
from simlab.sittings.mailneeds import rules_of
from simlab.sittings.models import Participant
from simlab.studies import clock
from simlab.studies.actions.inviting import invite_people, read_invitees
from simlab.studies.models import Study
from simlab.studies.reading import has_role, protocol_of
from simlab.web.presenters import mailpage
from simlab.web.rights import study_or_404


@login_required
@never_cache
@require_safe
def console(request: HttpRequest, study: UUID) -> HttpResponse:
    return _console(request, study_or_404(request, study))


@login_required
@require_POST
def invite(request: HttpRequest, study: UUID) -> HttpResponse:
    """People from a file, or from the lines of the form: all of them, or none and every fault."""
    found = study_or_404(request, study)
    try:
        people = read_invitees(mailpage.given_list(request))
        made = invite_people(study=found, people=people, by=request.user, now=clock.now(found))
    except InvalidFile as fault:
        return _console(request, found, {"people": [str(one) for one in fault.faults]})
    except Refused as refused:
        return _console(request, found, {"people": [refused.message]})
    maildelivery.plan(study=found)
    request.session["told"] = mailpage.invited_words(len(made), len(people))
    return redirect("mail", found.pk)


@login_required
@require_POST
def rules(request: HttpRequest, study: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    try:
        mailing.set_mail_rules(study=found, rules=mailpage.given_rules(found, request.POST))
    except Refused as refused:
        return _console(request, found, {"rules": [refused.message]})
    request.session["told"] = "The rules are kept, and count for every message that is not sent yet."
    return redirect("mail", found.pk)


def _console(request: HttpRequest, study: Study, errors: dict[str, list[str]] | None = None) -> HttpResponse:
    told = request.session.pop("told", "")
    page = mailpage.page_of(study, rules_of(study), shown=request.GET.get("state", ""))
    context = {"study": study, "errors": errors or {}, "given": request.POST, "told": told, **page}
    return render(request, "mail/console.jinja", context, status=422 if errors else 200)


def message_or_404(request: HttpRequest, study: UUID, mail: UUID) -> Mail:
    found = Mail.objects.select_related("study__protocol").filter(pk=mail, study=study_or_404(request, study)).first()
    if found is None:
        raise Http404
    return found


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, study: UUID, mail: UUID) -> HttpResponse:
    """One message with its history, and what the team may decide about it."""
    found, problem = message_or_404(request, study, mail), ""
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in ("what", "reason")}
        try:
            mailing.decide_mail(mail=found, **given, by=request.user, now=clock.now(found.study))
            return redirect("mail-message", study, mail)
        except Refused as refused:
            problem = refused.message
    page = mailpage.message_page(found, owner=has_role(found.study, request.user, "owner"))
    context = {"study": found.study, "problem": problem, "given": request.POST, **page}
    return render(request, "mail/message.jinja", context, status=422 if problem else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def windows(request: HttpRequest, study: UUID, participant: UUID) -> HttpResponse:
    """The windows of one person, and the form that moves one with a reason."""
    found, problem = study_or_404(request, study), ""
    person = Participant.objects.with_study().filter(pk=participant, study=found).first()
    if person is None:
        raise Http404
    if request.method == "POST":
        try:
            move_window(participant=person, **mailpage.given_window(found, request.POST), by=request.user,
                        now=clock.now(found))  # fmt: skip
            return redirect("windows", found.pk, person.pk)
        except Refused as refused:
            problem = refused.message
    page = mailpage.windows_page(person, clock.now(found))
    context = {"study": found, "person": person, "problem": problem, "given": request.POST, **page}
    return render(request, "mail/windows.jinja", context, status=422 if problem else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest, participant: UUID) -> HttpResponse:
    """A participant's own choice: an address for reminders, in which time zone, or none."""
    person, problem = access.find_participant(request, participant), ""
    try:
        if request.method == "POST" and "stop" in request.POST and (contact := contact_of(person.pk)):
            stop_mail(contact=contact, now=timezone.now())
        elif request.method == "POST":
            given = {name: request.POST.get(name, "").strip() for name in ("email", "time_zone")}
            ask_for_mail(participant_id=person.pk, **given)
    except Refused as refused:
        problem = refused.message
    reminds = any(phase.remind for phase in protocol_of(person.study).phases.values())
    context = {"participant": person, "contact": contact_of(person.pk), "problem": problem, "given": request.POST,
               "reminds": reminds, "done": request.method == "POST" and not problem}  # fmt: skip
    return render(request, "mail/mine.jinja", context, status=422 if problem else 200)
