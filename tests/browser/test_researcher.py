"""A researcher makes and reads a report; an educator looks back on a cohort. In a real browser."""

import pytest
from playwright.sync_api import expect

from simlab.analyses import actions as analyses
from simlab.analyses import heartbeat
from simlab.analyses.models import AnalysisRun
from simlab.teaching import actions as teaching
from tests.browser.conftest import WIDTHS
from tests.factories import DAY, NOW, a_participant, a_study, a_user, sit_through

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def researcher(transactional_db):
    return a_user()


@pytest.fixture
def study(researcher):
    made = a_study(by=researcher)
    for _ in range(6):
        person = a_participant(made)
        sit_through(person, NOW)
        sit_through(person, NOW + 8 * DAY)
    return made


@pytest.fixture
def by_hand(monkeypatch, settings, tmp_path):
    """The queue is this test: it says when the run is carried out."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(analyses, "_queue", lambda run_id: None)
    monkeypatch.setattr(heartbeat, "_beat", lambda run, stop: None)


def log_in(page, base: str, user) -> None:
    page.goto(f"{base}/accounts/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("device", WIDTHS)
def test_report_is_asked_for_watched_and_read(page, live_server, study, researcher, by_hand, look, device):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    log_in(page, live_server.url, researcher)
    assert page.url.endswith("/studies/")
    look("studies")
    page.get_by_role("link", name=study.title).click()
    look("study")
    page.get_by_label("The four steps of a study").get_by_role("link", name="Report").click()
    look("reports, none yet")
    page.get_by_role("button", name="Make the report").click()
    look("report being made")
    analyses.execute(run_id=AnalysisRun.objects.get().pk, clock=lambda: NOW + 9 * DAY)
    page.get_by_role("heading", name="How to repeat this").wait_for()
    for summary in page.locator("main details > summary").all():
        summary.click()
    look("report, everything unfolded")
    for image in page.locator("figure:not(.has-live) img").all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
        assert len(image.get_attribute("alt")) > 40
    figure_answers(page, page.locator("[data-figure=accuracy]"))
    with page.expect_download() as got:
        page.get_by_role("link", name="data.parquet").click()
    assert got.value.suggested_filename == "data.parquet"


def figure_answers(page, figure) -> None:
    """A figure tells its values to pointer and keyboard, and its arms come and go; on paper it is the still picture."""
    marks, tip = figure.locator(".point"), figure.locator(".figure__tip")
    marks.first.hover()
    first = tip.inner_text()
    assert first == marks.first.get_attribute("aria-label")
    marks.first.focus()
    page.keyboard.press("ArrowRight")
    assert tip.inner_text() == marks.nth(1).get_attribute("aria-label") != first
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    button = figure.get_by_role("button", name="Advised")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    hidden = [mark for mark in marks.all() if not mark.is_visible()]
    assert hidden
    assert all("Advised" in mark.get_attribute("aria-label") for mark in hidden)
    assert figure.locator(".figure__still").is_hidden()
    page.emulate_media(media="print")
    expect(figure.locator(".figure__still")).to_be_visible()
    assert button.is_hidden()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("device", WIDTHS)
def test_educator_reads_a_cohort_and_a_trainee(page, live_server, transactional_db, look, device):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    educator, study = a_user(), a_study(kind="training")
    cohort = teaching.create_cohort(title="Autumn", by=educator, now=NOW)
    teaching.assign(cohort=cohort, study=study, now=NOW)
    for arm in ("advised", "unaided"):
        person = a_participant(study, arm=arm)
        sit_through(person, NOW)
        sit_through(person, NOW + 8 * DAY)
    teaching.enrol_newcomers(cohort=cohort, now=NOW)
    log_in(page, live_server.url, educator)
    assert page.url.endswith("/teaching/")
    look("cohorts")
    page.get_by_role("link", name="Autumn").click()
    look("cohort")
    page.get_by_role("link", name="Trainee 01").click()
    look("trainee")
    assert page.locator(".reviewed").count() > 0
