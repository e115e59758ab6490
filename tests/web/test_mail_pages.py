"""The pages of mail: inviting, the console, one message, windows, stopping, and an address of one's own."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from simlab.config import celery_app
from simlab.people.models import Contact
from simlab.sittings import maildelivery
from simlab.sittings.access import SESSION_KEY
from simlab.sittings.mailmodels import Mail, MailRules, MovedWindow
from simlab.sittings.tasks import send_due_mail
from simlab.studies import clock
from tests.factories import a_participant, a_study, a_user

pytestmark = pytest.mark.django_db
REASON = "They asked for it by telephone."


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


@pytest.fixture
def study(owner, settings, tmp_path):
    settings.EMAIL_BACKEND = "simlab.sittings.mailfile.FolderBackend"
    settings.MAIL_FOLDER = tmp_path
    made = a_study(by=owner)
    MailRules.objects.create(study=made, quiet_from="08:00", quiet_until="08:00")  # no quiet hours: it may be night
    return made


def page(client, name, *args):
    return client.get(reverse(name, args=args)).content.decode()


def test_list_of_addresses_becomes_mail_that_brings_people_in(client, study):
    sheet = SimpleUploadedFile("people.csv", b"email,name\nann@example.org,Ann\nbo@example.org,\n", "text/csv")
    answer = client.post(reverse("mail-invite", args=[study.pk]), {"file": sheet}, follow=True)
    assert b"Two people will be invited." in answer.content
    assert b"ann@example.org" in answer.content
    assert maildelivery.deliver(study=study) == 2
    mail = Mail.objects.get(state="sent", person=Contact.objects.get(email="ann@example.org").pk)
    shown = page(client, "mail-message", study.pk, mail.pk)
    assert "Dear Ann," in shown
    link = re.search(r"/join/[\w-]+/", shown)[0]
    visitor = Client()
    assert visitor.get(link).status_code == 200
    visitor.post(f"{link}consent/", {"agree": "yes", "statement": ["0", "1"]})
    assert Contact.objects.get(email="ann@example.org").participant_id is not None
    maildelivery.plan(study=study)
    assert "ann@example.org" not in page(client, "mail", study.pk)  # from here on the code stands for her


def test_each_fault_of_a_list_is_named_and_nobody_is_invited(client, study):
    answer = client.post(reverse("mail-invite", args=[study.pk]), {"people": "ann@example.org\nnobody\n"})
    assert answer.status_code == 422
    assert "Line 2: “nobody” is not an e-mail address." in answer.content.decode()
    assert not Contact.objects.filter(email="ann@example.org").exists()
    bad = SimpleUploadedFile("people.csv", b"\xff\xfe\x00", "text/csv")
    assert client.post(reverse("mail-invite", args=[study.pk]), {"file": bad}).status_code == 422


def invited(client, study, address="ann@example.org"):
    client.post(reverse("mail-invite", args=[study.pk]), {"people": address})
    return Mail.objects.get(number=0, person=Contact.objects.get(email=address).pk)


def test_message_is_decided_on_with_a_reason(client, study):
    mail = invited(client, study)
    there = reverse("mail-message", args=[study.pk, mail.pk])
    assert client.post(there, {"what": "cancel", "reason": "no"}).status_code == 422
    assert client.post(there, {"what": "cancel", "reason": REASON}).status_code == 302
    shown = page(client, "mail-message", study.pk, mail.pk)
    assert "Not needed" in shown
    assert REASON in shown
    assert maildelivery.deliver(study=study) == 0


def test_copy_of_a_message_is_for_owners(client, study):
    from simlab.studies import actions

    mail = invited(client, study)
    maildelivery.deliver(study=study)
    helper = a_user()
    actions.grant_role(study=study, user=helper, role="researcher", by=None, now=clock.now(study))
    client.force_login(helper)
    shown = page(client, "mail-message", study.pk, mail.pk)
    assert "Owners of the study can read" in shown
    assert "Hello," not in shown


def test_rules_are_kept_or_refused_in_words(client, study):
    there = reverse("mail-rules", args=[study.pk])
    given = {
        "time_zone": "Europe/Paris",
        "quiet_from": "21:00",
        "quiet_until": "07:30",
        "reply_to": "",
        "invitation": "Do come.",
    }
    assert client.post(there, given).status_code == 302
    kept = MailRules.objects.get(study=study)
    assert (kept.time_zone, kept.invitation) == ("Europe/Paris", "Do come.")
    for change in ({"time_zone": "Mars"}, {"quiet_from": "late"}, {"reply_to": "nobody"}):
        assert client.post(there, {**given, **change}).status_code == 422
    assert MailRules.objects.get(study=study).time_zone == "Europe/Paris"


def test_window_is_moved_on_its_page(client, study, owner):
    person = a_participant(study)
    there = reverse("windows", args=[study.pk, person.pk])
    phase = study.protocol.document["phases"]
    last = list(phase)[-1]
    given = {"phase": last, "opens": "2099-01-05T09:00", "closes": "", "reason": REASON}
    assert client.post(there, {**given, "reason": ""}).status_code == 422
    assert client.post(there, {**given, "opens": "soon"}).status_code == 422
    assert client.post(there, given).status_code == 302
    moved = MovedWindow.objects.get()
    assert (moved.phase, moved.by_id, moved.reason) == (last, owner.pk, REASON)
    assert "5 Jan 2099, 09:00" in page(client, "windows", study.pk, person.pk)


def test_one_click_stops_mail_and_looking_does_not(client, study):
    mail = invited(client, study)
    maildelivery.deliver(study=study)
    text = page(client, "mail-message", study.pk, mail.pk)
    there = re.search(r"/mail/stop/[\w-]+/", text)[0]
    program = Client(enforce_csrf_checks=True)
    for _ in range(3):
        assert program.get(there).status_code == 200
    assert Contact.objects.get(email="ann@example.org").stopped_at is None
    assert program.post(there, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Contact.objects.get(email="ann@example.org").stopped_at is not None
    assert program.get("/mail/stop/no-such/").status_code == 404


def test_participant_of_an_open_link_asks_for_reminders_and_stops_them(study):
    person = a_participant(study)
    browser = Client()
    browser.get("/")
    session = browser.session
    session[SESSION_KEY] = [str(person.pk)]
    session.save()
    there = reverse("my-mail", args=[person.pk])
    assert browser.post(there, {"email": "nobody", "time_zone": ""}).status_code == 422
    assert b"You will be reminded." in browser.post(there, {"email": "me@example.org", "time_zone": ""}).content
    assert Contact.objects.get(participant_id=person.pk).email == "me@example.org"
    assert b"not be reminded any more" in browser.post(there, {"stop": "1"}).content
    assert Contact.objects.get(participant_id=person.pk).stopped_at is not None


def test_the_worker_sends_by_its_calendar_what_is_due(client, study):
    mail = invited(client, study)
    assert "simlab.sittings.tasks.send_due_mail" in {one["task"] for one in celery_app.conf.beat_schedule.values()}
    send_due_mail()
    send_due_mail()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("sent", 1)
