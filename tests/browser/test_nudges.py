"""One case sat with each timing of advice, in a real browser: axe, console and content policy stay clean throughout."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from simlab.engine.case import Advice
from simlab.sittings.models import ChatTurn, Decision, Encounter, Event, Exposure
from simlab.studies import actions
from tests.browser.conftest import WIDTHS, begin, join
from tests.exchange.stubs import Stub, chat_reply, serving
from tests.factories import MINI, NOW, mini_pack

pytestmark = pytest.mark.django_db(transaction=True)

STUDY = """
simlab: study/1
title: A study of one nudge
population: {roles: [gp, gp-registrar]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [mini], forms: {A: 2}, rotate: fixed}
arms: {nudged: 1}
phases: {part: {advice: nudged}}
advice:
  nudged: {%s}
"""
RICH = {
    "weights": [{"finding": "The course", "weight": 0.62}, {"finding": "The age", "weight": -0.2}],
    "highlights": ["as the patient"],
    "similar": [{"summary": "The same age and course", "outcome": "Settled in a month"}],
    "counterfactual": "With fever it would be another.",
    "excerpt": {"text": "Think of it early.", "source": "A handbook", "url": "https://example.org/book"},
    "data-quality": "The last result is two years old.",
    "link": {"label": "About it", "url": "https://example.org/about"},
}


def rich_pack():
    pack = mini_pack()
    cases = {}
    for name, case in pack.cases.items():
        bank = [Advice.model_validate({**one.model_dump(by_alias=True), **RICH}) for one in case.advice]
        cases[name] = case.model_copy(update={"advice": tuple(bank)})
    return pack.model_copy(update={"cases": cases})


@pytest.fixture
def seat(page, live_server, transactional_db):
    """Sit down in a study with the given way of nudging; the first case is on the page."""

    def sit(policy: str, device: str = "desktop") -> None:
        width, height = WIDTHS[device]
        page.set_viewport_size({"width": width, "height": height})
        actions.load_pack(pack=rich_pack(), now=NOW)
        documents = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
        study = actions.create_study(
            slug="nudge", kind="demonstration", source=STUDY % policy, documents=documents, by=None, now=NOW
        )
        study = actions.launch_study(study=study, by=None, now=NOW, per_stratum=4, seed="nudge")
        actions.open_link(study=study, by=None, now=NOW, token="nudge")
        join(page, live_server.url, "nudge")
        begin(page)
        if device == "phone":
            page.get_by_role("button", name="Give your answer").click()

    return sit


@pytest.fixture
def shoot(page, request):
    """Keep a picture where SIMLAB_SCREENSHOTS names a folder."""

    def take(name: str) -> None:
        if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{request.node.name}-{name}.png".replace("/", "-"), full_page=False)

    return take


def write(page, term="Something of my own", sure="30"):
    page.locator("#condition").press_sequentially(term)
    page.keyboard.press("Enter")
    page.locator(".confidence__number").fill(sure)


def commit(page, until):
    page.locator("[data-commit]").click()
    page.wait_for_selector(until)


def keep(page):
    page.locator("[data-choice=keep]").click()
    page.locator(".confidence__number").fill("40")


def second_case(page):
    page.wait_for_function("() => document.querySelector('.bar__place')?.innerText.includes('Case 2')")


def save_and_go_on(page):
    page.locator("[data-commit]").click()
    second_case(page)
    page.wait_for_function("() => document.querySelector('[data-status]').textContent.startsWith('Saved ✓')")


def kinds(**of):
    return list(Exposure.objects.filter(**of).order_by("pk").values_list("kind", flat=True))


def of_first_case():
    return {"encounter": Encounter.objects.order_by("opened_at").first()}


def all_as_shown():
    shown = Exposure.objects.filter(kind="rendered")
    assert shown.exists()
    assert set(shown.values_list("as_shown", flat=True)) == {True}


@pytest.mark.parametrize("device", WIDTHS)
def test_concurrent_advice_with_everything_on_its_card(page, seat, look, shoot, device):
    everything = "[rationale, findings, weights, highlights, similar, counterfactual, excerpt, data-quality]"
    seat(
        f"when: with-case, wrong: 1 of 2, explanation: {everything}, accuracy: Right in about half of such cases, "
        "model-card: Made for tests on four cases",
        device,
    )
    page.wait_for_selector("mark.marked")
    page.get_by_text("More about this suggestion").click()
    look("concurrent")
    shoot("open")
    page.wait_for_timeout(400)
    write(page)
    save_and_go_on(page)
    assert {"assigned", "rendered", "seen", "opened", "overridden"} <= set(kinds(**of_first_case()))
    all_as_shown()


@pytest.mark.parametrize("device", ["phone"])
def test_advice_after_commitment_with_reasons_afterwards(page, seat, look, shoot, device):
    seat("when: after-commit, wrong: 1 of 2, reasons: always", device)
    expect(page.locator("[data-card]")).to_have_count(0)
    write(page)
    commit(page, "[data-card]")
    look("advice")
    page.wait_for_timeout(400)
    keep(page)
    commit(page, "[data-reasons]")
    look("reasons")
    shoot("reasons")
    page.get_by_role("button", name="Save and go on").click()
    assert "Choose" in page.locator("[data-reasons-error]").inner_text()
    page.get_by_label("I do not trust it").check()
    page.get_by_label("In your own words").fill("It misses the course.")
    page.get_by_role("button", name="Save and go on").click()
    second_case(page)
    told = Exposure.objects.get(kind="reason")
    assert told.detail == {"reason": "recipient-does-not-trust", "comment": "It misses the course."}
    assert kinds(**of_first_case())[-1] == "reason"
    assert "overridden" in kinds(**of_first_case())
    all_as_shown()


def test_reasons_can_be_skipped_with_one_press(page, seat):
    seat("when: after-commit, wrong: 1 of 2, reasons: always")
    write(page)
    commit(page, "[data-card]")
    keep(page)
    commit(page, "[data-reasons]")
    page.get_by_role("button", name="Skip").click()
    second_case(page)
    assert Exposure.objects.get(kind="reason").detail == {"reason": None, "comment": ""}


@pytest.mark.parametrize("device", ["phone"])
def test_advice_on_demand(page, seat, look, shoot, device):
    seat("when: with-case, delivery: on-demand, wrong: 1 of 2", device)
    page.locator("#condition").press_sequentially("My first thought")
    page.keyboard.press("Enter")
    look("offered")
    shoot("offered")
    page.get_by_role("button", name="Show it").click()
    page.wait_for_selector("[data-card]")
    assert page.evaluate("document.activeElement.id") == "advice-title"
    expect(page.locator(".ranking__term")).to_have_text(["My first thought"])
    look("shown")
    shoot("shown")
    page.wait_for_timeout(400)
    page.locator(".confidence__number").fill("55")
    save_and_go_on(page)
    assert kinds(**of_first_case())[:3] == ["assigned", "requested", "rendered"]
    if device == "phone":
        page.get_by_role("button", name="Give your answer").click()
    write(page)
    page.locator("[data-commit]").click()
    page.wait_for_url("**/me/**")
    assert kinds(encounter=Encounter.objects.order_by("opened_at").last()) == ["assigned"], "nobody asked here"
    assert Decision.objects.count() == 2
    all_as_shown()


def test_delayed_advice_comes_by_itself_and_survives_a_reload(page, seat, look, shoot):
    seat("when: with-case, delay: 3, wrong: 1 of 2")
    assert "will appear" in page.locator("[data-pending]").inner_text()
    look("waiting")
    page.reload()
    page.wait_for_selector("[data-form]:not([inert])")
    write(page)
    page.wait_for_selector("[data-card]", timeout=6000)
    look("revealed")
    shoot("revealed")
    save_and_go_on(page)
    assert kinds(**of_first_case())[:2] == ["assigned", "revealed"]
    assert Event.objects.filter(payload__name="paint", payload__state="advised").exists()


@pytest.mark.parametrize("order", ["together", "in-turn"])
def test_two_advisers(page, seat, look, shoot, order):
    second = f"second: {{label: Second program, stance: disagrees, order: {order}}}"
    seat(f"when: after-commit, wrong: 1 of 2, {second}")
    write(page)
    commit(page, "[data-card=first]")
    if order == "in-turn":
        expect(page.locator("[data-card=second]")).to_have_count(0)
        look("first adviser")
        page.get_by_role("button", name="Show it").click()
    page.wait_for_selector("[data-card=second]")
    look("two advisers")
    shoot("both")
    said = page.locator("[data-card] h2").all_inner_texts()
    assert len(set(said)) == 2
    page.wait_for_timeout(400)
    keep(page)
    save_and_go_on(page)
    versions = set(Exposure.objects.filter(**of_first_case(), kind="assigned").values_list("advice_version", flat=True))
    assert len(versions) == 2
    all_as_shown()


def test_panel_over_the_page_closes_with_one_press(page, seat, look, shoot):
    seat("when: after-commit, wrong: 1 of 2, display: panel")
    write(page)
    commit(page, ".is-raised")
    look("panel")
    shoot("panel")
    page.keyboard.press("Escape")
    expect(page.locator(".is-raised")).to_have_count(0)
    expect(page.locator("[data-card]")).to_be_visible()
    keep(page)
    save_and_go_on(page)
    assert "dismissed" in kinds(**of_first_case())


def test_banner_and_preselected_answer(page, seat, look, shoot):
    seat("when: with-case, wrong: 1 of 2, display: banner, preselected: true")
    page.wait_for_selector(".nudge--banner")
    assert len(page.locator(".ranking__term").all_inner_texts()) == 1
    look("banner")
    shoot("banner")
    page.wait_for_timeout(400)
    page.locator(".confidence__number").fill("60")
    save_and_go_on(page)
    assert kinds(**of_first_case())[-1] == "accepted"


EVENTS = "events: [{at: 1, kind: %s}]"


def test_advice_that_is_down_says_so_and_the_answer_goes_on(page, seat, look, shoot):
    seat("when: after-commit, wrong: 1 of 2, " + EVENTS % "down")
    write(page)
    commit(page, "[data-unavailable]")
    look("down")
    shoot("down")
    keep(page)
    save_and_go_on(page)
    assert Encounter.objects.order_by("opened_at").first().event == "down"
    assert kinds(**of_first_case()) == ["assigned"]


def test_advice_that_is_slow_comes_late(page, seat, look):
    seat("when: after-commit, wrong: 1 of 2, " + EVENTS % "slow, seconds: 2")
    write(page)
    commit(page, "[data-pending=wait]")
    assert "longer than usual" in page.locator("[data-pending]").inner_text()
    look("slow")
    page.wait_for_selector("[data-card]", timeout=5000)
    keep(page)
    save_and_go_on(page)
    assert Encounter.objects.order_by("opened_at").first().event == "slow"


def test_tampered_card_shows_what_was_declared(page, seat):
    altered = "tampered, altered: {summary: Send the patient home, confidence: 99}"
    seat("when: with-case, wrong: 1 of 2, " + EVENTS % altered)
    page.wait_for_selector("[data-card]")
    assert page.locator("[data-card] h2").inner_text() == "Send the patient home"
    assert "99%" in page.locator(".advice__confidence").inner_text()
    page.wait_for_timeout(300)
    write(page)
    save_and_go_on(page)
    assert Encounter.objects.order_by("opened_at").first().event == "tampered"
    all_as_shown()


def test_checklist_is_a_nudge_without_advice(page, seat, look, shoot):
    seat("nudge: checklist, when: with-case, items: [Red flags looked for, Medicines checked]")
    page.wait_for_selector("[data-card=aid]")
    look("checklist")
    shoot("checklist")
    page.wait_for_timeout(400)
    write(page)
    save_and_go_on(page)
    assert {"assigned", "rendered", "seen"} <= set(kinds(**of_first_case(), shown_as="aid", advice_version=None))
    all_as_shown()


@pytest.mark.parametrize("device", ["phone"])
def test_chat_inside_a_case(page, seat, look, shoot, settings, device):
    stub = Stub(chat_reply("Think of <b>gout</b>. ![x](https://evil.example/x)"))
    with serving(stub) as base:
        settings.OUTBOUND_ALLOWED, settings.CHAT_URL, settings.CHAT_MODEL = ["127.0.0.1"], f"{base}/v1", "stub-1"
        seat("source: chat, when: with-case, calls: 1, label: Assistant", device)
        page.get_by_label("Ask it something").fill("What else could it be?")
        page.get_by_role("button", name="Send").click()
        page.wait_for_selector(".chat__turn--model")
    assert page.locator(".chat__turn--model .chat__words").inner_text() == "Think of gout. x"
    assert "as often as this case allows" in page.locator("[data-chat-left]").inner_text()
    expect(page.get_by_role("button", name="Send")).to_be_hidden()
    look("chat")
    shoot("chat")
    assert list(ChatTurn.objects.values_list("role", "model")) == [("clinician", ""), ("model", "stub-1")]
    write(page)
    save_and_go_on(page)
