import json
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.engine.answers import checked_answer
from simlab.engine.errors import Refused
from simlab.engine.journey import (
    ADVICE_STAGES,
    ANY_DIAGNOSIS,
    EXPOSURE_KINDS,
    FIRST_STAGE,
    STEPS,
    TRANSITIONS,
    DecisionFact,
    ExposureFact,
    Given,
    State,
    accept,
    shows_advice,
    start,
    structure_for,
)
from simlab.engine.questions import RankedDifferential

ANSWER = {"differential": [{"term": "Gout", "icd10": "M10.9"}], "confidence": 70, "management": None}
STRUCTURES = sorted(FIRST_STAGE)


def answer(stage, value=ANSWER):
    return Given("answer", {"stage": stage, "answer": value})


@pytest.mark.parametrize(
    ("structure", "stages", "decisions"),
    [
        ("unaided", ["final", "done"], ["final"]),
        ("concurrent", ["final", "done"], ["final"]),
        ("two-stage", ["initial", "advice", "done"], ["initial", "final"]),
        ("reconsider", ["initial", "reconsider", "done"], ["initial", "final"]),
    ],
)
def test_path_of_each_structure_ends(structure, stages, decisions):
    state = start(structure)
    walked = [state.stage]
    for stage in decisions:
        accepted = accept(state, answer(stage))
        assert accepted.facts == (DecisionFact(stage, ANSWER),)
        state = accepted.state
        walked.append(state.stage)
    assert walked == stages
    assert state.decided == tuple(decisions)


@settings(max_examples=200, deadline=None)
@given(
    structure=st.sampled_from(STRUCTURES),
    tries=st.lists(st.sampled_from(["initial", "final"]), min_size=1, max_size=8),
)
def test_any_sequence_of_answers_decides_each_stage_once_or_is_refused(structure, tries):
    state, stored = start(structure), []
    for stage in tries:
        if (structure, state.stage, stage) in TRANSITIONS:
            state = accept(state, answer(stage)).state
            stored.append(stage)
            continue
        with pytest.raises(Refused) as caught:
            accept(state, answer(stage))
        assert caught.value.code == ("already-decided" if stage in stored else "wrong-stage")
        assert caught.value.status == 409
    assert len(stored) == len(set(stored))
    assert state.decided == tuple(stored)
    assert (state.stage in ("done", "reasons")) == ("final" in stored)


def test_every_transition_outside_the_table_is_refused():
    stages = {stage for _, stage, _ in TRANSITIONS} | {"done"}
    for structure, stage, given_stage in product(STRUCTURES, stages, ["initial", "final"]):
        state = State(structure, stage)
        if (structure, stage, given_stage) in TRANSITIONS:
            assert accept(state, answer(given_stage)).state.stage == TRANSITIONS[structure, stage, given_stage]
        else:
            with pytest.raises(Refused) as caught:
                accept(state, answer(given_stage))
            assert caught.value.code == "wrong-stage"


@pytest.mark.parametrize("kind", [kind for kind in EXPOSURE_KINDS if kind not in STEPS])
def test_exposure_is_a_fact_wherever_advice_stands_or_stood(kind):
    for structure, stage in ADVICE_STAGES:
        state = State(structure, stage)
        accepted = accept(state, Given("exposure", {"kind": kind, "dwell_ms": 1200}))
        assert accepted.facts == (ExposureFact(kind, 1200.0),)
        moves = (structure, stage, kind) in TRANSITIONS  # closing what comes before the history
        assert accepted.state.stage == (TRANSITIONS[structure, stage, kind] if moves else stage)


def test_exposure_without_advice_is_refused():
    for state in (start("two-stage"), start("unaided"), State("reconsider", "reconsider", ("initial",))):
        with pytest.raises(Refused) as caught:
            accept(state, Given("exposure", {"kind": "seen"}))
        assert caught.value.code == "no-advice"


