"""What a case consists of, in a real browser: record, pictures, menus, the queue and interruptions."""

import io
import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from simlab.analyses.extract import analysis_table
from simlab.engine.casefile import load_pack
from simlab.sittings.models import Decision, Event
from simlab.studies import actions
from simlab.studies.models import Study
from tests.browser.conftest import WIDTHS, begin, join
from tests.factories import MINI, NOW

pytestmark = pytest.mark.django_db(transaction=True)
STUDY = """
simlab: study/1
title: Cases and how they are put
population: {roles: [gp, gp-registrar]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [mini], forms: {A: 1}, rotate: fixed}
arms: {all: 1}
phases: {part: {advice: way, %s}}
advice:
  way: {when: with-case, wrong: 0 of 1, explanation: [rationale, heat-map]}
"""
ALSO = """question:
  kind: ranked-differential
  also:
    - id: plan
      kind: management
      prompt: What would you do now?
      most: 2
      options:
        - {id: spray, text: A nasal spray, essential: true}
        - {id: scan, text: A scan, wrong: true}
        - {id: wait, text: Wait}
    - id: urgency
      kind: triage
      prompt: How soon must he be seen again?
      levels: [{id: weeks, text: In some weeks}, {id: days, text: In some days}]
      answer: weeks
"""
RECORD = """record:
  problems: [{term: Hypertension, since: 2014-05, code: I10}, {term: Gout, since: 2019}]
  medication: [{drug: Losartan, dose: 50 mg once daily, since: 2014-05}]
  allergies: [{substance: Penicillin, reaction: rash}]
  results:
    - name: Urate
      unit: µmol/L
      range: [200, 430]
      values: [{date: 2024-11-12, value: 410}, {date: 2025-11-18, value: 455}, {date: 2026-10-27, value: 470}]
  letters:
    - {date: 2025-06-24, from: Rheumatology, text: "Reviewed. No change."}
    - {date: 2026-02-01, from: Eye clinic, text: "Seen for a routine check."}
  noise:
    problems: [{term: Ingrowing toenail, since: 2009}, {term: Wax in the ear, since: 2012}]
    letters: [{date: 2024-01-15, from: Travel clinic, text: "Vaccines given."}]
"""
ITEMS = """      - {id: travel, label: Travel, text: "None.", cost: 3}
      - {id: horoscope, label: Star sign, text: "Leo.", asked-only: true}
      - id: photo
        label: Photograph
        text: "Taken today."
        image: photo.png
        alt: A round mark
        layers: [{id: outline, label: Outline of the mark, image: outline.png, alt: A ring round the mark}]
"""


def picture(colour, ring=None) -> bytes:
    image = Image.new("RGBA", (480, 320), colour)
    if ring:
        ImageDraw.Draw(image).ellipse((150, 70, 330, 250), outline=ring, width=10)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def pack(tmp_path):
    """The small pack with one case that has everything."""
    folder = tmp_path / "mini"
    shutil.copytree(MINI, folder)
    case = folder / "sneezing-each-june"
    text = (case / "case.yaml").read_text()
    head, _, tail = text.partition("record:\n")
    tail = tail[tail.index("reference:") :]
    head = "\n".join(line for line in head.splitlines() if "id: travel" not in line) + "\n"
    where = "    heat-map: {item: photo, image: %s.png, alt: The lower half}\n    findings-for"
    parts = tail.split("    findings-for")
    tail = parts[0] + "".join(where % f"heat-{n}" + part for n, part in enumerate(parts[1:]))
    (case / "case.yaml").write_text(head + ITEMS + RECORD + ALSO + tail)
    for name, made in {
        "photo": picture("#e8c4b0", "#8a3a2a"),
        "outline": picture((0, 0, 0, 0), "#0b5a60"),
        **{f"heat-{n}": picture((200, 60, 0, 90)) for n in range(len(parts) - 1)},
    }.items():
        (case / f"{name}.png").write_bytes(made)
    study = folder / "pack.yaml"
    study.write_text(study.read_text().replace("[a-crop-of-blisters, sneezing-each-june]", "[sneezing-each-june]"))
    return load_pack(folder)


@pytest.fixture
def seat(page, live_server, pack):
    def sit(settings: str, device: str = "desktop") -> None:
        width, height = WIDTHS[device]
        page.set_viewport_size({"width": width, "height": height})
        actions.load_pack(pack=pack, now=NOW)
        documents = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
        study = actions.create_study(
            slug="put", kind="demonstration", source=STUDY % settings, documents=documents, by=None, now=NOW
        )
        study = actions.launch_study(study=study, by=None, now=NOW, per_stratum=2, seed="put")
        actions.open_link(study=study, by=None, now=NOW, token="put")
        join(page, live_server.url, "put")
        begin(page)

    return sit


