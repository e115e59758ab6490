"""A study's whole calendar by mail: right messages at right local times, none twice, and none silently lost."""

import datetime
import email
import multiprocessing
import os
import smtplib
from concurrent.futures import ThreadPoolExecutor
from email.policy import default
from pathlib import Path

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, connections, transaction
from icalendar import Calendar

from simlab.engine.errors import InvalidFile, Refused
from simlab.people import actions as people
from simlab.people.models import Contact
from simlab.sittings import actions, maildelivery
from simlab.sittings.actions import mailing, windows
from simlab.sittings.mailmodels import Mail, MailDecision, MailRules, MovedWindow
from simlab.sittings.mailneeds import participant_of_mail
from simlab.sittings.mailtext import invitation_token
from simlab.studies import actions as studies
from simlab.studies.actions.inviting import Invitee, invite_people, read_invitees
from simlab.studies.models import Document, Invitation
from simlab.studies.reading import invitation_for
from tests.factories import DAY, MINI, NOW, a_loaded_pack, a_user, sit_through

HOUR = datetime.timedelta(hours=1)
REASON = "They asked for it by telephone."
STUDY = """
simlab: study/1
title: Reminded
population: {roles: [gp]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [mini], forms: {A: 2, B: 2}, rotate: fixed}
arms: {one: 1}
phases:
  first: {advice: none, remind: [0d, 2d]}
  second: {advice: none, opens: 28d after first, window: 7d, remind: [0d, 3d, 6d]}
"""


@pytest.fixture
def study(db):
    a_loaded_pack()
    documents = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
    made = studies.create_study(
        slug="reminded", kind="demonstration", source=STUDY, documents=documents, by=None, now=NOW
    )
    return studies.launch_study(study=made, by=None, now=NOW, per_stratum=8, seed="mail")


def invited(study, address="ann@example.org", zone="", name="Ann Example"):
    return invite_people(study=study, people=[Invitee(address, name, zone)], by=None, now=NOW)[0]


def joined(study, address="ann@example.org", zone="", now=NOW):
    """Somebody who followed a personal invitation and is enrolled."""
    person = actions.arrive(invitation=invited(study, address, zone), now=now)
    document = Document.objects.latest_of(study, "consent")
    statements = ["I have read the information.", "I agree to take part."]
    actions.give_consent(participant=person, document=document, statements=statements, agreed=True, now=now)
    return actions.declare_eligibility(participant=person, answers={"grade": "gp"}, now=now)


def run(study, start, end, step=HOUR):
    """The worker's clock goes round from `start` to `end`; returns what went out, each with its time."""
    sent, now = [], start
    while now <= end:
        before = len(django_mail.outbox)
        maildelivery.deliver(study=study, now=lambda _, now=now: now)
        sent += [(now, message) for message in django_mail.outbox[before:]]
        now += step
    return sent


def told(sent):
    return [(at, message.to[0], message.subject.partition(":")[0]) for at, message in sent]


def test_whole_calendar_of_a_study(study):
    ann = joined(study)
    sent = run(study, NOW, NOW + DAY, step=6 * HOUR)
    assert told(sent) == [(NOW, "ann@example.org", "Part 1 is open")]
    sit_through(ann, NOW + DAY)
    done = NOW + DAY
    sent = run(study, done, done + 40 * DAY, step=12 * HOUR)
    assert told(sent) == [
        (done, "ann@example.org", "Part 2 opens on 22 December"),
        (done + 28 * DAY, "ann@example.org", "Part 2 is open"),
        (done + 31 * DAY, "ann@example.org", "Part 2 is open"),
        (done + 34 * DAY, "ann@example.org", "Part 2 is open"),
        (done + 36 * DAY, "ann@example.org", "Your debrief"),
    ]
    assert set(Mail.objects.values_list("state", flat=True)) == {"sent", "cancelled"}
    assert Mail.objects.exclude(state="sent").get().window == "first/1"


