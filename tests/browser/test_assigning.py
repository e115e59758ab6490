"""An educator assigns cases; two trainees join by the link and sit them; the educator sees who did."""

import os
from pathlib import Path

from playwright.sync_api import expect

from simlab.teaching import actions
from tests.browser.conftest import WIDTHS, begin, join, press, sit_by_keyboard
from tests.factories import NOW, a_loaded_pack, a_user


def shoot(page, name: str) -> None:
    """Keep a picture where SIMLAB_SCREENSHOTS names a folder."""
    if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for device, (width, height) in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=Path(folder) / f"{name}-{device}.png", full_page=True)


def test_two_trainees_sit_what_an_educator_assigned(page, browser, live_server, transactional_db, look):
    a_loaded_pack()
    educator = a_user()
    cohort = actions.create_cohort(title="Autumn", by=educator, now=NOW)
    page.goto(f"{live_server.url}/accounts/login/?next=/teaching/{cohort.pk}/roster/")
    page.get_by_label("E-mail address").fill(educator.email)
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.goto(f"{live_server.url}/teaching/{cohort.pk}/assign/?pack=mini")
    page.get_by_label("Title, as trainees read it").fill("Two cases for Monday")
    page.get_by_label("Tired for half a year").check()
    page.get_by_label("A red hot toe overnight").check()
    look("assign")
    shoot(page, "assign")
    press(page, "Make the assignment")
    expect(page.get_by_role("heading", name="Two cases for Monday")).to_be_visible()
    page.get_by_label("Add people from a CSV file").set_input_files(
        {"name": "roster.csv", "mimeType": "text/csv", "buffer": b"label\nAda\n"}
    )
    press(page, "Add to the roster")
    expect(page.get_by_text("1 of 30 places taken.")).to_be_visible()
    look("roster")
    shoot(page, "roster")
    shared = page.get_by_label("The link for everybody").input_value()
    page.get_by_text("Personal links of").click()
    personal = page.get_by_role("row", name="Ada").locator("code")
    expect(personal).to_be_visible()
    for link in (shared, personal.inner_text()):
        context = browser.new_context(locale="en-GB", timezone_id="UTC")
        trainee = context.new_page()
        join(trainee, live_server.url, link.rstrip("/").rpartition("/")[2])
        begin(trainee)
        sit_by_keyboard(trainee)
        expect(trainee.get_by_role("button", name="Read my debrief")).to_be_visible()
        context.close()
    page.goto(f"{live_server.url}/teaching/{cohort.pk}/")
    expect(page.get_by_text("2 of 2 cases")).to_have_count(2)
    expect(page.get_by_role("link", name="Ada")).to_be_visible()
    look("cohort")
    shoot(page, "cohort")
