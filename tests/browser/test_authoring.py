"""A case is written, previewed, reviewed, signed and taken away, by two people, on a desktop and on a phone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from simlab.studies import actions
from simlab.studies.models import CaseDraft, CaseSignature
from tests.browser.conftest import WIDTHS, press
from tests.factories import a_loaded_pack, a_user

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def people(transactional_db):
    a_loaded_pack()
    staff, author, reviewer = a_user(is_staff=True), a_user(), a_user()
    actions.grant_case_right(pack="mini", user=author, name="author", by=staff)
    actions.grant_case_right(pack="mini", user=reviewer, name="reviewer", by=staff)
    return author, reviewer


def shoot(page, name: str) -> None:
    """Keep a picture of the page where somebody asks for it, to be looked at."""
    if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


def log_in(page, base: str, user, onward: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{base}/accounts/login/?next={onward}")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    with page.expect_navigation(url=f"**{onward}"):
        page.get_by_role("main").get_by_role("button", name="Log in").click()


def saved(page, number: int) -> None:
    expect(page.locator("#side")).to_have_attribute("data-after", str(number))
    expect(page.locator("#case-form [data-after-input]")).to_have_value(str(number))


@pytest.mark.parametrize("device", WIDTHS)
def test_a_case_from_writing_to_signature(page, live_server, people, look, device):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    author, reviewer = people
    log_in(page, live_server.url, author, "/library/")
    look("library")
    shoot(page, "library")
    page.goto(f"{live_server.url}/library/mini/cases/tired-and-cold/")
    press(page, "Change or review this case")
    draft = CaseDraft.objects.get()
    look("writing")

    write(page, draft)
    shoot(page, "writing")
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_role("heading", name="Cold all winter")).to_be_visible()
    page.get_by_role("link", name="With advice 2").click()
    expect(page.get_by_role("link", name="With advice 2")).to_have_attribute("aria-current", "page")
    if device == "phone":
        page.get_by_role("button", name="Your decision").click()
    expect(page.get_by_role("heading", name="Consider depression")).to_be_visible()
    expect(page.get_by_text("premature closure")).to_have_count(0)
    look("preview")
    shoot(page, "preview")

    review_and_sign(page, live_server.url, reviewer, draft, look)
    with page.expect_download() as got:
        page.get_by_role("link", name="Download case.yaml").click()
    assert Path(got.value.path()).read_bytes() == draft.texts.latest("number").source.encode()
    assert CaseSignature.objects.get().name == "A. Clinician"


def write(page, draft: CaseDraft) -> None:
    """What is changed in the form is in the file at once, with faults at their field; and the other way round."""
    page.locator("#f-title").fill("Tired by hypothyroidism")
    page.locator("#f-title").press("Tab")
    saved(page, 2)
    expect(page.locator('[data-field="title"] [data-wrong]')).to_contain_text("gives the answer away")
    expect(page.locator("[data-source-text]")).to_have_value(draft.texts.latest("number").source)
    page.locator("#f-title").fill("Cold all winter")
    page.locator("#f-title").press("Tab")
    saved(page, 3)
    expect(page.locator('[data-field="title"] [data-wrong]')).to_have_text("")
    expect(page.locator("[data-source-text]")).to_have_value(draft.texts.latest("number").source)
    page.locator("#source > summary").click()
    text = page.get_by_label("case.yaml", exact=True)
    text.fill(text.input_value().replace("two jumpers", "three jumpers"))
    press(page, "Save the file")
    saved(page, 4)
    expect(page.locator("#f-presentation")).to_have_value("I wear three jumpers and my hair comes out in the brush.")
    page.locator("summary", has_text="Stages").click()
    press(page, "Add to items")
    saved(page, 5)
    press(page, "Save and check")
    page.get_by_role("link", name="History").click()
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.get_by_role("button", name="Take up text 4").click()
    saved(page, 6)


def review_and_sign(page, base: str, reviewer, draft: CaseDraft, look) -> None:
    log_in(page, base, reviewer, f"/drafts/{draft.pk}/review/")
    expect(page.get_by_text("not clinically reviewed").first).to_be_visible()
    page.get_by_label("Your remark").fill("Say which jumpers.")
    press(page, "Ask for changes")
    expect(page.get_by_text("changes asked for")).to_be_visible()
    page.get_by_label("How it was settled").fill("They are described well enough.")
    press(page, "Settle")
    look("review")
    shoot(page, "review")
    page.get_by_label("Your name").fill("A. Clinician")
    page.get_by_label("Your role").fill("General practitioner")
    page.get_by_label("Your registration").fill("Body and number")
    page.get_by_label("I have read the whole case").check()
    press(page, "Sign")
    expect(page.get_by_text("holds for the case as it stands", exact=True)).to_be_visible()
    shoot(page, "signed")