def test_each_gets_mail_in_the_own_morning(study):
    joined(study, "ann@example.org", "Europe/London")
    joined(study, "bo@example.org", "Australia/Sydney")  # nine in the morning in London is eight in the evening there
    sent = run(study, NOW, NOW + DAY, step=3 * HOUR)
    assert told(sent) == [
        (NOW, "ann@example.org", "Part 1 is open"),
        (NOW + 12 * HOUR, "bo@example.org", "Part 1 is open"),
    ]


def test_no_reminder_to_who_has_finished_left_or_stopped(study):
    done, left, stopped = (joined(study, f"{name}@example.org") for name in ("done", "left", "stopped"))
    run(study, NOW, NOW)
    assert len(django_mail.outbox) == 3
    sit_through(done, NOW + HOUR)
    actions.withdraw(participant=left, now=NOW + HOUR)
    people.stop_mail(contact=Contact.objects.get(participant_id=stopped.pk), now=NOW + HOUR)
    sent = run(study, NOW + HOUR, NOW + 5 * DAY, step=6 * HOUR)
    assert [to for _, to, _ in told(sent)] == ["done@example.org"]  # the appointment of part 2
    assert "window is over" in Mail.objects.get(participant=left, number=1).problem


def test_finished_between_plan_and_sending_is_noticed(study):
    person = joined(study)
    mailing.plan_mail(study=study, now=NOW)
    sit_through(person, NOW)
    assert mailing.claim_mail(study=study, now=NOW) is None
    assert {mail.state for mail in Mail.objects.filter(window="first/1", due_at__lte=NOW)} == {"cancelled"}


def test_after_a_long_stop_of_the_worker_one_reminder_goes_out_not_three(study):
    person = joined(study)
    sit_through(person, NOW)
    late = NOW + 34 * DAY + HOUR
    mailing.plan_mail(study=study, now=NOW + DAY)
    sent = run(study, late, late)
    assert len(sent) == 1
    reminders = Mail.objects.filter(window="second/1", kind="reminder").order_by("number")
    assert [mail.state for mail in reminders] == ["cancelled", "cancelled", "sent"]
    assert {mail.problem for mail in reminders[:2]} == {mailing.OVERTAKEN}
    assert [to_say for _, _, to_say in told(run(study, late + 5 * DAY, late + 6 * DAY, step=DAY))] == ["Your debrief"]


def test_invitation_brings_a_person_in_and_is_repeated_until_it_did(study):
    invitation = invited(study)
    sent = run(study, NOW, NOW + 8 * DAY, step=12 * HOUR)
    assert told(sent) == [
        (NOW, "ann@example.org", "Invitation"),
        (NOW + 7 * DAY, "ann@example.org", "Invitation"),
    ]
    message = sent[0][1]
    token = invitation_token(invitation.pk)
    assert f"/join/{token}/" in message.body
    assert invitation_for(token) == invitation
    person = actions.arrive(invitation=invitation, now=NOW + 8 * DAY)
    assert Contact.objects.get(participant_id=person.pk).email == "ann@example.org"
    assert run(study, NOW + 9 * DAY, NOW + 20 * DAY, step=DAY) == []


def test_message_has_two_forms_a_calendar_entry_and_one_click_to_stop(study):
    person = joined(study, zone="Europe/Paris")
    sit_through(person, NOW)
    message = run(study, NOW, NOW)[0][1]
    assert message.alternatives[0][1] == "text/html"
    assert "21 December 2026 at 10:00 (Europe/Paris time)" in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.extra_headers["List-Unsubscribe"].strip("<>") in message.body
    entry = Calendar.from_ical(message.attachments[0][1]).walk("VEVENT")[0]
    assert entry.decoded("dtstart") == NOW + 28 * DAY
    assert entry.decoded("dtend") > entry.decoded("dtstart")
    token = str(entry["url"]).rstrip("/").rpartition("/")[2]
    assert participant_of_mail(token) == person


