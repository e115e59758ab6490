"""The console of mail in words: what is due, sent, failed or waits for a decision. Who joined is shown by code."""

import datetime
import email
from collections.abc import Mapping
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Count
from django.http import HttpRequest

from simlab.engine.errors import Refused
from simlab.people.actions import checked_zone
from simlab.people.models import Contact, User
from simlab.sittings import mailfile
from simlab.sittings.actions.mailing import MAY
from simlab.sittings.mailmodels import Mail, MailRules
from simlab.sittings.mailneeds import rules_of
from simlab.sittings.mailtext import message_id
from simlab.sittings.models import Participant
from simlab.sittings.progress import progress_of
from simlab.studies.models import Study
from simlab.studies.reading import protocol_of
from simlab.web.words import counted, sentence

MOST_SHOWN = 200
MOST_BYTES = 1024 * 1024
STATES = {
    "due": ("Due", "blue"),
    "sending": ("Being sent", "blue"),
    "sent": ("Sent", "green"),
    "failed": ("Failed", "red"),
    "unknown": ("Not certain", "orange"),
    "cancelled": ("Not needed", "grey"),
}
KINDS = {
    "invitation": "Invitation",
    "appointment": "Date of the next part",
    "reminder": "Reminder",
    "debrief": "Debrief",
}
DECISIONS = {
    "now": ("Send it now", "It goes out within half a minute, also at night."),
    "cancel": ("Cancel it", "It is not sent. It can be sent later all the same."),
    "retry": ("Send it again", "The person may get it twice if it did arrive."),
    "arrived": ("It arrived", "It counts as sent, for example because the person said so."),
}
WINDOW_STATES = {"waiting": "not open yet", "open": "open", "finished": "done", "missed": "closed"}


def page_of(study: Study, rules: MailRules, *, shown: str) -> dict[str, Any]:
    counts = dict(study.mails.order_by().values_list("state").annotate(n=Count("pk")))
    mails = study.mails.order_by("due_at", "created_at") if shown == "due" else study.mails.order_by("-due_at")
    rows = list(mails.filter(state=shown) if shown in STATES else mails)[:MOST_SHOWN]
    zone = ZoneInfo(rules.time_zone)
    addresses = _invited(rows)
    return {
        "rules": rules,
        "invitation": rules.invitation or protocol_of(study).summary or "",
        "tabs": [
            {"state": state, "words": words, "n": counts.get(state, 0), "here": state == shown}
            for state, (words, _) in STATES.items()
        ],
        "rows": [row_of(mail, zone, addresses) for mail in rows],
        "more": sum(counts.values()) if not shown else counts.get(shown, 0),
        "decide": counts.get("unknown", 0) + study.mails.filter(state="failed", final=True).count(),
        "in_folder": mailfile.in_use(),
        "reminds": any(phase.remind for phase in protocol_of(study).phases.values()),
    }


def row_of(mail: Mail, zone: ZoneInfo, addresses: Mapping[Any, str]) -> dict[str, Any]:
    words, colour = STATES[mail.state]
    return {
        "mail": mail,
        "to": addresses.get(mail.person, code_of(mail)),
        "kind": kind_of(mail),
        "when": local(mail.sent_at or mail.due_at, zone),
        "state": "Waits to be tried again" if mail.state == "failed" and not mail.final else words,
        "colour": colour,
        "problem": mail.problem,
    }


def kind_of(mail: Mail) -> str:
    again = f" {mail.number + 1}" if mail.number else ""
    about = f" · {protocol_of(mail.study).phase_label(mail.window.partition('/')[0])}" if mail.window else ""
    return f"{KINDS[mail.kind]}{again}{about}"


def code_of(mail: Mail) -> str:
    return str(mail.participant_id)[:8] if mail.participant_id else "somebody invited"


def _invited(mails: list[Mail]) -> dict[Any, str]:
    """The addresses the team itself wrote down; of who joined, the code takes the place of the address."""
    people = [mail.person for mail in mails if mail.kind == Mail.Kind.INVITATION]
    return dict(Contact.objects.filter(pk__in=people, participant_id=None).values_list("pk", "email"))


def local(moment: datetime.datetime | None, zone: ZoneInfo) -> str:
    if moment is None:
        return "–"
    there = moment.astimezone(zone)
    return f"{there.day} {there:%b %Y, %H:%M}"


