"""The time of an answer is that of the key press, not of the code that heard of it."""

import time

import pytest

from simlab.sittings.models import Event
from tests.browser.conftest import begin, join, moved_on, place

pytestmark = pytest.mark.django_db(transaction=True)

BUSY = "setInterval(() => { const end = performance.now() + 60; while (performance.now() < end); }, 100)"
WITNESS = """addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) window.witness = {stamp: event.timeStamp, heard: performance.now()};
}, {capture: true})"""
CONTROL = 2
AGO_S = 2.0


def test_an_answer_carries_the_time_of_its_key_press_while_the_page_is_busy(page, live_server, demo):
    """The key is pressed through the debugging protocol, dated two seconds ago as if it had waited in the queue."""
    join(page, live_server.url, "mini")
    begin(page)
    page.locator("#condition").press_sequentially("Gout")
    page.keyboard.press("Enter")
    page.locator(".confidence__number").fill("70")
    before = place(page)
    page.wait_for_function(
        "ago => performance.now() > ago", arg=1000 * AGO_S + 100
    )  # or the press came before the page
    page.evaluate(WITNESS)
    page.evaluate(BUSY)
    pressed = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
    protocol = page.context.new_cdp_session(page)
    protocol.send("Input.dispatchKeyEvent", {**pressed, "modifiers": CONTROL, "timestamp": time.time() - AGO_S})
    moved_on(page, before)
    seen = page.evaluate("window.witness")
    answer = Event.objects.get(kind="answer")
    assert answer.t_mono_ms == seen["stamp"]
    assert seen["heard"] - answer.t_mono_ms > 1000 * AGO_S - 100
    assert answer.t_origin_ms == page.evaluate("performance.timeOrigin")