def test_line_break_in_a_title_writes_no_header(study):
    type(study).objects.filter(pk=study.pk).update(title="Evil\r\nBcc: everybody@example.org")
    study.refresh_from_db()
    invited(study, name="Ann\r\nBcc: all@example.org")
    message = run(study, NOW, NOW)[0][1].message()
    assert message["Bcc"] is None
    assert "Evil Bcc" in message["Subject"]


def test_moved_window_is_told_again_and_is_on_record(study):
    person, by = joined(study), a_user()
    sit_through(person, NOW)
    run(study, NOW, NOW)
    opens = NOW + 40 * DAY
    move = {"participant": person, "phase": "second", "opens": opens, "closes": opens + 2 * DAY, "by": by, "now": NOW}
    windows.move_window(**move, reason=REASON)
    sent = run(study, NOW + HOUR, NOW + 50 * DAY, step=12 * HOUR)
    subjects = [message.subject for _, message in sent]
    assert "The date has changed" in sent[0][1].body
    assert subjects[0].startswith("Part 2 opens on 2 January")
    assert [at.date() for at, _ in sent[1:-1]] == [opens.date()]  # later ones come after the new end
    assert sent[-1][1].subject.startswith("Your debrief")
    first, again = (
        Calendar.from_ical(m.attachments[0][1]).walk("VEVENT")[0] for m in (django_mail.outbox[0], sent[0][1])
    )
    assert (first["uid"], first["sequence"], again["sequence"]) == (again["uid"], 0, 1)
    assert MovedWindow.objects.get().reason == REASON


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "short"}, "no-reason"),
        ({"opens": None, "closes": None}, "malformed"),
        ({"closes": NOW}, "malformed"),
        ({"phase": "no-such"}, "wrong-state"),
    ],
)
def test_window_is_not_moved_without_reason_or_sense(study, change, code):
    move = {"phase": "second", "opens": NOW + 3 * DAY, "closes": NOW + 5 * DAY, "reason": REASON, **change}
    with pytest.raises(Refused) as refused:
        windows.move_window(participant=joined(study), by=a_user(), now=NOW, **move)
    assert refused.value.code == code
    assert not MovedWindow.objects.exists()


class Server:
    """A mail server that does as it is told: raises, or dies, before or after it has taken the message."""

    fault: BaseException | None = None
    taken: list = []

    def __init__(self, **kwargs):
        pass

    def open(self):
        if isinstance(Server.fault, ConnectionRefusedError):
            raise Server.fault

    def close(self):
        pass

    def send_messages(self, messages):
        Server.taken += messages
        if Server.fault:
            raise Server.fault
        return len(messages)


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = "tests.sittings.test_mail.Server"
    import tests.sittings.test_mail as named

    named.Server.fault, named.Server.taken = None, []
    return named.Server


def test_server_that_is_away_is_tried_again_with_growing_patience(study, server):
    joined(study)
    server.fault = ConnectionRefusedError()
    run(study, NOW, NOW)
    mail = Mail.objects.get(number=0)
    assert (mail.state, mail.attempts, mail.due_at) == ("failed", 1, NOW + mailing.BACK_OFF[0])
    while not mail.final:
        maildelivery.deliver(study=study, now=lambda _: mail.due_at)
        mail.refresh_from_db()
    assert mail.attempts == len(mailing.BACK_OFF) + 1
    assert "cannot be reached" in mail.problem
    server.fault = None
    maildelivery.deliver(study=study, now=lambda _: mail.due_at + 9 * HOUR)
    assert server.taken == []
    mailing.decide_mail(mail=mail, what="retry", reason=REASON, by=a_user(), now=NOW + DAY)
    maildelivery.deliver(study=study, now=lambda _: NOW + DAY)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("fault", "state", "final"),
    [
        (smtplib.SMTPRecipientsRefused({"ann@example.org": (550, b"ann@example.org unknown")}), "failed", True),
        (smtplib.SMTPRecipientsRefused({"ann@example.org": (451, b"later")}), "failed", False),
        (smtplib.SMTPDataError(554, b"spam"), "failed", True),
        (smtplib.SMTPServerDisconnected("gone"), "unknown", False),
        (TimeoutError(), "unknown", False),
    ],
)
def test_what_the_server_says_decides(study, server, fault, state, final):
    joined(study)
    server.fault = fault
    run(study, NOW, NOW + HOUR)
    mail = Mail.objects.get(number=0)
    assert (mail.state, mail.final) == (state, final)
    assert "ann@" not in mail.problem  # the address stays in the vault
    if state == "unknown":
        server.fault = None
        run(study, NOW + HOUR, NOW + DAY, step=6 * HOUR)
        assert len(server.taken) == 1  # never a second copy by itself
        mailing.decide_mail(mail=mail, what="arrived", reason=REASON, by=a_user(), now=NOW + DAY)
        assert Mail.objects.get(pk=mail.pk).state == "sent"