def shoot(page, name: str) -> None:
    if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def part(page, name: str) -> None:
    """Open a part of the case, as a tab or as a fold."""
    if page.viewport_size["width"] > 1000:
        page.get_by_role("tab", name=name).click()
    else:
        page.locator(f".panel:not([open]) > summary:has-text('{name}')").click()


def told(page, name: str, **body):
    """Wait for an event of this name to be on record, and give its content."""
    with_name = Event.objects.filter(payload__name=name, **{f"payload__{key}": value for key, value in body.items()})
    for _ in range(200):
        if found := with_name.order_by("pk").last():
            return found.payload
        page.wait_for_timeout(50)
    raise AssertionError(f"no event {name} {body}")


@pytest.mark.parametrize("device", WIDTHS)
def test_record_and_pictures(page, seat, look, device):
    seat("record-noise: all, queue: true", device)
    part(page, "Record")
    expect(page.locator(".record").first).to_contain_text("Ingrowing toenail")
    look("record")
    shoot(page, f"record-{device}")
    part(page, "Results")
    page.locator("summary", has_text="Over time").click()
    expect(page.locator(".plot")).to_be_visible()
    look("results")
    shoot(page, f"results-{device}")
    assert told(page, "opened-item", item="results/1")
    part(page, "Letters")
    page.get_by_text("Eye clinic").click()
    told(page, "opened-item", item="letters/1")
    told(page, "scrolled-to-end", item="letters/1")
    shoot(page, f"letters-{device}")
    if device == "desktop":
        part(page, "History")
    stage = page.locator("[data-viewer-stage]")
    expect(page.locator("[data-layer=advice-first]")).to_be_visible()
    page.get_by_label("Outline of the mark").check()
    page.get_by_role("button", name="Zoom in").click()
    stage.focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.get_by_text("Brightness and contrast").click()
    page.get_by_label("Contrast", exact=True).fill("150")
    assert told(page, "image", action="zoom")["scale"] == 2.25
    assert told(page, "image", action="pan")["x"] > 0
    assert told(page, "image", action="window")["contrast"] == 150
    assert told(page, "image", action="layer") == {
        "name": "image", "item": "photo", "action": "layer", "layer": "outline", "shown": True,
    }  # fmt: skip
    look("picture")
    shoot(page, f"picture-{device}")


@pytest.mark.parametrize("device", WIDTHS)
def test_findings_are_asked_for_and_cost_what_they_cost(page, seat, look, device):
    seat("reveal: asked, budget: 2", device)
    expect(page.locator("[data-asking]")).to_have_text("Ask for what you need. You have 2 to spend.")
    expect(page.locator("body")).not_to_contain_text("Leo.")
    look("menu")
    page.locator("[data-ask-item=horoscope]").press("Enter")
    expect(page.locator("[data-asked=horoscope]")).to_contain_text("Leo.")
    expect(page.locator("[data-asked=horoscope] h2")).to_be_focused()
    expect(page.locator("[data-asking]")).to_contain_text("Spent: 1 of 2")
    expect(page.locator("[data-ask-item=travel]")).to_contain_text("more than is left")
    page.locator("[data-ask-item=photo]").click()
    expect(page.locator("[data-viewer-stage]")).to_be_visible()
    look("asked")
    shoot(page, f"asked-{device}")
    page.reload()
    expect(page.locator("[data-asked]")).to_have_count(2)


@pytest.mark.parametrize("device", WIDTHS)
def test_interruption_is_answered_with_one_press(page, seat, look, device):
    said = 'kind: call, from: Reception, text: "Can you take a call?", replies: ["Yes", "Later"]'
    seat("interruptions: [{at: 1, after: 1, %s}]" % said, device)  # noqa: UP031 - braces of YAML
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    look("interruption")
    shoot(page, f"interruption-{device}")
    page.get_by_role("button", name="Later").click()
    expect(dialog).to_have_count(0)
    assert told(page, "interruption-answered")["reply"] == 2
    assert told(page, "interruption")["kind"] == "call"
    page.reload()
    page.wait_for_selector("[data-form]:not([inert])", state="attached")
    expect(page.locator("[data-interruption]")).to_have_count(0)


def test_several_questions_of_one_case_are_answered_together(page, seat, look):
    seat("label: Part 1", "phone")
    page.get_by_role("button", name="Give your answer").click()
    page.locator("#condition").press_sequentially("Hay fever")
    page.keyboard.press("Enter")
    page.locator(".confidence__number").fill("70")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#plan-question-error")).to_have_text("Choose at least one action.")
    look("several questions, one left out")
    page.get_by_label("A nasal spray").check()
    page.get_by_label("A scan").check()
    page.get_by_label("In some weeks").check()
    shoot(page, "further-phone")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/me/**")
    given = Decision.objects.get().answer
    assert given["also"] == {"plan": {"chosen": ["spray", "scan"]}, "urgency": {"level": "weeks"}}
    row = analysis_table(Study.objects.get()).iloc[0]
    assert json.loads(row["further_scores"]) == {"plan": 0.0, "urgency": 1.0}
