"""Every form of answer under every timing of a nudge, by mouse, by keyboard alone and on a phone.

Each timing is one sitting of the twelve cases of `cases/answer-forms`, so that every form meets every timing; the way
of working changes from case to case, so that it meets every form and every timing too. SIMLAB_MATRIX=full sits each
timing in each way of working: the whole product.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from simlab.engine.casefile import load_pack
from simlab.engine.questions import KINDS
from simlab.sittings.models import Decision, Encounter, Exposure
from simlab.studies import actions
from simlab.studies.reading import case_of
from tests.browser.conftest import WIDTHS, begin, join
from tests.factories import MINI, NOW

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
WAYS = ("mouse", "keyboard", "phone")
TIMINGS = {
    "before-history": "when: before-history",
    "with-case": "when: with-case, preselected: true",
    "on-demand": "when: with-case, delivery: on-demand",
    "delayed": "when: with-case, delay: 1",
    "after-commit": "when: after-commit, beside: list",
    "after-reflection": "when: after-reflection",
    "at-submit": "when: at-submit",
}
STUDY = """
simlab: study/1
title: Every form under one timing
population: {roles: [gp, gp-registrar]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [answer-forms], forms: {A: 12}, rotate: fixed}
arms: {nudged: 1}
phases: {part: {advice: nudged}}
questions: {diagnosis: as-each-case-asks, confidence: bands}
advice:
  nudged: {wrong: 4 of 12, %s}
  list: {nudge: checklist, when: with-case, items: [Red flags looked for]}
