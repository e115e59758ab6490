"""What a message says: plain text, the same as simple HTML, an appointment as a calendar file, and a way to stop."""

import datetime
from dataclasses import dataclass
from html import escape
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from icalendar import Calendar, Event

from simlab.engine.duration import minutes_of_sitting
from simlab.engine.protocol import Protocol
from simlab.people.models import Contact
from simlab.sittings.mailmodels import Mail, MailRules
from simlab.studies.reading import protocol_of
from simlab.studies.tokens import secret_of

STANDS_ALONE = "This address is kept apart from your answers, and is used for this study only."

YOURS_ALONE = (
    "The link is for you alone. The first page tells what the study is, how long it takes and what is recorded; "
    "nothing begins before you agree."
)
ENTRY = "The attached entry puts it into your calendar, and we write again when it is open."
CORRECTED = (
    "Thank you for your part in the study. Some of the advice that it shows is wrong on purpose. Your debrief tells "
    "for each case what was right, and corrects every piece of wrong advice that you were shown."
)


@dataclass(frozen=True)
class Words:
    subject: str
    paragraphs: tuple[str, ...]
    link: str
    button: str


def token_of(mail: Mail) -> str:
    """The secret in the links of a message. Made from the site's key, so that only its hash is stored."""
    return secret_of("mail", mail.pk)


def message_id(mail: Mail) -> str:
    """The same for every attempt: a mailbox that gets a message twice can tell."""
    return f"<{mail.pk}@{_host()}>"


def message_of(mail: Mail, contact: Contact, rules: MailRules) -> EmailMultiAlternatives:
    zone = ZoneInfo(contact.time_zone or rules.time_zone)
    protocol = protocol_of(mail.study)
    words = _WORDS[mail.kind](mail, contact, rules, protocol, zone)
    stop = f"{settings.BASE_URL}/mail/stop/{token_of(mail)}/"
    message = EmailMultiAlternatives(
        subject=one_line(words.subject),
        body=_plain(words, contact, stop),
        to=[contact.email],
        reply_to=[rules.reply_to] if rules.reply_to else None,
        headers=_headers(mail, stop),
    )
    message.attach_alternative(_html(words, contact, stop), "text/html")
    if mail.kind == Mail.Kind.APPOINTMENT and mail.opens:
        message.attach("appointment.ics", appointment(mail, words, _minutes(protocol, mail)), "text/calendar")
    return message


def one_line(text: str) -> str:
    """A header ends where its line ends: whoever puts a line break into a title must not write another header."""
    return " ".join(text.split())


def _headers(mail: Mail, stop: str) -> dict[str, str]:
    headers = {"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"}
    if mail.kind != Mail.Kind.DEBRIEF:  # RFC 8058: one click in the mail program is enough
        headers |= {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


def _host() -> str:
    return settings.BASE_URL.partition("://")[2].partition(":")[0].partition("/")[0]


def _hello(contact: Contact) -> str:
    return f"Dear {one_line(contact.name)}," if contact.name else "Hello,"


def _ending(stop: str) -> list[str]:
    return [STANDS_ALONE, f"No more mail about this study: {stop}"]


def _plain(words: Words, contact: Contact, stop: str) -> str:
    parts = [_hello(contact), *words.paragraphs, f"{words.button}: {words.link}", "--", *_ending(stop)]
    return "\n\n".join(parts) + "\n"


def _html(words: Words, contact: Contact, stop: str) -> str:
    body = "".join(f"<p>{escape(text)}</p>" for text in (_hello(contact), *words.paragraphs))
    link = f'<p><a href="{escape(words.link)}">{escape(words.button)}</a></p>'
    end = f'<p><small>{escape(STANDS_ALONE)} <a href="{escape(stop)}">No more mail about this study</a>.</small></p>'
    title = escape(one_line(words.subject))
    return f'<!DOCTYPE html><html lang="en-GB"><head><title>{title}</title></head><body>{body}{link}{end}</body></html>'


def appointment(mail: Mail, words: Words, minutes: int) -> bytes:
    """A calendar entry. Its identity stays when the window is moved, so that a calendar moves the entry it has."""
    event = Event()
    event.add("uid", f"{mail.person}-{mail.window.replace('/', '-')}@{_host()}")
    event.add("sequence", mail.number)
    event.add("dtstamp", mail.created_at)
    event.add("dtstart", mail.opens)
    event.add("dtend", mail.opens + datetime.timedelta(minutes=minutes))
    event.add("summary", words.subject)
    event.add("description", f"{words.button}: {words.link}")
    event.add("url", words.link)
    calendar = Calendar()
    calendar.add("prodid", "-//SimLab//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()


def _minutes(protocol: Protocol, mail: Mail) -> int:
    """The longest of any arm, so that the entry tells nothing of the own one."""
    phase = mail.window.partition("/")[0]
    return max(5, round(max(minutes_of_sitting(protocol, arm, phase) for arm in protocol.arms)))


def _when(moment: datetime.datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y at %H:%M} ({zone.key} time)"


def _invitation(mail: Mail, contact: Contact, rules: MailRules, protocol: Protocol, zone: ZoneInfo) -> Words:
    said = rules.invitation or protocol.summary or "A study asks for your help."
    again = ("We wrote to you before about this study.",) if mail.number else ()
    return Words(
        f"Invitation: {mail.study.title}",
        (*again, *(part.strip() for part in said.split("\n\n") if part.strip()),
         YOURS_ALONE),
        f"{settings.BASE_URL}/join/{invitation_token(contact.invitation_id)}/",
        "Read about the study",
    )  # fmt: skip


def _reminder(mail: Mail, contact: Contact, rules: MailRules, protocol: Protocol, zone: ZoneInfo) -> Words:
    label = protocol.phase_label(mail.window.partition("/")[0])
    until = f" It stays open until {_when(mail.until, zone)}." if mail.until else ""
    last = "This is a reminder. " if mail.number else ""
    minutes = _minutes(protocol, mail)
    return Words(
        f"{label} is open: {mail.study.title}",
        (f"{last}{label} of the study is open for you.{until} It takes about {minutes} minutes.",),
        _return_link(mail),
        "Go on with the study",
    )


def _appointment(mail: Mail, contact: Contact, rules: MailRules, protocol: Protocol, zone: ZoneInfo) -> Words:
    label = protocol.phase_label(mail.window.partition("/")[0])
    moved = "The date has changed. " if mail.number else ""
    opens = mail.opens.astimezone(zone)
    said = f"{moved}{label} of the study opens for you on {_when(opens, zone)}. {ENTRY}"
    subject = f"{label} opens on {opens.day} {opens:%B}: {mail.study.title}"
    return Words(subject, (said,), _return_link(mail), "Your page of the study")


def _debrief(mail: Mail, contact: Contact, rules: MailRules, protocol: Protocol, zone: ZoneInfo) -> Words:
    return Words(
        f"Your debrief: {mail.study.title}",
        (CORRECTED, "Please read it, whether or not you finished the study."),
        _return_link(mail),
        "Read my debrief",
    )


def _return_link(mail: Mail) -> str:
    return f"{settings.BASE_URL}/return/{token_of(mail)}/"


def invitation_token(invitation_id: UUID) -> str:
    return secret_of("invitation", invitation_id)


_WORDS = {"invitation": _invitation, "reminder": _reminder, "appointment": _appointment, "debrief": _debrief}