def test_decisions_need_a_reason_and_a_state_that_allows_them(study):
    joined(study)
    run(study, NOW, NOW)
    by = a_user()
    sent, due = Mail.objects.get(number=0), Mail.objects.get(number=1)
    for mail, what, reason, code in [
        (sent, "now", REASON, "wrong-state"), (sent, "retry", REASON, "wrong-state"),
        (due, "arrived", REASON, "wrong-state"), (due, "now", "soon", "no-reason"),
        (due, "delete", REASON, "malformed"),
    ]:  # fmt: skip
        with pytest.raises(Refused) as refused:
            mailing.decide_mail(mail=mail, what=what, reason=reason, by=by, now=NOW)
        assert refused.value.code == code
    mailing.decide_mail(mail=due, what="cancel", reason=REASON, by=by, now=NOW)
    assert run(study, NOW, NOW + 3 * DAY, step=6 * HOUR) == []
    assert MailDecision.objects.get().reason == REASON


def test_sent_now_goes_at_night_too(study):
    joined(study)
    night = NOW + 14 * HOUR
    mailing.plan_mail(study=study, now=NOW)
    mail = Mail.objects.get(number=0)
    assert run(study, night, night) == []
    mailing.decide_mail(mail=mail, what="now", reason=REASON, by=a_user(), now=night)
    assert len(run(study, night, night)) == 1


def test_paused_study_keeps_quiet_and_says_it_later(study):
    person = joined(study)
    type(study).objects.filter(pk=study.pk).update(state="paused")
    study.refresh_from_db()
    assert run(study, NOW, NOW + DAY, step=8 * HOUR) == []
    debrief = mailing.queue_message(participant=person, kind="debrief", now=NOW + DAY)
    assert mailing.queue_message(participant=person, kind="debrief", now=NOW + DAY) == debrief
    assert [s for _, _, s in told(run(study, NOW + DAY, NOW + DAY))] == ["Your debrief"]
    type(study).objects.filter(pk=study.pk).update(state="launched")
    study.refresh_from_db()
    assert len(run(study, NOW + DAY, NOW + DAY)) == 1


def test_debrief_reaches_who_left_and_who_stopped_mail(study):
    person = joined(study)
    contact = Contact.objects.get(participant_id=person.pk)
    people.stop_mail(contact=contact, now=NOW)
    person = actions.withdraw(participant=person, now=NOW)
    mailing.queue_message(participant=person, kind="debrief", now=NOW)
    message = run(study, NOW, NOW)[0][1]
    assert "corrects every piece of wrong advice" in message.body
    assert "List-Unsubscribe" not in message.extra_headers


def test_debrief_is_sent_and_not_waited_for_on_leaving_and_at_the_lock(study):
    left, late, never = (joined(study, f"{name}@example.org") for name in ("left", "late", "never"))
    for person in (left, late):
        sit_through(person, NOW)
    actions.withdraw(participant=left, now=NOW)
    sent = told(run(study, NOW + HOUR, NOW + HOUR))
    assert ("left@example.org", "Your debrief") in {row[1:] for row in sent}
    studies.lock_study(study=study, by=None, now=NOW + DAY)
    study.refresh_from_db()
    sent = told(run(study, NOW + DAY, NOW + 3 * DAY, step=DAY))
    assert [row[1:] for row in sent] == [("late@example.org", "Your debrief")]
    assert not Mail.objects.filter(participant=never, kind="debrief").exists()


