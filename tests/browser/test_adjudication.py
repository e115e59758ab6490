"""Two raters at work on the adjudication page, in a real browser."""

import os

import pytest

from simlab.sittings import actions
from simlab.sittings.adjudication import items_of
from simlab.studies import actions as studies
from tests.browser.conftest import WIDTHS
from tests.factories import NOW, a_participant, a_study, a_user, sit_through

pytestmark = pytest.mark.django_db(transaction=True)


def log_in(page, base: str, user) -> None:
    page.goto(f"{base}/accounts/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("main").get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("device", WIDTHS)
def test_texts_are_judged_and_put_to_use(page, live_server, transactional_db, look, device):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    one, two = a_user(), a_user()
    study = a_study(by=one)
    studies.grant_role(study=study, user=two, role="researcher", by=one, now=NOW)
    sit_through(a_participant(study), NOW, term="Podagra")
    texts = len(items_of(study))
    for item in items_of(study):
        actions.rate_text(study=study, case_id=item.case.id, text=item.text, right=True, by=two, now=NOW)
    log_in(page, live_server.url, one)
    page.get_by_role("link", name=study.title).click()
    page.get_by_role("link", name="Judge answers in own words").click()
    shown = page.locator("main").inner_text()
    assert "podagra" in shown
    assert not {"advised", "unaided", "exposure", two.email} & set(shown.split())
    look("a text to judge")
    shoot(page, f"adjudication-{device}")
    page.get_by_role("button", name="It does not").click()
    for _ in range(texts - 1):
        page.get_by_role("button", name="It counts").click()
    page.get_by_text("What is left waits for another person").wait_for()
    page.get_by_role("button", name="Use them in scoring").click()
    page.get_by_text("counts as right").first.wait_for()
    look("texts in use")
    shoot(page, f"adjudication-used-{device}")
    assert study.verdicts.count() == texts - 1


def shoot(page, name: str) -> None:
    """Keep a picture where SIMLAB_SCREENSHOTS names a folder."""
    if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
