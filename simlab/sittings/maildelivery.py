"""The way out of the queue of mail: hands each message over once, and notes how that ended."""

import datetime
import logging
import smtplib
from collections.abc import Callable

from django.core.mail import EmailMessage, get_connection

from simlab.people.models import Contact
from simlab.sittings import mailfile
from simlab.sittings.actions import mailing
from simlab.sittings.mailmodels import Mail
from simlab.sittings.mailneeds import rules_of
from simlab.sittings.mailtext import message_id, message_of, token_of
from simlab.studies import clock
from simlab.studies.models import Study
from simlab.studies.tokens import hash_of

MOST_AT_ONCE = 200
"""Messages of one study in one go: ten thousand invitations leave over hours, and other studies have their turn."""

Now = Callable[[Study], datetime.datetime]
_log = logging.getLogger(__name__)


def deliver_all(now: Now = clock.now) -> int:
    """Plan and send for every study that may have mail. Returns how many messages were handed over."""
    studies = Study.objects.exclude(launched_at=None).filter(parent=None)
    return sum(deliver(study=study, now=now) for study in studies.select_related("protocol"))


def deliver(*, study: Study, now: Now = clock.now) -> int:
    mailing.plan_mail(study=study, now=now(study))
    mailing.settle_interrupted(study=study, now=now(study), landed=landed)
    _forget_erased(study)
    for sent in range(MOST_AT_ONCE):
        mail = mailing.claim_mail(study=study, now=now(study))
        if mail is None:
            return sent
        _send(mail, now)
    return MOST_AT_ONCE


def plan(*, study: Study, now: Now = clock.now) -> None:
    """Show in the queue at once what the next round of the worker will find."""
    mailing.plan_mail(study=study, now=now(study))


def landed(mail: Mail) -> bool | None:
    """Whether a message went out, where the way out can tell: a folder can, a mail server cannot."""
    told = getattr(get_connection(), "has", None)
    return told(message_id(mail)) if told else None


def _forget_erased(study: Study) -> None:
    """The folder holds names and addresses: what was written to somebody who was erased goes as well."""
    if mailfile.in_use():
        for mail in study.mails.filter(participant__erased_at__isnull=False, state=Mail.State.SENT).only("pk"):
            mailfile.forget(message_id(mail))


def _send(mail: Mail, now: Now) -> None:
    try:
        message = _written(mail)
    except Exception as fault:  # noqa: BLE001  one message that cannot be written must not hold up all others
        _log.exception("message %s could not be written", mail.pk)
        mailing.note_failed(mail=mail, problem=f"It could not be written: {fault}", for_good=True, now=now(mail.study))
        return
    ending, problem = hand_over(message)
    if ending == "sent":
        mailing.note_sent(mail=mail, now=now(mail.study))
    elif ending == "unknown":
        mailing.note_unknown(mail=mail, problem=problem)
    else:
        mailing.note_failed(mail=mail, problem=problem, for_good=ending == "refused", now=now(mail.study))


def _written(mail: Mail) -> EmailMessage:
    contact = Contact.objects.get(pk=mail.person)
    mailing.note_token(mail=mail, token_sha256=hash_of(token_of(mail)))
    return message_of(mail, contact, rules_of(mail.study))


def hand_over(message: EmailMessage) -> tuple[str, str]:
    """sent, failed (for certain not taken), refused (and never will be) or unknown, with the words for the console."""
    way = get_connection()
    try:
        way.open()
    except (OSError, smtplib.SMTPException) as fault:
        return "failed", f"The mail server cannot be reached: {_said(fault)}"
    try:
        way.send_messages([message])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as fault:
        return ("refused" if _for_good(fault) else "failed"), f"The mail server refused it: {_said(fault)}"
    except (OSError, smtplib.SMTPException) as fault:
        # The connection broke in the middle: the server may have taken the message before it went silent.
        return "unknown", f"The connection broke while the message was handed over: {_said(fault)}"
    finally:
        way.close()
    return "sent", ""


def _for_good(fault: smtplib.SMTPException) -> bool:
    """Codes from 500 on say that trying again is useless."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in fault.recipients.values())
    return fault.smtp_code >= 500


def _said(fault: Exception) -> str:
    """What the server said, without the address that it may repeat."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return ", ".join(str(code) for code, _ in fault.recipients.values())
    if isinstance(fault, smtplib.SMTPResponseException):
        return str(fault.smtp_code)
    return type(fault).__name__
