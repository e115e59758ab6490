"""Every form of answer, by keyboard on a desktop and by touch on a phone, in a real browser."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from simlab.engine.casefile import load_pack
from simlab.sittings.models import Decision, Event
from simlab.studies import actions
from simlab.studies.reading import case_of, read_folder
from tests.browser.conftest import WIDTHS, begin, join, moved_on, place, press
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def forms(transactional_db):
    """The study in which every form can be sat."""
    pack = load_pack(ROOT / "cases" / "answer-forms")
    actions.load_pack(pack=pack, now=NOW)
    source, documents = read_folder(ROOT / "protocols" / "forms")
    study = actions.create_study(
        slug="forms", kind="demonstration", source=source, documents=documents, by=None, now=NOW
    )
    study = actions.launch_study(study=study, by=None, now=NOW, per_stratum=8, seed="forms")
    actions.open_link(study=study, by=None, now=NOW, token="forms")
    return study


def tick(page, selector: str) -> None:
    """Choose a radio button or tick a box with the space bar."""
    page.locator(selector).first.press("Space")


def by_keyboard(page, kind: str) -> None:  # noqa: C901 - one branch a form
    """Any complete answer, without a pointer."""
    question = page.locator("[data-question]")
    if kind == "ranked-differential":
        page.locator("#condition").press_sequentially("carpal")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    elif kind in ("single-best-answer", "triage", "management", "error-spotting"):
        tick(page, "[data-question] input")
    elif kind == "key-feature":
        for part in page.locator("[data-feature]").all():
            part.locator("input").first.press("Space")
    elif kind == "script-concordance":
        for part in page.locator("[data-item]").all():
            part.locator("input").nth(3).press("Space")
    elif kind == "probability":
        for field, value in zip(question.locator("input").all(), ("60", "30", "10"), strict=False):
            field.press_sequentially(value)
    elif kind == "extended-matching":
        for select in question.locator("select").all():
            select.press("ArrowDown")
    elif kind == "reflection-grid":
        question.locator("select").first.press("ArrowDown")
        for number, select in enumerate(question.locator("[name^=rank-]").all(), start=1):
            for _ in range(number):
                select.press("ArrowDown")
    elif kind == "prescribing":
        question.locator("input[type=radio]").nth(1).press("Space")
        page.locator("#dose").press_sequentially("100")
        page.locator("#frequency").press("ArrowDown")
        page.locator("#days").press_sequentially("3")
    else:
        page.locator("#text").press_sequentially("Das Kalium")


@pytest.mark.slow
@pytest.mark.parametrize("device", ["phone"])
def test_every_form_is_answered_by_keyboard_and_kept(page, live_server, forms, look, device):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    join(page, live_server.url, "forms")
    begin(page)
    seen = set()
    while page.locator(".bar__place").count():
        before = place(page)
        if width < 1000 and not page.locator(".is-answering").count():
            page.locator("[data-answer-open]").press("Enter")
        kind = page.locator("[data-question]").get_attribute("data-question")
        if before.endswith("1"):
            page.locator("[data-choice=change]").press("Enter")
            shoot(page, f"{kind}-second-{device}")
        else:
            page.keyboard.press("Control+Enter")
            assert page.locator("#question-error").inner_text(), kind
            look(f"{kind}, nothing answered")
            by_keyboard(page, kind)
            shoot(page, f"{kind}-{device}")
            seen.add(kind)
        page.locator("[data-confidence] input").nth(3).press("Space")
        page.keyboard.press("Control+Enter")
        moved_on(page, before)
    assert len(seen) == 12
    decisions = list(Decision.objects.select_related("encounter__planned"))
    assert len(decisions) == 24
    for decision in decisions:
        asked = case_of(decision.encounter.planned.case_version_id).question
        assert decision.answer.get("kind", "ranked-differential") == asked.kind
        assert decision.answer["confidence"] == 70
    by_stage = {(d.encounter_id, d.stage): d.answer for d in decisions}
    assert all(by_stage[e, "initial"] == answer for (e, stage), answer in by_stage.items() if stage == "final")
    page.set_default_timeout(90_000)  # the first debrief of a process reads the statistics
    press(page, "Read my debrief")
    expect(page.locator(".reviewed")).to_have_count(12)
    look("debrief of every form")
    shoot(page, f"debrief-{device}")


def test_draft_of_a_form_is_kept_over_a_reload(page, live_server, forms):
    join(page, live_server.url, "forms")
    begin(page)
    kind = page.locator("[data-question]").get_attribute("data-question")
    by_keyboard(page, kind)
    before = page.evaluate(
        "localStorage.getItem(Object.keys(localStorage).find(key => key.startsWith('simlab-draft')))"
    )
    page.reload()
    page.wait_for_selector("[data-form]:not([inert])")
    page.locator("[data-confidence] input").first.press("Space")
    after = page.evaluate("localStorage.getItem(Object.keys(localStorage).find(key => key.startsWith('simlab-draft')))")
    read = "text => JSON.stringify(JSON.parse(text).question)"
    assert page.evaluate(read, before) == page.evaluate(read, after)
    for _ in range(400):  # events go in company, some seconds later
        if Event.objects.filter(payload__name="resumed").exists():
            break
        page.wait_for_timeout(50)
    assert Event.objects.filter(payload__name="resumed").count() == 1


def shoot(page, name: str) -> None:
    """Keep a picture where SIMLAB_SCREENSHOTS names a folder."""
    if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")
