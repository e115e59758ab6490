"""A clinician's way through a study, in a real browser."""

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from simlab.sittings.models import Decision, Event, Exposure, Participant, Sitting
from tests.browser.conftest import WIDTHS, begin, join, moved_on, place, press, sit_by_keyboard

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.slow
def test_whole_demo_study_by_keyboard(page, live_server):
    call_command("load_demo", verbosity=0)
    join(page, live_server.url, "demo")
    for _ in range(4):
        begin(page)
        sit_by_keyboard(page, "migr")
    person = Participant.objects.get(state="completed")
    assert Sitting.objects.filter(participant=person, completed_at__isnull=False).count() == 4
    assert Decision.objects.filter(encounter__sitting__participant=person).count() == 30
    press(page, "Read my debrief")
    expect(page.locator(".reviewed")).to_have_count(24)


@pytest.mark.parametrize("device", WIDTHS)
def test_every_page_of_the_clinician_is_clean(page, live_server, demo, look, device):
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    for path in ("/", "/accounts/login/", "/join/mini/", "/join/mini/consent/"):
        page.goto(live_server.url + path)
        look(path)
    press(page, "I agree and want to take part")
    look("consent with an error")
    join(page, live_server.url, "mini")
    look("own page with the personal link")
    page.get_by_role("link", name="Leave the study").click()
    look("leaving the study")
    page.get_by_role("link", name="No, back to my page").click()
    begin(page)
    look("first answer")
    if device == "phone":
        page.get_by_role("button", name="Give your answer").click()
    page.locator("#condition").press_sequentially("gou")
    look("suggestions open")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    assert "how confident" in page.locator("#confidence-error").inner_text()
    look("confidence missing")
    page.locator(".confidence__number").fill("40")
    before = place(page)
    page.locator("[data-commit]").click()
    moved_on(page, before)
    look("second look")
    page.locator("[data-choice=change]").click()
    look("changing the answer")


def test_advice_is_shown_beside_the_locked_answer_and_its_exposure_is_kept(page, live_server, demo):
    arms = []
    while "advised" not in arms:
        page.context.clear_cookies()
        join(page, live_server.url, "mini")
        begin(page)
        arms.append(Participant.objects.latest("created_at").slot.arm)
    before = place(page)
    expect(page.locator("[data-advice]")).to_have_count(0)
    page.locator("#condition").press_sequentially("Something of my own")
    page.keyboard.press("Enter")
    page.locator(".confidence__number").fill("30")
    page.keyboard.press("Control+Enter")
    moved_on(page, before)
    assert "Something of my own" in page.locator(".own").inner_text()
    keep, change = page.locator("[data-choice]").all()
    assert keep.bounding_box()["width"] == change.bounding_box()["width"]
    page.wait_for_timeout(400)
    before = place(page)
    keep.click()
    page.locator(".confidence__number").fill("30")
    page.keyboard.press("Control+Enter")
    moved_on(page, before)
    assert {"rendered", "seen"} <= set(Exposure.objects.values_list("kind", flat=True))
    assert Exposure.objects.get(kind="seen").dwell_ms > 300


def test_answer_given_offline_arrives_once(page, live_server, demo):
    join(page, live_server.url, "mini")
    begin(page)
    before = place(page)
    page.context.set_offline(True)
    page.locator("#condition").press_sequentially("Gout")
    page.keyboard.press("Enter")
    page.locator(".confidence__number").fill("70")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "() => document.querySelector('[data-status]').textContent === '1 answer waiting to be sent'"
    )
    assert not Decision.objects.exists()
    page.context.set_offline(False)
    moved_on(page, before)
    assert Decision.objects.count() == 1
    page.complaints[:] = [line for line in page.complaints if "ERR_INTERNET_DISCONNECTED" not in line]


def test_answer_that_was_not_sent_survives_the_page(page, live_server, demo):
    join(page, live_server.url, "mini")
    begin(page)
    page.route("**/outbox/", lambda route: route.abort())
    page.locator("#condition").press_sequentially("Gout")
    page.keyboard.press("Enter")
    page.locator(".confidence__number").fill("70")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("() => document.querySelector('[data-status]').textContent.includes('waiting')")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")
    page.unroute("**/outbox/")
    sitting = Sitting.objects.get()
    with page.expect_response("**/outbox/"):
        page.goto(f"{live_server.url}/sit/{sitting.pk}/")
    page.wait_for_function("() => document.querySelector('[data-status]').textContent.startsWith('Saved')")
    assert Decision.objects.count() == 1
    page.complaints[:] = [line for line in page.complaints if "ERR_FAILED" not in line]


def test_draft_is_kept_over_a_reload(page, live_server, demo):
    join(page, live_server.url, "mini")
    begin(page)
    page.locator("#condition").press_sequentially("Gout")
    page.keyboard.press("Enter")
    page.reload()
    page.wait_for_selector("[data-form]:not([inert])")
    expect(page.locator(".ranking__term")).to_have_text(["Gout"])
    assert page.locator(".confidence__number").input_value() == ""


def test_ranking_moves_by_arrow_keys_and_buttons(page, live_server, demo):
    join(page, live_server.url, "mini")
    begin(page)
    for term in ("First", "Second", "Third"):
        page.locator("#condition").press_sequentially(term)
        page.keyboard.press("Enter")
    page.locator("[data-action=grip]").nth(2).press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".ranking__term")).to_have_text(["Third", "First", "Second"])
    page.get_by_role("button", name="Move First down").click()
    page.get_by_role("button", name="Remove Third").click()
    expect(page.locator(".ranking__term")).to_have_text(["Second", "First"])


def test_second_tab_is_told_and_can_take_over(page, live_server, demo):
    join(page, live_server.url, "mini")
    begin(page)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Continue here").click()
    page.wait_for_function("() => document.querySelector('main').inert")
    other.wait_for_selector("[data-form]:not([inert])")
    assert "in another tab" in page.locator("[data-notice]").inner_text()
    other.close()


def test_times_are_monotonic_and_the_page_is_isolated(page, live_server, demo):
    join(page, live_server.url, "mini")
    begin(page)
    page.wait_for_function("() => document.querySelector('[data-status]').textContent.startsWith('Saved')")
    page.wait_for_timeout(600)
    sit_by_keyboard(page)
    assert page.evaluate("crossOriginIsolated") is True
    precision = Event.objects.filter(payload__name="precision").first()
    assert precision.payload["isolated"] is True
    for sitting in Sitting.objects.all():
        paints = Event.objects.filter(sitting=sitting, payload__name="paint").order_by("lease", "seq")
        assert list(paints) == sorted(paints, key=lambda paint: paint.t_mono_ms)
