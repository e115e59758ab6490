"""An educator reviews a trainee and comments; the trainee reads it: on a phone and at a desk."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from simlab.people.actions import link_participant
from simlab.teaching import actions
from tests.browser.conftest import WIDTHS, press
from tests.factories import NOW, a_participant, a_study, a_user
from tests.teaching.test_review import sit_advised


@pytest.mark.parametrize("device", WIDTHS)
def test_review_of_a_trainee(page, live_server, transactional_db, look, device):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    educator = a_user()
    cohort = actions.create_cohort(title="Autumn", by=educator, now=NOW)
    trainee = cohort.trainees.create(label="Trainee 01")
    for _ in range(2):
        given = actions.assign(cohort=cohort, study=a_study(kind="training"), now=NOW)
        person = a_participant(given.study, arm="advised")
        sit_advised(person, "right", "wrong")
        trainee.seats.create(assignment=given, participant=person)
    link_participant(participant_id=person.pk, user=educator)
    address = f"/teaching/{cohort.pk}/{trainee.pk}/review/"
    page.goto(f"{live_server.url}/accounts/login/?next={address}")
    page.get_by_label("E-mail address").fill(educator.email)
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.get_by_label("Limit of the learning chart").fill("0.5")
    press(page, "Draw with these limits")
    expect(page.get_by_text("The sum reached its limit at new case 2")).to_be_visible()
    look("review of a trainee")
    shoot(page, f"review-{device}")
    page.get_by_label("A comment for Trainee 01").fill("Say first what you would do alone.")
    press(page, "Add the comment")
    expect(page.get_by_text("Say first what you would do alone.")).to_be_visible()
    page.goto(f"{live_server.url}/me/{person.pk}/progress/")
    expect(page.get_by_text("Say first what you would do alone.")).to_be_visible()
    look("my progress")
    shoot(page, f"progress-{device}")


def shoot(page, name: str) -> None:
    """Keep a picture where SIMLAB_SCREENSHOTS names a folder."""
    if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
