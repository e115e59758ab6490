"""A replay in a browser: its table without a script, its slider and its button with one."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from simlab.sittings import actions
from simlab.sittings.messages import Message
from tests.browser.conftest import WIDTHS
from tests.browser.test_studio import log_in
from tests.factories import NOW, a_message, a_participant, a_sitting, a_study, a_user, an_answer

pytestmark = pytest.mark.django_db(transaction=True)


def shoot(page, name: str) -> None:
    folder = os.environ.get("SIMLAB_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.parametrize("device", WIDTHS)
def test_a_sitting_is_moved_through_by_slider_and_played(page, live_server, transactional_db, look, device):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    owner = a_user()
    sitting = a_sitting(a_participant(a_study(by=owner)))
    case = sitting.encounters.open().get().pk
    sent = [a_message(1, "event", case, name="paint", state="initial"),
            a_message(2, "event", case, name="opened-item", item="history"),
            an_answer(3, case, term="Gout", confidence=60)]  # fmt: skip
    sent = [{**one, "t_mono_ms": 1000.0 * place} for place, one in enumerate(sent)]
    parsed = [Message.model_validate(one) for one in sent]
    actions.record_batch(sitting=sitting, lease=sitting.lease, messages=parsed, now=NOW)
    log_in(page, live_server.url, owner)
    page.goto(f"{live_server.url}/studies/{sitting.participant.study_id}/replay/")
    look("sittings that can be replayed")
    shoot(page, "replays")
    page.get_by_role("link", name="Replay exposure").click()

    happened = page.locator("[data-now=words]")
    expect(happened).to_have_text("The page was drawn")
    look("replay")
    shoot(page, "replay")
    slider = page.get_by_label("Time", exact=True)
    slider.fill("1000")
    expect(happened).to_have_text("Opened: history")
    expect(page.locator("[data-now=opened]")).to_have_text("history")
    expect(page.locator("tr[aria-current]")).to_have_count(1)
    slider.press("End")
    expect(page.locator("[data-now=answer]")).to_have_text("Gout (confidence 60)")
    page.get_by_label("Speed").select_option("64")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("output")).to_have_text("2.0 s")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
