"""Questions before mail is written: who is due what, and whether it still makes sense at the moment of sending."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from simlab.engine.mailing import DueMail, Quiet, due_of_invitation, due_of_windows, waking, window_name
from simlab.people.models import Contact
from simlab.sittings.mailmodels import Mail, MailRules, MovedWindow
from simlab.sittings.models import Participant, Sitting
from simlab.sittings.progress import Progress, progress_from, progress_of
from simlab.studies.models import Invitation, Study
from simlab.studies.tokens import hash_of

Need = tuple[UUID, UUID | None, DueMail]


def rules_of(study: Study) -> MailRules:
    """The rules of a study, or those that stand until somebody sets them."""
    return MailRules.objects.filter(study=study).first() or MailRules(study=study)


def quiet_of(rules: MailRules, contact: Contact) -> Quiet:
    return Quiet(ZoneInfo(contact.time_zone or rules.time_zone), rules.quiet_from, rules.quiet_until)


def needs_of(study: Study, now: datetime.datetime) -> Iterator[Need]:
    """Every message that the rules want of this study at `now`: contact, participant, message."""
    if study.parent_id or study.launched_at is None:
        return
    rules = rules_of(study)
    if not study.is_closed:
        yield from _of_invitations(study, rules)
        yield from _of_windows(study, rules, now)
    yield from _of_debriefs(study, rules, now)


def _of_invitations(study: Study, rules: MailRules) -> Iterator[Need]:
    open_ones = Invitation.objects.usable().filter(study=study, kind=Invitation.Kind.SINGLE)
    invited = dict(open_ones.values_list("pk", "created_at"))
    contacts = Contact.objects.filter(invitation_id__in=invited, participant_id=None, stopped_at=None)
    for contact in contacts.exclude(email=""):
        # Who was invited before the launch hears of it when the study can be joined.
        begun = max(invited[contact.invitation_id], study.launched_at)
        for due in due_of_invitation(begun, quiet_of(rules, contact)):
            yield contact.pk, None, due


def _of_windows(study: Study, rules: MailRules, now: datetime.datetime) -> Iterator[Need]:
    people = Participant.objects.with_study().filter(study=study, state=Participant.State.ENROLLED, virtual=False)
    by_id = {person.pk: person for person in people}
    contacts = Contact.objects.filter(participant_id__in=by_id, stopped_at=None).exclude(email="")
    for person, contact, progress in _progress(by_id, contacts, now):
        for due in due_now(progress, person, now, quiet_of(rules, contact)):
            yield contact.pk, person.pk, due


def _of_debriefs(study: Study, rules: MailRules, now: datetime.datetime) -> Iterator[Need]:
    """Whoever sat a case is told once that the debrief is open: after the last window, on leaving, or at the lock."""
    told = study.mails.filter(kind=Mail.Kind.DEBRIEF).values("participant")
    people = Participant.objects.with_study().filter(study=study, virtual=False, slot__isnull=False)
    by_id = {person.pk: person for person in people.exclude(pk__in=told)}
    contacts = Contact.objects.filter(participant_id__in=by_id).exclude(email="")
    for person, contact, progress in _progress(by_id, contacts, now):
        if any(progress.sittings.values()) and set(progress.debriefed) == set(progress.protocol.phase_names):
            due = waking(now, quiet_of(rules, contact))
            yield contact.pk, person.pk, DueMail("debrief", "", 0, due, None, None)


def _progress(
    people: Mapping[UUID, Participant], contacts: Iterable[Contact], now: datetime.datetime
) -> Iterator[tuple[Participant, Contact, Progress]]:
    """Where everybody with an address stands, in two queries for all."""
    reached = {contact.participant_id: contact for contact in contacts}
    sat, moved = defaultdict(list), defaultdict(list)
    for sitting in Sitting.objects.filter(participant__in=reached).order_by("opened_at"):
        sat[sitting.participant_id].append(sitting)
    for one in MovedWindow.objects.filter(participant__in=reached):
        moved[one.participant_id].append(one)
    for key, contact in reached.items():
        yield people[key], contact, progress_from(people[key], sat[key], moved[key], now)


def due_now(progress: Progress, person: Participant, now: datetime.datetime, quiet: Quiet) -> list[DueMail]:
    done = {phase: sum(1 for sitting in rows if sitting.completed_at) for phase, rows in progress.sittings.items()}
    return due_of_windows(progress.protocol, progress.windows, done, now, quiet, enrolled=person.enrolled_at)


def why_not(mail: Mail, contact: Contact | None, now: datetime.datetime) -> str:
    """Why a message must not go out any more, in a sentence; empty when it may. Asked again just before sending."""
    if contact is None:
        return "There is no address for this person any more."
    if contact.stopped_at and mail.kind != Mail.Kind.DEBRIEF:
        return "The person has asked for no more mail."
    if mail.until and now > mail.until:
        return "Its time was over before it could be sent."
    if mail.kind == Mail.Kind.INVITATION:
        usable = Invitation.objects.usable().filter(pk=contact.invitation_id).exists()
        return "" if usable else "The invitation was followed, or closed."
    if mail.kind == Mail.Kind.DEBRIEF:
        return ""
    return "" if _still_to_sit(mail, now) else "The sitting is done, its window is over, or the person has left."


def _still_to_sit(mail: Mail, now: datetime.datetime) -> bool:
    person = Participant.objects.with_study().get(pk=mail.participant_id)
    if person.state != Participant.State.ENROLLED:
        return False
    progress = progress_of(person, now)
    phase = mail.window.partition("/")[0]
    done = sum(1 for sitting in progress.sittings[phase] if sitting.completed_at)
    return progress.windows[phase].state in ("waiting", "open") and mail.window == window_name(phase, done + 1)


def at_night(mail: Mail, contact: Contact, now: datetime.datetime) -> bool:
    """Whether it would arrive in the quiet hours of the person, and can wait. What the team sends now, goes now."""
    quiet = quiet_of(rules_of(mail.study), contact)
    if not quiet.holds(now) or mail.decisions.filter(what="now").exists():
        return False
    return mail.until is None or waking(now, quiet) < mail.until


def may_go(mail: Mail) -> bool:
    """A paused study says nothing but the correction of wrong advice; that is said in every state."""
    return mail.kind == Mail.Kind.DEBRIEF or mail.study.state == Study.State.LAUNCHED


def mail_of_token(token: str) -> Mail | None:
    """The message whose links carry this secret."""
    return Mail.objects.filter(token_sha256=hash_of(token)).select_related("study").first()


def participant_of_mail(token: str) -> Participant | None:
    """Whose page a link in mail leads to."""
    return Participant.objects.with_study().filter(mails__token_sha256=hash_of(token)).first()