def message_page(mail: Mail, *, owner: bool) -> dict[str, Any]:
    zone = ZoneInfo(rules_of(mail.study).time_zone)
    decisions = list(mail.decisions.order_by("at"))
    people = User.objects.in_bulk([one.by_id for one in decisions])
    return {
        "row": row_of(mail, zone, _invited([mail])),
        "facts": [
            ("Due", local(mail.due_at, zone)),
            ("Not after", local(mail.until, zone)),
            ("Attempts", mail.attempts),
            ("Sent", local(mail.sent_at, zone)),
        ],
        "zone": zone.key,
        "may": [(what, *_choice(what, mail)) for what, (states, _) in MAY.items() if mail.state in states],
        "decisions": [
            {
                "at": local(one.at, zone),
                "what": DECISIONS[one.what][0],
                "reason": one.reason,
                "by": people.get(one.by_id),
            }
            for one in decisions
        ],
        "copy": copy_of(mail) if owner else None,
        "has_copy": mailfile.in_use(),
    }


def _choice(what: str, mail: Mail) -> tuple[str, str]:
    if what == "retry" and mail.state == Mail.State.CANCELLED:
        return "Send it after all", "It goes out within half a minute, unless it is not needed any more."
    return DECISIONS[what]


def copy_of(mail: Mail) -> dict[str, Any] | None:
    """The message as it lies in the folder, where there is one."""
    path = mailfile.path_of(message_id(mail))
    if not mailfile.in_use() or not path.exists():
        return None
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    attached = [part.get_filename() for part in message.iter_attachments()]
    return {
        "to": message["To"],
        "subject": message["Subject"],
        "text": message.get_body(("plain",)).get_content(),
        "attached": [name for name in attached if name],
    }


def windows_page(person: Participant, now: datetime.datetime) -> dict[str, Any]:
    rules = rules_of(person.study)
    zone = ZoneInfo(rules.time_zone)
    progress = progress_of(person, now)
    moved = list(person.moved_windows.all())
    people = User.objects.in_bulk([one.by_id for one in moved])
    label = progress.protocol.phase_label
    return {
        "code": str(person.pk)[:8],
        "zone": zone.key,
        "rows": [
            {"phase": phase, "label": label(phase), "state": WINDOW_STATES[window.state],
             "opens": local(window.opens, zone), "closes": local(window.closes, zone)}
            for phase, window in progress.windows.items()
        ],
        "open_phases": [(phase, label(phase)) for phase, one in progress.windows.items() if one.state != "finished"],
        "moved": [
            {"label": label(one.phase), "opens": local(one.opens, zone), "closes": local(one.closes, zone),
             "reason": one.reason, "by": people.get(one.by_id), "at": local(one.at, zone)}
            for one in moved
        ],
    }  # fmt: skip


def given_list(request: HttpRequest) -> str:
    """The text of the uploaded file, or of the form. Raises Refused for a file that is none of ours."""
    upload = request.FILES.get("file")
    if upload is None:
        return request.POST.get("people", "")
    if upload.size > MOST_BYTES:
        raise Refused("malformed", "The file is larger than 1 MB. Split it.")
    try:
        return upload.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("malformed", "The file is not UTF-8 text. Save the table as CSV UTF-8.") from None


def given_rules(study: Study, post: Mapping[str, str]) -> MailRules:
    reply_to = post.get("reply_to", "").strip()
    try:
        if reply_to:
            validate_email(reply_to)
        times = {name: datetime.time.fromisoformat(post.get(name, "")) for name in ("quiet_from", "quiet_until")}
    except ValidationError:
        raise Refused(
            "malformed", f"“{reply_to[:80]}” is not an e-mail address. Write one, or leave it empty."
        ) from None
    except ValueError:
        raise Refused("malformed", "Write the quiet hours as times, for example 20:00 and 08:00.") from None
    zone = checked_zone(post.get("time_zone", "").strip()) or "Europe/London"
    words = post.get("invitation", "").strip()[:5000]
    return MailRules(study=study, time_zone=zone, reply_to=reply_to, invitation=words, **times)


def given_window(study: Study, post: Mapping[str, str]) -> dict[str, Any]:
    zone = ZoneInfo(rules_of(study).time_zone)
    return {
        "phase": post.get("phase", ""),
        "opens": _moment(post.get("opens", ""), zone),
        "closes": _moment(post.get("closes", ""), zone),
        "reason": post.get("reason", ""),
    }


def _moment(text: str, zone: ZoneInfo) -> datetime.datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.datetime.fromisoformat(text.strip()).replace(tzinfo=zone).astimezone(datetime.UTC)
    except ValueError:
        raise Refused("malformed", f"“{text[:40]}” is not a time. Write it as 2026-12-24 09:00.") from None


def invited_words(made: int, given: int) -> str:
    before = given - made
    left = f" {sentence(counted(before, 'person', 'people'))} had been invited before." if before else ""
    return f"{sentence(counted(made, 'person', 'people'))} will be invited.{left}"
