"""For everyone: what is pressed is large enough, focus is seen, nothing moves for whoever asked, paper is readable."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDTHS, begin, join, moved_on, place, press, sit_by_keyboard

pytestmark = pytest.mark.django_db(transaction=True)

# WCAG 2.5.8: links in a line of text, and what stands under a label that can be pressed instead, are excepted.
SMALL = """() => [...document.querySelectorAll(
        'a, button, summary, input, select, textarea, [role=tab], [role=option]')]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('[inert]'))
    .filter((one) => !one.matches('.nhsuk-skip-link') && !(one.matches('a') && one.closest('p, li, dd, td')))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.width < 24 || box.height < 24)
    .map(([one, box]) => `${one.outerHTML.slice(0, 90)}: ${Math.round(box.width)} × ${Math.round(box.height)}`)"""
MOVING = "() => document.getAnimations().map((one) => `${one.animationName ?? one.transitionProperty}`)"
# What has the focus, and whether its looks differ from what they are without.
FOCUSED = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const looks = () => {
        const style = getComputedStyle(one);
        return [style.outline, style.boxShadow, style.backgroundColor, style.borderColor].join();
    };
    const name = one.outerHTML.slice(0, 90);
    const focused = looks();
    const named = one.matches('input') && one.labels?.[0];
    const label = named ? getComputedStyle(named, '::before').boxShadow : 'none';
    one.blur();
    const differs = looks() !== focused || label !== 'none';
    one.focus({ focusVisible: true });
    return [name, differs];
}"""


def pressable(page, name: str) -> None:
    assert page.evaluate(SMALL) == [], name


def focus_is_seen(page, name: str, presses: int = 12) -> None:
    seen = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
    met = [one for one in seen if one]
    assert met, name
    assert [what for what, differs in met if not differs] == [], name


@pytest.mark.parametrize("device", WIDTHS)
def test_everything_that_is_pressed_is_large_enough_and_shows_its_focus(page, live_server, demo, device):
    width, height = WIDTHS[device]
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{live_server.url}/join/mini/")
    pressable(page, "arriving")
    focus_is_seen(page, "arriving", 5)
    press(page, "Continue to consent")
    pressable(page, "consent")
    focus_is_seen(page, "consent", 6)
    for box in page.get_by_role("checkbox").all():
        box.check()
    press(page, "I agree and want to take part")
    pressable(page, "eligibility")
    page.get_by_label("General practitioner").check()
    press(page, "Join the study")
    pressable(page, "own page")
    focus_is_seen(page, "own page", 8)
    begin(page)
    pressable(page, "case")
    focus_is_seen(page, "case")
    if device == "phone":
        page.get_by_role("button", name="Give your answer").click()
        expect(page.locator(".is-answering")).to_have_count(1)
        assert page.evaluate(MOVING) == []
    page.locator("#condition").press_sequentially("gou")
    pressable(page, "suggestions")
    page.keyboard.press("Enter")
    page.locator(".confidence__number").fill("40")
    before = place(page)
    page.locator("[data-commit]").click()
    moved_on(page, before)
    pressable(page, "second look or next case")
    expect(page.locator("#announcer")).to_contain_text("Your answer is saved.")
    expect(page.locator("#announcer")).to_have_attribute("aria-live", "polite")


def test_case_and_debrief_can_be_printed(page, live_server, demo):
    join(page, live_server.url, "mini")
    begin(page)
    page.emulate_media(media="print")
    for gone in (".bar__leave", ".answer-bar", "[data-commit]"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.locator("#case-title")).to_be_visible()
    expect(page.locator(".bar")).not_to_have_css("position", "sticky")
    page.emulate_media(media="screen")
    sit_by_keyboard(page)
    begin(page)
    sit_by_keyboard(page)
    press(page, "Read my debrief")
    page.emulate_media(media="print")
    expect(page.locator(".reviewed").first).to_be_visible()
    expect(page.locator(".masthead__nav")).to_be_hidden()
    for kept_off in page.locator(".no-print").all():
        expect(kept_off).to_be_hidden()
