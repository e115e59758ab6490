"""Pages in a real Chromium: no console message, no broken content policy, nothing that axe finds."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from simlab.studies import actions
from tests.factories import NOW, a_study

WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def look(page):
    """Check the page as it stands: axe finds nothing, and at 320 pixels nothing sticks out sideways."""

    def check(name: str) -> None:
        found = Axe().run(page).response["violations"]
        told = [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in found]
        assert not told, f"{name}: {told}"
        size = page.viewport_size
        page.set_viewport_size({"width": 320, "height": 640})
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size(size)
        assert wide <= 320, f"{name} is {wide} pixels wide on a page of 320"

    return check


@pytest.fixture(autouse=True)
def quiet_end(page, transactional_db):
    """Leave the page and let its last messages arrive, before the database is emptied under them."""
    yield
    page.goto("about:blank")
    page.wait_for_timeout(700)


@pytest.fixture
def demo(transactional_db):
    """A small demonstration study with the open link /join/mini/."""
    study = a_study()
    actions.open_link(study=study, by=None, now=NOW, token="mini")
    return study


def press(page, name: str) -> None:
    """Press the button and wait for the page that it leads to: what follows looks at that one, never at this."""
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.get_by_role("button", name=name).click()


def join(page, base: str, token: str) -> None:
    """From the link to the person's own page, as anybody would go."""
    page.goto(f"{base}/join/{token}/")
    press(page, "Continue to consent")
    for box in page.get_by_role("checkbox").all():
        box.check()
    press(page, "I agree and want to take part")
    page.get_by_label("General practitioner").check()
    press(page, "Join the study")


def begin(page, until: str = "[data-form]:not([inert])") -> None:
    """Start the part that is ready; where one has to wait, move the demonstration's clock first."""
    page.wait_for_load_state()
    if page.get_by_role("button", name="Demonstration: move the clock").count():
        press(page, "Demonstration: move the clock")
    press(page, "Start ")
    page.wait_for_selector(until, state="attached")


def place(page) -> str:
    """Where the sitting stands: the case, and whether the first answer has been given."""
    return page.inner_text(".bar__place") + str(page.locator("[data-second]").count())


def moved_on(page, before: str) -> None:
    """Wait until the next step is in the page and can be used, or the sitting is over."""
    page.wait_for_function(
        """before => {
            const bar = document.querySelector('.bar__place');
            if (!bar) return document.readyState === 'complete';
            const now = bar.innerText + (document.querySelector('[data-second]') ? 1 : 0);
            return now !== before && document.querySelector('[data-form]:not([inert])');
        }""",
        arg=before,
    )


def sit_by_keyboard(page, term: str = "gout") -> int:
    """Answer every case of a sitting without touching the mouse. Returns how many answers were given."""
    given = 0
    while page.locator(".bar__place").count():
        before = place(page)
        if before.endswith("1"):
            page.locator("[data-choice=keep]").press("Enter")
        else:
            page.locator("#condition").press_sequentially(term)
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
        page.locator(".confidence__number").press_sequentially("65")
        page.keyboard.press("Control+Enter")
        moved_on(page, before)
        given += 1
    return given
