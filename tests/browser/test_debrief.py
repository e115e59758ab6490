"""The debrief in a browser: read, written on, and taken away."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from simlab.sittings import actions
from simlab.studies.models import Study
from tests.browser.conftest import WIDTHS, press
from tests.factories import DAY, NOW, a_participant, sit_through

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("device", WIDTHS)
def test_debrief_is_read_written_on_and_taken_away(page, live_server, transactional_db, look, device):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    page.set_default_timeout(90_000)  # the first debrief of a process reads the statistics
    person = a_participant(arm="advised")
    sit_through(person, NOW, term="Common cold")
    Study.objects.filter(pk=person.study_id).update(clock_offset=60 * DAY)
    page.goto(f"{live_server.url}/return/{actions.issue_return_token(participant=person)}/")
    press(page, "Continue where I left")
    page.goto(f"{live_server.url}/me/{person.pk}/debrief/")
    expect(page.get_by_role("heading", name="The expert’s reasoning, step by step")).to_have_count(2)
    look("debrief")
    page.get_by_label("Your reflection on all cases").fill("Ask about the course first.")
    with page.expect_navigation():
        page.locator("#reflection").get_by_role("button", name="Keep my reflection").press("Enter")
    expect(page.locator("#reflection .reflection__text")).to_have_text("Ask about the course first.")
    look("debrief with a reflection")
    folder = os.environ.get("SIMLAB_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"debrief-{width}.png", full_page=True)
    page.get_by_label("Also say how I did").check()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download the note").click()
    assert Path(taken.value.path()).read_bytes().startswith(b"%PDF")
    if folder:
        taken.value.save_as(Path(folder) / "note.pdf")