def test_who_left_no_address_and_who_is_virtual_gets_nothing(study):
    link, _ = studies.open_link(study=study, by=None, now=NOW)
    person = actions.arrive(invitation=link, now=NOW)
    assert mailing.queue_message(participant=person, kind="debrief", now=NOW) is None
    assert run(study, NOW, NOW + DAY, step=8 * HOUR) == []


def test_settings_of_a_study_move_the_morning(study):
    rules = MailRules(
        study=study, quiet_from=datetime.time(18), quiet_until=datetime.time(12), time_zone="Europe/London"
    )
    mailing.set_mail_rules(study=study, rules=rules)
    joined(study)
    assert [at for at, _ in run(study, NOW, NOW + DAY, step=3 * HOUR)] == [NOW + 3 * HOUR]


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "simlab.sittings.mailfile.FolderBackend"
    settings.MAIL_FOLDER = tmp_path
    return tmp_path


def files(folder: Path):
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*.eml")]


def test_without_a_server_mail_is_a_file_and_the_same_message_one_file(study, folder):
    joined(study)
    run(study, NOW, NOW)
    mail = Mail.objects.get(number=0)
    Mail.objects.filter(pk=mail.pk).update(state="due", sent_at=None)
    run(study, NOW, NOW)
    assert [message["To"] for message in files(folder)] == ["ann@example.org"]


def test_messages_of_somebody_erased_leave_the_folder(study, folder):
    erased, stays = joined(study), joined(study, "bo@example.org")
    run(study, NOW, NOW)
    assert len(files(folder)) == 2
    actions.withdraw(participant=erased, now=NOW, choice="erase")
    run(study, NOW + HOUR, NOW + HOUR)
    assert [message["To"] for message in files(folder)] == ["bo@example.org"]
    assert not Contact.objects.filter(participant_id=erased.pk).exists()
    assert Contact.objects.filter(participant_id=stays.pk).exists()


def work_and_die(study_id, after: bool):
    """A worker of its own that is killed before, or after, the message is in the folder."""
    from simlab.sittings.mailfile import FolderBackend
    from simlab.studies.models import Study

    whole = FolderBackend.send_messages

    def killed(self, messages):
        if after:
            whole(self, messages)
        os.kill(os.getpid(), 9)

    FolderBackend.send_messages = killed
    maildelivery.deliver(study=Study.objects.select_related("protocol").get(pk=study_id), now=lambda _: NOW)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", [False, True])
def test_killed_worker_loses_nothing_and_sends_nothing_twice(study, folder, after):
    joined(study)
    connections.close_all()
    worker = multiprocessing.get_context("fork").Process(target=work_and_die, args=(study.pk, after))
    worker.start()
    worker.join(30)
    assert worker.exitcode == -9
    mail = Mail.objects.get(number=0)
    assert mail.state == "sending"
    assert len(files(folder)) == after
    run(study, NOW + 5 * datetime.timedelta(minutes=1), NOW + 6 * datetime.timedelta(minutes=1), step=HOUR)
    assert Mail.objects.get(pk=mail.pk).state == "sending"  # it might still be at work
    run(study, NOW + HOUR, NOW + DAY, step=6 * HOUR)
    assert len(files(folder)) == 1  # a folder can tell whether the message is there
    assert Mail.objects.get(pk=mail.pk).state == "sent"


def test_killed_worker_before_a_mail_server_leaves_it_to_a_person(study, server):
    joined(study)
    mailing.plan_mail(study=study, now=NOW)
    mail = mailing.claim_mail(study=study, now=NOW)  # and then nothing more is heard of it
    run(study, NOW + HOUR, NOW + DAY, step=6 * HOUR)
    mail.refresh_from_db()
    assert (mail.state, mail.problem, server.taken) == ("unknown", mailing.LOST_SIGHT, [])


