"""The researcher's round in a browser: template, edit, checks, preview, approval by a second person, launch, run."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from simlab.studies import actions
from simlab.studies.models import Study
from tests.browser.conftest import WIDTHS, press
from tests.factories import MINI, NOW, a_loaded_pack, a_user

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


def log_in(page, base: str, user) -> None:
    page.context.clear_cookies()
    page.goto(f"{base}/accounts/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.get_by_role("main").get_by_role("button", name="Log in").click()


def go(page, base: str, study: Study, name: str) -> None:
    page.goto(f"{base}/studies/{study.pk}/{name}/")


def shoot(page, name: str) -> None:
    folder = os.environ.get("SIMLAB_SCREENSHOTS")
    if folder:
        width = page.viewport_size["width"]
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


@pytest.fixture
def small_templates(settings, tmp_path):
    """One template, on the pack of the tests."""
    folder = tmp_path / "protocols" / "templates" / "small"
    folder.mkdir(parents=True)
    for file in ("study.yaml", "information.md", "consent.md", "debrief.md"):
        (folder / file).write_text((MINI / file).read_text())
    settings.PROTOCOLS_DIR = tmp_path / "protocols"
    a_loaded_pack()


@pytest.mark.parametrize("device", WIDTHS)
def test_study_is_made_checked_approved_launched_and_watched(
    page, live_server, transactional_db, small_templates, look, device
):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    base, owner, second = live_server.url, a_user(), a_user()
    log_in(page, base, owner)
    page.goto(f"{base}/studies/new/")
    look("new study")
    shoot(page, "new")
    page.get_by_label("Title, as participants read it").fill("Does it last?")
    page.get_by_label("Main study").check()
    page.get_by_label("A small study").check()
    press(page, "Make a draft")
    study = Study.objects.get()

    expect(page.get_by_role("heading", name="No fault")).to_be_visible()
    source = page.locator("#source")
    text = source.input_value()
    source.fill(text.replace("wrong: 1 of 2", "wrong: 2 of 3"))
    expect(page.get_by_role("heading", name="One fault")).to_be_visible()
    look("design with a fault")
    shoot(page, "design-fault")
    page.get_by_role("button", name="Line 16").click()
    marked = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert "wrong: 2 of 3" in source.evaluate(marked)
    source.fill(text)
    expect(page.get_by_role("heading", name="No fault")).to_be_visible()
    page.locator("summary", has_text="Phase “withdrawal”").click()
    page.locator("#field-phases-withdrawal-window").fill("14d")
    page.locator("#field-phases-withdrawal-window").press("Tab")
    expect(source).to_have_value(text.replace("window: 7d", "window: 14d"))
    expect(page.locator("#field-phases-withdrawal-window")).to_be_visible()
    shoot(page, "design")
    press(page, "Save")
    expect(page.get_by_text("Saved. Every save is a version")).to_be_visible()
    look("design")

    go(page, base, study, "documents")
    look("documents")
    go(page, base, study, "balance")
    expect(page.get_by_role("heading", name="Every promise holds")).to_be_visible()
    look("balance")
    shoot(page, "balance")
    go(page, base, study, "preview")
    look("preview")
    page.get_by_label("advised", exact=True).check()
    press(page, "Start the preview")
    expect(page.get_by_text("Preview: nothing here counts.")).to_be_visible()
    look("preview of a participant's page")
    shoot(page, "previewed")

    actions.note_rehearsal(study=study, by=None, now=NOW)
    go(page, base, study, "people")
    look("people")
    shoot(page, "people")
    page.get_by_label("E-mail address of the account").fill(second.email)
    press(page, "Give the role")
    go(page, base, study, "checklist")
    expect(page.get_by_text("so a second person has to approve it")).to_be_visible()
    log_in(page, base, second)
    go(page, base, study, "checklist")
    look("checklist")
    shoot(page, "checklist")
    press(page, "Approve this version")
    log_in(page, base, owner)
    go(page, base, study, "checklist")
    page.get_by_label("Places in each of").fill("8")
    page.get_by_label("Why it runs on cases").fill("A panel reads them outside the platform.")
    press(page, "Launch the study")
    expect(page.get_by_text("Launched on").first).to_be_visible()
    look("checklist of a launched study")
    shoot(page, "launched")

    go(page, base, study, "amendments")
    look("amendments")
    go(page, base, study, "participants")
    press(page, "Make an open link")
    expect(page.get_by_label("The new link, shown only now:")).to_be_visible()
    look("participants")
    shoot(page, "participants")
    go(page, base, study, "run")
    look("run")
    shoot(page, "run")
    with page.expect_response(lambda answer: answer.url.endswith("/run/live/")):
        pass  # it renews itself every five seconds
    expect(page.locator("#live")).to_be_visible()
