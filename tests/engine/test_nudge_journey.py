"""Advice that is asked for, late, earned by reflection, or given by two; and what is asked after it."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simlab.engine.errors import Refused
from simlab.engine.journey import (
    ADVICE_STAGES,
    EXPOSURE_KINDS,
    FIRST_STAGE,
    STEPS,
    TRANSITIONS,
    DecisionFact,
    Given,
    accept,
    analysed_as,
    befallen,
    shows_advice,
    start,
    state_at,
)
from simlab.stats.columns import STRUCTURES

ANSWER = {"differential": [{"term": "Gout", "icd10": None}], "confidence": 70, "management": None}
REFLECTION = {"for": "Red and hot", "against": "", "else": "Cellulitis"}


def step(given):
    if given in ("initial", "final"):
        return Given("answer", {"stage": given, "answer": ANSWER})
    return Given("exposure", {"kind": given, **(REFLECTION if given == "reflected" else {})})


def walk(structure, *given):
    state, stages = start(structure), []
    for one in given:
        state = accept(state, step(one)).state
        stages.append(state.stage)
    return stages


@pytest.mark.parametrize(
    ("structure", "given", "stages"),
    [
        ("on-demand", ["requested", "final"], ["advised", "done"]),
        ("on-demand", ["final"], ["done"]),
        ("delayed", ["revealed", "final"], ["advised", "done"]),
        ("delayed", ["final"], ["done"]),
        ("asked-after", ["initial", "requested", "final"], ["offered", "advice", "done"]),
        ("asked-after", ["initial", "final"], ["offered", "done"]),
        ("delayed-after", ["initial", "revealed", "final"], ["offered", "advice", "done"]),
        ("reflection", ["initial", "reflected", "final"], ["reflection", "advice", "done"]),
        ("in-turn", ["initial", "requested", "final"], ["advice", "second", "done"]),
        ("in-turn", ["initial", "final"], ["advice", "done"]),
        ("two-stage+reasons", ["initial", "final", "reason"], ["advice", "reasons", "done"]),
        ("concurrent+reasons", ["final", "reason"], ["reasons", "done"]),
        # Who never saw advice is not asked why it was not followed.
        ("on-demand+reasons", ["final"], ["done"]),
        ("on-demand+reasons", ["requested", "final", "reason"], ["advised", "reasons", "done"]),
        ("asked-after+reasons", ["initial", "final"], ["offered", "done"]),
    ],
)
def test_stages_follow_from_what_is_given(structure, given, stages):
    assert walk(structure, *given) == stages


@pytest.mark.parametrize(
    ("structure", "given"),
    [
        ("reflection", ["initial", "final"]),
        ("reflection", ["reflected"]),
        ("on-demand", ["requested", "requested"]),
        ("on-demand", ["revealed"]),
        ("delayed", ["requested"]),
        ("two-stage", ["initial", "reason"]),
        ("unaided", ["requested"]),
        ("in-turn", ["requested"]),
    ],
)
def test_step_out_of_turn_is_refused(structure, given):
    with pytest.raises(Refused) as caught:
        walk(structure, *given)
    assert caught.value.code == "wrong-stage"


def test_advice_stands_only_after_what_it_waits_for():
    for structure, before, after in (
        ("on-demand", (), "requested"),
        ("delayed", (), "revealed"),
        ("asked-after", ("initial",), "requested"),
        ("delayed-after", ("initial",), "revealed"),
        ("reflection", ("initial",), "reflected"),
    ):
        state = start(structure)
        for given in before:
            state = accept(state, step(given)).state
        assert not shows_advice(state)
        assert shows_advice(accept(state, step(after)).state)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "reflected", "for": "", "against": " ", "else": ""},
        {"kind": "reflected", "for": "Red"},
        {"kind": "reflected", "for": "x" * 4001, "against": "", "else": ""},
    ],
)
def test_reflection_must_say_something(body):
    with pytest.raises(Refused, match="reflection"):
        accept(state_at("reflection", "reflection"), Given("exposure", body))


def test_reason_is_one_of_those_offered_or_skipped():
    state = state_at("two-stage+reasons", "reasons")
    told = Given("exposure", {"kind": "reason", "reason": "need-more-info", "comment": " No ECG "})
    assert accept(state, told).facts[0].detail == {"reason": "need-more-info", "comment": "No ECG"}
    assert accept(state, Given("exposure", {"kind": "reason"})).facts[0].detail == {"reason": None, "comment": ""}
    with pytest.raises(Refused, match="not one of the reasons"):
        accept(state, Given("exposure", {"kind": "reason", "reason": "bored"}))


def test_aid_is_exposed_only_where_it_stands():
    seen = Given("exposure", {"kind": "seen", "card": "aid", "dwell_ms": 900})
    (fact,) = accept(start("unaided"), seen, aided=True).facts
    assert (fact.kind, fact.shown_as) == ("seen", "aid")
    with pytest.raises(Refused) as caught:
        accept(start("unaided"), seen)
    assert caught.value.code == "no-advice"


def test_slow_advice_comes_late_and_lost_advice_asks_for_no_reason():
    assert befallen("two-stage+reasons", "slow") == "delayed-after+reasons"
    assert befallen("concurrent", "slow") == "delayed"
    assert befallen("two-stage+reasons", "down") == "two-stage"
    assert befallen("two-stage", "tampered") == befallen("two-stage", "") == "two-stage"


def test_every_structure_has_a_name_in_the_analysis():
    assert {analysed_as(structure) for structure in FIRST_STAGE} <= set(STRUCTURES)
    assert analysed_as("asked-after+reasons") == "two-stage"
    assert analysed_as("on-demand") == "concurrent"


class AnySitting(RuleBasedStateMachine):
    """Whatever is sent, in whatever order: what was accepted makes a legal encounter."""

    @initialize(structure=st.sampled_from(sorted(FIRST_STAGE)))
    def begin(self, structure):
        self.state = start(structure)
        self.decided = []
        self.path = [self.state.stage]

    def send(self, given):
        before = self.state
        try:
            accepted = accept(before, given)
        except Refused:
            return
        self.state = accepted.state
        self.decided += [fact.stage for fact in accepted.facts if isinstance(fact, DecisionFact)]
        if self.state.stage != before.stage:
            self.path.append(self.state.stage)

    @rule(given=st.sampled_from(["initial", "final", *STEPS]))
    def move(self, given):
        self.send(step(given))

    @rule(kind=st.sampled_from(EXPOSURE_KINDS), dwell=st.one_of(st.none(), st.floats(), st.text(max_size=3)))
    def expose(self, kind, dwell):
        self.send(Given("exposure", {"kind": kind, "dwell_ms": dwell}))

    @rule(kind=st.text(max_size=9), body=st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text()))
    def nonsense(self, kind, body):
        self.send(Given(kind, body))

    @invariant()
    def is_legal(self):
        if not hasattr(self, "state"):
            return
        assert self.decided == list(self.state.decided)
        assert len(set(self.decided)) == len(self.decided)
        assert self.state == state_at(self.state.structure, self.state.stage)
        assert (self.state.stage in ("done", "reasons")) == ("final" in self.decided)
        assert not shows_advice(self.state) or (self.state.structure, self.state.stage) in ADVICE_STAGES
        assert len(set(self.path)) == len(self.path)
        for before, after in zip(self.path, self.path[1:], strict=False):
            assert any(t[:2] == (self.state.structure, before) and to == after for t, to in TRANSITIONS.items())


AnySitting.TestCase.settings = settings(max_examples=150, stateful_step_count=12, deadline=None)
TestAnySitting = AnySitting.TestCase
