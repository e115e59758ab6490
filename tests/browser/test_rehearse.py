"""A researcher rehearses a study: asks, watches, reads. In a real browser, on a phone and at a desk."""

import os

import pytest

from simlab.analyses import actions_power
from simlab.analyses.powermodels import PowerStudy
from tests.browser.conftest import WIDTHS
from tests.browser.test_researcher import log_in
from tests.factories import NOW, a_study, a_user
from tests.power import a_power_study

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("device", WIDTHS)
def test_power_is_asked_for_watched_and_read(page, live_server, look, monkeypatch, device):
    monkeypatch.setattr(actions_power, "_queue", lambda power, lanes: None)
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    researcher = a_user()
    study = a_study(by=researcher)
    log_in(page, live_server.url, researcher)
    page.get_by_role("link", name=study.title).click()
    page.get_by_label("The four steps of a study").get_by_role("link", name="Rehearse").click()
    look("rehearse")
    page.get_by_label("Numbers of clinicians").fill("few")
    page.get_by_role("button", name="Simulate").click()
    page.get_by_role("heading", name="The simulation cannot start").wait_for()
    look("rehearse with an error")
    page.get_by_label("Numbers of clinicians").fill("8, 12")
    page.get_by_label("Numbers of clinicians").press("Enter")
    page.get_by_role("button", name="Cancel this simulation").wait_for()
    look("simulating")
    running = PowerStudy.objects.get()
    actions_power.cancel_power(power_study=running, now=NOW)
    # The part that renews itself sees that it is over, and loads the page anew.
    page.get_by_role("heading", name="The simulation was cancelled").wait_for()
    done = a_power_study(study)
    page.goto(f"{live_server.url}/studies/{study.pk}/rehearse/{done.pk}/")
    page.get_by_role("heading", name="For the protocol").wait_for()
    for picture in page.locator("figure img").all():
        picture.scroll_into_view_if_needed()
        page.wait_for_function("one => one.complete && one.naturalWidth > 0", arg=picture.element_handle())
    look("power and precision")
    if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/power-{device}.png", full_page=True)
        page.goto(f"{live_server.url}/studies/{study.pk}/rehearse/")
        page.locator("summary").nth(1).click()
        page.screenshot(path=f"{folder}/rehearse-{device}.png", full_page=True)
