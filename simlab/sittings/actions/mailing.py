"""Writes to the queue of mail: what is due, who sends it, how it ended. Each message is one row for ever.

due → sending → sent, or failed and tried again; cancelled when it is not needed any more. The row is `sending`, and
that is committed, before the message is handed over. So no two workers send it; and a worker that dies between the
handing over and its note leaves `unknown`, which nobody but a person may settle, unless the way out can tell whether it
arrived.
"""

import datetime
from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.engine.mailing import DueMail, waking
from simlab.people.models import Contact, User
from simlab.sittings import mailneeds
from simlab.sittings.mailmodels import Mail, MailDecision, MailRules
from simlab.sittings.models import Participant
from simlab.studies.actions.unblinding import SHORTEST_REASON
from simlab.studies.models import Study

LEASE = datetime.timedelta(minutes=10)
"""A worker that has not noted the end of a message for so long is dead: handing over takes a minute at most."""

BACK_OFF = tuple(datetime.timedelta(minutes=m) for m in (1, 5, 30, 120, 720))
"""How long to wait after each failure; after the last one a message is left to the study team."""

NOT_NEEDED = "It is not needed any more: the sitting is done, its window is over, or the person has left."
OVERTAKEN = "A later message about the same took its place."
LOST_SIGHT = (
    "The worker stopped between handing this message over and noting the answer. It may have arrived, so it is not "
    "sent again by itself."
)


@transaction.atomic
def plan_mail(*, study: Study, now: datetime.datetime) -> int:
    """Bring the queue in line with where everybody stands. Returns how many messages are new; safe to repeat.

    What is not needed any more is cancelled, what moved is moved, and what was sent stays as it is.
    """
    known = {(m.person, m.kind, m.window, m.number): m for m in study.mails.select_for_update()}
    wanted = {}
    for person, participant_id, due in mailneeds.needs_of(study, now):
        mail = _renumbered(due, person, known)
        wanted[person, mail.kind, mail.window, mail.number] = (participant_id, mail)
    for key, row in known.items():
        if key in wanted:
            _follow(row, wanted[key][1], now)
        elif row.state in (Mail.State.DUE, Mail.State.FAILED) and row.kind != Mail.Kind.DEBRIEF:
            _end(row, Mail.State.CANCELLED, NOT_NEEDED)
    fresh = [_row(study, key, *wanted[key], now) for key in wanted if key not in known]
    Mail.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    return len(fresh)


def _renumbered(due: DueMail, person: UUID, known: dict[tuple, Mail]) -> DueMail:
    """An appointment that was told and then moved is told again, under the next number."""
    if due.kind != "appointment":
        return due
    told = [row for key, row in known.items() if key[:3] == (person, due.kind, due.window)]
    same = [row.number for row in told if row.opens == due.opens or row.state == Mail.State.DUE]
    number = same[0] if same else len(told)
    return DueMail(due.kind, due.window, number, due.due, due.until, due.opens)


def _follow(row: Mail, wanted: DueMail, now: datetime.datetime) -> None:
    """A message that waits takes the new time of its window; one that was not needed is needed again."""
    if row.state == Mail.State.CANCELLED and row.problem == NOT_NEEDED and wanted.due >= now:
        row.state, row.problem = Mail.State.DUE, ""
    elif row.state != Mail.State.DUE or row.opens == wanted.opens:
        return
    row.due_at, row.until, row.opens = wanted.due, wanted.until, wanted.opens
    row.save(update_fields=["state", "problem", "due_at", "until", "opens"])


def _row(study: Study, key: tuple, participant_id: UUID | None, mail: DueMail, now: datetime.datetime) -> Mail:
    person, kind, window, number = key
    place = {"person": person, "kind": kind, "window": window, "number": number}
    times = {"due_at": mail.due, "until": mail.until, "opens": mail.opens, "created_at": now}
    return Mail(study=study, participant_id=participant_id, **place, **times)


@transaction.atomic
def queue_message(
    *, participant: Participant, kind: str, now: datetime.datetime, window: str = "", number: int = 0
) -> Mail | None:
    """Ask for one message to a participant, as the release of the debrief does. Asking again gives the same one.

    None where the participant has left no address.
    """
    contact = Contact.objects.filter(participant_id=participant.pk).exclude(email="").first()
    if contact is None or participant.virtual:
        return None
    due = waking(now, mailneeds.quiet_of(mailneeds.rules_of(participant.study), contact))
    mail, _ = Mail.objects.get_or_create(
        person=contact.pk,
        kind=kind,
        window=window,
        number=number,
        defaults={"study": participant.study, "participant": participant, "due_at": due, "created_at": now},
    )
    return mail