"""
FULL = os.environ.get("SIMLAB_MATRIX") == "full"
RUNS = [(timing, way) for timing in TIMINGS for way in WAYS] if FULL else [(timing, "") for timing in TIMINGS]


def way_of(timing: str, kind: str) -> str:
    """In a Latin pattern: every timing and every form meets every way of working."""
    return WAYS[(KINDS.index(kind) + list(TIMINGS).index(timing)) % len(WAYS)]


def looked_at(kind: str) -> set[str]:
    """The timings under which axe looks at the bare form: one that is sat on a phone, and one that is not."""
    bare = ("after-commit", "after-reflection", "at-submit")
    phone = next(timing for timing in bare if way_of(timing, kind) == "phone")
    return {phone, next(timing for timing in bare if timing != phone)}


def test_every_pair_is_in_the_matrix():
    met = {(timing, kind, way_of(timing, kind)) for timing in TIMINGS for kind in KINDS}
    for a, b, wanted in ((0, 1, 7 * 12), (0, 2, 7 * 3), (1, 2, 12 * 3)):
        assert len({(row[a], row[b]) for row in met}) == wanted
    assert len(TIMINGS) <= 40


@pytest.fixture
def seat(page, live_server, transactional_db):
    def sit(timing: str) -> None:
        actions.load_pack(pack=load_pack(ROOT / "cases" / "answer-forms"), now=NOW)
        documents = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
        source = STUDY % TIMINGS[timing]
        study = actions.create_study(
            slug="matrix", kind="demonstration", source=source, documents=documents, by=None, now=NOW
        )
        study = actions.launch_study(study=study, by=None, now=NOW, per_stratum=2, seed="matrix")
        actions.open_link(study=study, by=None, now=NOW, token="matrix")
        join(page, live_server.url, "matrix")
        begin(page, "#player")

    return sit


class Hand:
    """Somebody at the page, with a mouse, with keys alone, or on a phone."""

    def __init__(self, page, way: str) -> None:
        self.page, self.way = page, way
        width, height = WIDTHS["phone" if way == "phone" else "desktop"]
        page.set_viewport_size({"width": width, "height": height})

    def press(self, selector: str) -> None:
        target = self.page.locator(selector).first
        if self.way == "keyboard":
            target.press("Enter")
        else:
            target.click()

    def tick(self, target) -> None:
        if self.way == "keyboard":
            target.press("Space")
        else:
            target.set_checked(True, force=True)

    def choose(self, target, place: int) -> None:
        if self.way == "keyboard":
            target.focus()
            for _ in range(place):
                target.press("ArrowDown")
        else:
            target.select_option(index=place)

    def write(self, target, text: str) -> None:
        if self.way == "keyboard":
            target.focus()
            self.page.keyboard.type(text)
        else:
            target.fill(text)

    def open_answer(self) -> None:
        if self.way == "phone" and not self.page.locator(".is-answering, .answer--early").count():
            self.press("[data-answer-open]")

    def commit(self) -> None:
        if self.way == "keyboard":
            self.page.keyboard.press("Control+Enter")
        else:
            self.press("[data-commit]")


def give(hand: Hand, kind: str) -> None:  # noqa: C901 - one branch a form
    """Any complete answer. A form that a suggestion has filled in already is left as it is."""
    page, question = hand.page, hand.page.locator("[data-question]")
    if kind == "ranked-differential":
        hand.write(page.locator("#condition"), "carpal")
        page.locator("#condition").press("ArrowDown")
        page.locator("#condition").press("Enter")
    elif kind in ("single-best-answer", "triage", "management", "error-spotting"):
        hand.tick(question.locator("input").first)
    elif kind in ("key-feature", "script-concordance"):
        parts = page.locator("[data-feature], [data-item]")
        for i in range(parts.count()):
            hand.tick(parts.nth(i).locator("input").first)
    elif kind == "probability":
        for i, value in enumerate(("60", "30", "10")):
            hand.write(question.locator("input").nth(i), value)
    elif kind == "extended-matching":
        selects = question.locator("select")
        for i in range(selects.count()):
            hand.choose(selects.nth(i), 1)
    elif kind == "reflection-grid":
        hand.choose(question.locator("select").first, 1)
        ranks = question.locator("[name^=rank-]")
        for i in range(ranks.count()):
            hand.choose(ranks.nth(i), i + 1)
    elif kind == "prescribing":
        hand.tick(question.locator("input[type=radio]").nth(1))
        hand.write(page.locator("#dose"), "100")
        hand.choose(page.locator("#frequency"), 1)
        hand.write(page.locator("#days"), "3")
    else:
        hand.write(page.locator("#text"), "Das Kalium")


def state(page) -> dict:
    """Where the page stands; {} once the sitting is over. Read at once, so that nothing changes in between."""
    return page.evaluate(
        """() => { const root = document.getElementById('player'); if (!root) return {};
            const question = root.querySelector('[data-question]');
            return { encounter: root.dataset.encounter, stage: root.dataset.stage, kind: question?.dataset.question,
                     place: root.querySelector('.bar__place').innerText }; }"""
    )


def moved(page, before: dict) -> dict:
    """Wait until another step is in the page and can be used, or the sitting is over."""
    page.wait_for_function(
        """before => { const root = document.getElementById('player');
            if (!root) return document.readyState === 'complete';
            const same = root.dataset.encounter === before.encounter && root.dataset.stage === before.stage;
            return !same && !root.querySelector('[data-form][inert]'); }""",
        arg=before,
    )
    return state(page)


def shoot(page, name: str) -> None:
    """Keep a picture where SIMLAB_SCREENSHOTS names a folder."""
    if folder := os.environ.get("SIMLAB_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


class Looker:
    """Has axe look at each distinct state once: a form, or a step that a timing adds, in a width."""

    def __init__(self, look, page) -> None:
        self.look, self.page, self.seen = look, page, set()

    def __call__(self, what: str, way: str) -> None:
        width = "phone" if way == "phone" else "desktop"
        if (what, width) not in self.seen:
            self.seen.add((what, width))
            self.look(f"{what} on a {width}")
            shoot(self.page, f"{what}-{width}")


def sit_one(page, look, now: dict, timing: str, way: str) -> dict:
    """One case from its first to its last answer; returns where the page stands then."""
    encounter = now["encounter"]
    hand = Hand(page, way)
    while now.get("encounter") == encounter:
        hand.open_answer()
        if now["stage"] == "early":
            look(f"{timing}-early", way)
            hand.press("[data-begin]")
        elif now["stage"] == "reflection":
            look(f"{timing}-reflection", way)
            hand.write(page.locator("#reflection-for"), "It fits")
            hand.press("[data-reflection] .commit")
        elif now["stage"] == "advice":
            look(f"{timing}-advice", way)
            hand.press("[data-choice=keep]")
            hand.tick(page.locator("[name=confidence]").nth(1))
            hand.commit()
        elif timing == "on-demand" and now["stage"] == "final":
            look(f"{timing}-offer", way)
            hand.press("[data-ask]")
            expect(page.locator("[data-card]")).to_be_visible()
            now = answer(page, look, hand, state(page), timing)
            continue
        else:
            now = answer(page, look, hand, now, timing)
            continue
        now = moved(page, now)
    return now


def answer(page, look, hand: Hand, now: dict, timing: str) -> dict:
    if timing == "delayed":
        expect(page.locator("[data-card]")).to_be_visible()
        now = state(page)
    if timing != "with-case":
        give(hand, now["kind"])
    hand.tick(page.locator("[name=confidence]").nth(3))
    if timing == "with-case" or now["stage"] == "advised":
        look(f"{timing}-answered", hand.way)
    hand.commit()
    return moved(page, now)


@pytest.mark.parametrize(("timing", "only"), RUNS)
def test_every_form_under_one_timing(page, seat, look, timing, only):
    seat(timing)
    looker, now, met = Looker(look, page), state(page), set()
    while now:
        kind = now["kind"] or kind_of(now["encounter"])
        met.add(kind)
        way = only or way_of(timing, kind)
        Hand(page, way)
        if only or timing in looked_at(kind):  # each form once in each width; the timings add steps of their own
            looker(kind, way)
        now = sit_one(page, looker, now, timing, way)
    assert met == set(KINDS)
    decisions = list(Decision.objects.select_related("encounter__planned"))
    final = {one.encounter_id: one.answer for one in decisions if one.stage == "final"}
    assert len(final) == 12
    for one in decisions:
        asked = case_of(one.encounter.planned.case_version_id).question
        assert one.answer.get("kind", "ranked-differential") == asked.kind
    shown = Exposure.objects.filter(kind="rendered", shown_as="first").values("encounter").distinct().count()
    assert 1 <= shown <= 12 if timing == "at-submit" else shown == 12
    assert set(Exposure.objects.filter(kind="rendered").values_list("as_shown", flat=True)) == {True}
    if timing == "with-case":
        told = Exposure.objects.filter(kind__in=["accepted", "edited", "overridden", "ignored"])
        assert set(told.values_list("kind", flat=True)) <= {"accepted", "ignored"}
        assert told.count() == 12


def kind_of(encounter: str) -> str:
    return case_of(Encounter.objects.get(pk=encounter).planned.case_version_id).question.kind