@pytest.mark.django_db(transaction=True)
def test_message_claimed_by_one_worker_is_not_seen_by_another(study):
    joined(study)
    mailing.plan_mail(study=study, now=NOW)

    def other():
        try:
            return mailing.claim_mail(study=study, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as worker, transaction.atomic():
        assert mailing.claim_mail(study=study, now=NOW) is not None
        assert worker.submit(other).result(timeout=30) is None


def test_list_of_people_from_a_table_or_bare_lines():
    table = "Email, name, time-zone\nann@example.org, Ann, Europe/Paris\nBO@example.org,,\n"
    assert read_invitees(table) == [Invitee("ann@example.org", "Ann", "Europe/Paris"), Invitee("bo@example.org")]
    assert read_invitees("ann@example.org\nbo@example.org") == [Invitee("ann@example.org"), Invitee("bo@example.org")]


def test_each_fault_of_a_list_has_its_line():
    with pytest.raises(InvalidFile) as told_of:
        read_invitees("email,time-zone\nann,\nbo@example.org,Mars\nci@example.org,\nCI@example.org,\n")
    assert [fault.line for fault in told_of.value.faults] == [2, 3, 5]
    with pytest.raises(InvalidFile, match="empty"):
        read_invitees("  ")


def test_who_was_invited_is_not_invited_again(study):
    invited(study)
    assert invite_people(study=study, people=[Invitee("ann@example.org"), Invitee("bo@example.org")], by=None, now=NOW)
    assert Invitation.objects.filter(study=study).count() == 2
    studies.lock_study(study=study, by=None, now=NOW)
    study.refresh_from_db()
    with pytest.raises(Refused):
        invited(study, "ci@example.org")


def test_constraints(study):
    joined(study)
    mailing.plan_mail(study=study, now=NOW)
    mail = Mail.objects.get(number=0)
    rows = Mail.objects.filter(pk=mail.pk)
    broken = {
        "mail_state_known": lambda: rows.update(state="lost"),
        "mail_sent_has_a_time": lambda: rows.update(state="sent"),
        "mail_not_sent_says_why": lambda: rows.update(state="failed"),
        "mail_once": lambda: Mail.objects.create(
            study=study, person=mail.person, kind=mail.kind, window=mail.window, number=0, due_at=NOW, created_at=NOW
        ),
        "mail_decision_known": lambda: mail.decisions.create(what="x", reason="y", by_id=study.pk, at=NOW),
        "mail_decision_has_a_reason": lambda: mail.decisions.create(what="now", reason="", by_id=study.pk, at=NOW),
        "moved_window_moves_something": lambda: mail.participant.moved_windows.create(
            phase="second", reason="y", by_id=study.pk, at=NOW
        ),
        "moved_window_has_a_reason": lambda: mail.participant.moved_windows.create(
            phase="second", opens=NOW, reason="", by_id=study.pk, at=NOW
        ),
        "contact_belongs_to_somebody": lambda: Contact.objects.create(email="nobody@example.org"),
    }
    for name, act in broken.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act()
    rules = {rule.name for model in (Mail, MailDecision, MailRules, MovedWindow) for rule in model._meta.constraints}
    assert rules <= set(broken)


def test_decisions_and_moved_windows_never_change(study):
    person, by = joined(study), a_user()
    run(study, NOW, NOW)
    windows.move_window(
        participant=person, phase="first", opens=None, closes=NOW + 9 * DAY, reason=REASON, by=by, now=NOW
    )
    mailing.decide_mail(mail=Mail.objects.get(number=1), what="cancel", reason=REASON, by=by, now=NOW)
    for rows in (MovedWindow.objects.all(), MailDecision.objects.all()):
        with pytest.raises(IntegrityError, match="immutable"), transaction.atomic():
            rows.update(reason="another")