def test_advice_stands_on_the_page_only_after_the_commitment():
    assert not shows_advice(start("two-stage"))
    assert shows_advice(State("two-stage", "advice", ("initial",)))
    assert not shows_advice(State("two-stage", "done", ("initial", "final")))
    assert shows_advice(start("concurrent"))
    assert not shows_advice(State("reconsider", "reconsider", ("initial",)))


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "assigned"},
        {"kind": None},
        {},
        {"kind": "seen", "dwell_ms": -1},
        {"kind": "seen", "dwell_ms": "long"},
        {"kind": "seen", "dwell_ms": True},
        {"kind": "seen", "dwell_ms": float("nan")},
    ],
)
def test_malformed_exposure_is_refused(body):
    with pytest.raises(Refused) as caught:
        accept(State("two-stage", "advice"), Given("exposure", body))
    assert (caught.value.code, caught.value.status) == ("malformed", 422)


def test_event_changes_nothing():
    state = start("two-stage")
    accepted = accept(state, Given("event", {"name": "blur"}))
    assert accepted.state == state
    assert accepted.facts == ()


def test_unknown_message_is_refused():
    with pytest.raises(Refused, match="“vote” is not known"):
        accept(start("unaided"), Given("vote", {}))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"differential": [], "confidence": 50},
        {"differential": [{"term": "  "}], "confidence": 50},
        {"differential": [{"term": "?"}], "confidence": 50},
        {"differential": [{"name": "Gout"}], "confidence": 50},
        {"differential": ["Gout"], "confidence": 50},
        {"differential": [{"term": "x" * 201}], "confidence": 50},
        {"differential": [{"term": "Gout", "icd10": 5}], "confidence": 50},
        {"differential": [{"term": f"Condition {n}"} for n in range(6)], "confidence": 50},
        {"differential": [{"term": "Gout"}]},
        {"differential": [{"term": "Gout"}], "confidence": None},
        {"differential": [{"term": "Gout"}], "confidence": 50.5},
        {"differential": [{"term": "Gout"}], "confidence": True},
        {"differential": [{"term": "Gout"}], "confidence": 101},
        {"differential": [{"term": "Gout"}], "confidence": -1},
        {"differential": [{"term": "Gout"}], "confidence": 50, "management": "rest"},
        {"differential": [{"term": "Gout"}], "confidence": 50, "management": [1]},
        {"differential": [{"term": "Gout"}], "confidence": 50, "case": "made-up"},
    ],
)
def test_malformed_answer_is_refused_and_says_what_to_do(value):
    with pytest.raises(Refused) as caught:
        accept(start("unaided"), answer("final", value))
    assert caught.value.code == "malformed"
    assert str(caught.value).endswith(".")


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["differential", "confidence", "term"]), inner), max_leaves=8))  # fmt: skip # noqa: E501
def test_any_json_is_stored_whole_or_refused(value):
    try:
        stored = checked_answer(ANY_DIAGNOSIS, value)
    except Refused:
        return
    assert checked_answer(ANY_DIAGNOSIS, json.loads(json.dumps(stored))) == stored


def test_answer_without_a_stage_is_refused():
    with pytest.raises(Refused, match="initial or the final"):
        accept(start("unaided"), Given("answer", {"answer": ANSWER}))


def test_condition_named_twice_keeps_its_first_rank():
    value = {"differential": [{"term": " Gout  flare "}, {"term": "gout FLARE", "icd10": "M10"}], "confidence": 0}
    stored = checked_answer(RankedDifferential(most=1), value)
    assert stored["differential"] == [{"term": "Gout flare", "icd10": None}]
    assert stored["management"] is None


def test_management_choices_are_kept_once_in_order():
    value = {"differential": [{"term": "Gout"}], "confidence": 5, "management": ["rest", "review", "rest"]}
    assert checked_answer(ANY_DIAGNOSIS, value)["management"] == ["rest", "review"]


def test_structure_follows_from_the_protocol(demo):
    assert structure_for(demo, "advised", "exposure") == "two-stage"
    assert structure_for(demo, "unaided", "exposure") == "reconsider"
    assert structure_for(demo, "advised", "withdrawal") == "unaided"
