"""The console of mail in a real browser, on a phone's width and a desktop's."""

import os

import pytest
from playwright.sync_api import expect

from simlab.people.actions import link_participant
from simlab.sittings import maildelivery
from simlab.sittings.actions.mailing import queue_message
from simlab.sittings.mailmodels import MailRules
from simlab.sittings.mailtext import token_of
from simlab.studies import clock
from tests.browser.conftest import WIDTHS, press
from tests.factories import a_participant, a_study, a_user

PASSWORD = "correct horse battery"


def shoot(page, name):
    if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_researcher_invites_looks_and_decides(page, live_server, look, settings, tmp_path, width):
    settings.EMAIL_BACKEND = "simlab.sittings.mailfile.FolderBackend"
    settings.MAIL_FOLDER = tmp_path
    user = a_user(password=PASSWORD)
    study = a_study(by=user)
    MailRules.objects.create(study=study, quiet_from="08:00", quiet_until="08:00")
    person = a_participant(study)
    link_participant(participant_id=person.pk, email="one@example.org")
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    page.goto(f"{live_server.url}/accounts/login/?next=/studies/{study.pk}/mail/")
    page.get_by_label("E-mail").fill(user.email)
    page.locator("#id_password").fill(PASSWORD)
    press(page, "Log in")
    expect(page.get_by_text("There is no mail yet.")).to_be_visible()
    page.get_by_label("Addresses").fill("ann@example.org\nbo@example.org\nci@example.org")
    press(page, "Invite them")
    expect(page.get_by_role("status")).to_contain_text("Three people will be invited")
    maildelivery.deliver(study=study)
    queue_message(participant=person, kind="debrief", now=clock.now(study))
    page.goto(f"{live_server.url}/studies/{study.pk}/mail/")
    expect(page.get_by_role("link", name="Sent 3")).to_be_visible()
    look(f"console {width}")
    shoot(page, f"mail-{width}")
    page.get_by_role("link", name="Sent 3").click()
    page.get_by_role("link", name="Invitation", exact=True).first.click()
    expect(page.get_by_role("heading", name="As it was sent")).to_be_visible()
    look(f"message {width}")
    shoot(page, f"mail-message-{width}")
    page.goto(f"{live_server.url}/studies/{study.pk}/mail/?state=due")
    page.get_by_role("link", name="Debrief").click()
    page.get_by_label("Cancel it").check()
    page.get_by_label("Reason, in a sentence").fill("They were told by telephone.")
    press(page, "Decide")
    expect(page.get_by_role("heading", name="Decided before")).to_be_visible()
    look(f"decided {width}")
    shoot(page, f"mail-decided-{width}")
    page.get_by_role("link", name="Windows of this person").click()
    expect(page.get_by_role("heading", name="Move a window")).to_be_visible()
    look(f"windows {width}")
    shoot(page, f"mail-windows-{width}")
    page.goto(f"{live_server.url}/accounts/tokens/")
    page.get_by_label("What will use it").fill("nightly copy")
    page.get_by_label("Read studies").check()
    press(page, "Make the token")
    expect(page.get_by_label("The new token")).to_be_visible()
    look(f"tokens {width}")
    shoot(page, f"tokens-{width}")
    press(page, "Revoke nightly copy")
    expect(page.get_by_text("Revoked")).to_be_visible()
    page.goto(f"{live_server.url}/mail/stop/{token_of(study.mails.filter(state='sent').first())}/")
    look(f"stop {width}")
    press(page, "No more mail")
    expect(page.get_by_role("heading", name="No more reminders")).to_be_visible()
    shoot(page, f"mail-stop-{width}")