@transaction.atomic
def claim_mail(*, study: Study, now: datetime.datetime) -> Mail | None:
    """Take the next message that should go out now; None when there is none. Whoever gets it alone may send it.

    What turns out not to be needed is cancelled on the way, and what would come at night waits for the morning.
    """
    free = study.mails.filter(state__in=[Mail.State.DUE, Mail.State.FAILED], final=False, due_at__lte=now)
    for mail in free.select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "created_at", "pk"):
        contact = Contact.objects.filter(pk=mail.person).exclude(email="").first()
        why_not = mailneeds.why_not(mail, contact, now) or (OVERTAKEN if _overtaken(mail, now) else "")
        if why_not:
            _end(mail, Mail.State.CANCELLED, why_not)
        elif mailneeds.at_night(mail, contact, now):
            mail.due_at = waking(now, mailneeds.quiet_of(mailneeds.rules_of(study), contact))
            mail.save(update_fields=["due_at"])
        elif mailneeds.may_go(mail):
            mail.state, mail.claimed_at, mail.problem = Mail.State.SENDING, now, ""
            mail.attempts += 1
            mail.save(update_fields=["state", "claimed_at", "problem", "attempts"])
            return mail
    return None


def _overtaken(mail: Mail, now: datetime.datetime) -> bool:
    """After a long stop of the worker one reminder goes out, not all that were missed."""
    later = Mail.objects.filter(person=mail.person, kind=mail.kind, window=mail.window, number__gt=mail.number)
    return later.filter(state=Mail.State.DUE, due_at__lte=now).exists()


def _end(mail: Mail, state: str, problem: str) -> None:
    mail.state, mail.problem = state, problem
    mail.save(update_fields=["state", "problem"])


def note_token(*, mail: Mail, token_sha256: str) -> None:
    """The link of the message, as a hash, before it goes out."""
    Mail.objects.filter(pk=mail.pk).update(token_sha256=token_sha256)


def note_sent(*, mail: Mail, now: datetime.datetime) -> None:
    mine = Mail.objects.filter(pk=mail.pk, state__in=[Mail.State.SENDING, Mail.State.UNKNOWN])
    mine.filter(claimed_at=mail.claimed_at).update(state=Mail.State.SENT, sent_at=now, problem="")


def note_failed(*, mail: Mail, problem: str, for_good: bool, now: datetime.datetime) -> None:
    """It did not go out, for certain. It is tried again later, unless it was refused for good or tried too often."""
    final = for_good or mail.attempts > len(BACK_OFF)
    due = now if final else now + BACK_OFF[mail.attempts - 1]
    mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.SENDING, claimed_at=mail.claimed_at)
    mine.update(state=Mail.State.FAILED, problem=problem[:500], final=final, due_at=due)


def note_unknown(*, mail: Mail, problem: str) -> None:
    mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.SENDING, claimed_at=mail.claimed_at)
    mine.update(state=Mail.State.UNKNOWN, problem=problem[:500])


@transaction.atomic
def settle_interrupted(*, study: Study, now: datetime.datetime, landed: Callable[[Mail], bool | None]) -> int:
    """Messages whose worker died. `landed` tells whether one went out; None, as with every mail server, cannot."""
    left = study.mails.filter(state=Mail.State.SENDING, claimed_at__lt=now - LEASE)
    rows = list(left.select_for_update(skip_locked=True))
    for mail in rows:
        gone = landed(mail)
        if gone is None:
            _end(mail, Mail.State.UNKNOWN, LOST_SIGHT)
        else:
            mail.state, mail.sent_at = (Mail.State.SENT, mail.claimed_at) if gone else (Mail.State.DUE, None)
            mail.save(update_fields=["state", "sent_at"])
    return len(rows)


WAITING = (Mail.State.DUE, Mail.State.FAILED)
MAY = {
    "now": (WAITING, "sent now"),
    "cancel": ((*WAITING, Mail.State.UNKNOWN), "cancelled"),
    "retry": ((Mail.State.FAILED, Mail.State.UNKNOWN, Mail.State.CANCELLED), "sent again"),
    "arrived": ((Mail.State.UNKNOWN,), "noted as arrived"),
}
"""What the study team may decide about a message in which states. What was sent is never sent again."""


@transaction.atomic
def decide_mail(*, mail: Mail, what: str, reason: str, by: User, now: datetime.datetime) -> Mail:
    """Send a message now, cancel it, try it again, or note that it arrived; with a reason that stays on record."""
    locked = Mail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
    if what not in MAY:
        raise Refused("malformed", "Say what to do with the message: now, cancel, retry or arrived.")
    states, words = MAY[what]
    if locked.state not in states:
        raise Refused("wrong-state", f"A message that is {locked.state} cannot be {words}.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("no-reason", "Say in a sentence why, for the record of the study.")
    MailDecision.objects.create(mail=locked, what=what, reason=reason.strip(), by_id=by.pk, at=now)
    if what == "cancel":
        locked.state, locked.problem = Mail.State.CANCELLED, f"Cancelled by the study team: {reason.strip()}"
    elif what == "arrived":
        locked.state, locked.sent_at, locked.problem = Mail.State.SENT, locked.claimed_at, ""
    else:
        locked.state, locked.due_at, locked.final, locked.problem = Mail.State.DUE, now, False, ""
    locked.save(update_fields=["state", "sent_at", "problem", "due_at", "final"])
    return locked


@transaction.atomic
def set_mail_rules(*, study: Study, rules: MailRules) -> MailRules:
    """Keep how a study writes. Raises Refused for a time zone or an address that is none."""
    kept, _ = MailRules.objects.update_or_create(
        study=study,
        defaults={
            name: getattr(rules, name) for name in ("time_zone", "quiet_from", "quiet_until", "reply_to", "invitation")
        },
    )
    return kept
