"""Every axis of a nudge in the protocol, and what cannot stand together."""

import pytest

from simlab.engine.errors import InvalidFile
from simlab.engine.journey import FIRST_STAGE
from simlab.engine.nudge import EXPLANATIONS, AdvicePolicy
from simlab.engine.nudgechecks import contradictions, missing_parts
from simlab.engine.protocol import parse_protocol
from tests.engine.builders import bare_case

STUDY = """simlab: study/1
title: One nudge
population: {roles: [gp]}
documents: {information: a.md, consent: b.md, debrief: c.md}
cases: {packs: [primary-care], forms: {A: 6}, rotate: fixed}
arms: {nudged: 1}
phases: {part: {advice: way}}
advice:
  way: {%s}
"""


def protocol(fields):
    return parse_protocol(STUDY % fields)


def policy(fields):
    return protocol(fields).advice["way"]


@pytest.mark.parametrize(
    ("fields", "structure"),
    [
        ("wrong: 2 of 6", "two-stage"),
        ("wrong: 2 of 6, when: with-case", "concurrent"),
        ("wrong: 2 of 6, when: with-case, delivery: on-demand", "on-demand"),
        ("wrong: 2 of 6, delivery: on-demand, reasons: always", "asked-after+reasons"),
        ("wrong: 2 of 6, when: with-case, delay: 20", "delayed"),
        ("wrong: 2 of 6, delay: 20", "delayed-after"),
        ("wrong: 2 of 6, when: after-reflection", "reflection"),
        ("wrong: 2 of 6, second: {label: Other, stance: agrees, order: in-turn}", "in-turn"),
        ("wrong: 2 of 6, second: {label: Other, stance: disagrees}", "two-stage"),
        ("nudge: reminder, when: with-case, text: Think of the kidneys", "unaided"),
        ("nudge: peers, text: Most colleagues ask for an ECG here", "reconsider"),
        ("nudge: guideline, when: with-case", "unaided"),
        ("nudge: checklist, when: with-case, items: [One, Two]", "unaided"),
        ("source: chat, when: with-case, calls: 8, label: Assistant", "unaided"),
    ],
)
def test_structure_follows_from_the_axes(fields, structure):
    made = policy(fields)
    assert made.structure == structure
    assert structure in FIRST_STAGE


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ("when: with-case", "wrong", "not said how much advice is wrong"),
        ("nudge: reminder, when: with-case, text: Think, wrong: 1 of 2", "wrong", "neither right nor wrong"),
        ("wrong: 2 of 6, delivery: on-demand, delay: 5", "delay", "cannot also come by itself"),
        ("wrong: 2 of 6, when: after-reflection, delivery: on-demand", "delivery", "follows from it"),
        ("wrong: 2 of 6, when: after-reflection, delay: 5", "delay", "not for time"),
        ("wrong: 2 of 6, when: with-case, display: panel", "display", "not read yet"),
        ("wrong: 2 of 6, delivery: on-demand, display: banner", "display", "cannot interrupt"),
        ("wrong: 2 of 6, delay: 5, preselected: true", "preselected", "not there yet"),
        ("wrong: 2 of 6, strength: hard-stop", "strength", "asks for a reason"),
        ("wrong: 2 of 6, strength: hard-stop, reasons: always, when: with-case", "strength", "an answer to stop"),
        ("wrong: 2 of 6, reasons: on-override", "reasons", "the easier way"),
        ("wrong: 2 of 6, reasons: always, asymmetric: true", "asymmetric", "alike"),
        ("wrong: 2 of 6, stated-source: colleague", "label", "stated source is “colleague”"),
        ("wrong: 2 of 6, explanation: [none, rationale]", "explanation", "“none” beside"),
        ("wrong: 2 of 6, second: {label: AI suggestion, stance: agrees}", "second", "the same label"),
        ("wrong: 2 of 6, delay: 3, second: {label: B, stance: agrees}", "second", "cannot wait"),
        ("source: chat, when: with-case, label: Chat", "calls", "needs a limit"),
        ("wrong: 2 of 6, calls: 3", "calls", "only a chat"),
        ("source: chat, calls: 3, label: Chat", "when", "beside the case"),
        ("nudge: checklist, when: with-case", "items", "empty"),
        ("nudge: peers, when: with-case", "text", "says nothing"),
        ("nudge: reminder, when: with-case, text: Think, reasons: always", "reasons", "no advice to follow"),
        ("wrong: 2 of 6, events: [{at: 1, kind: slow}]", "events[1]", "how slow"),
        ("wrong: 2 of 6, delay: 3, events: [{at: 1, kind: slow, seconds: 3}]", "events[1]", "can be slow"),
        ("wrong: 2 of 6, events: [{at: 1, kind: tampered}]", "events[1]", "says what a tampered card shows"),
        ("wrong: 2 of 6, events: [{at: 1, kind: down}, {at: 1, kind: down}]", "events[2]", "the same case"),
    ],
)
def test_contradiction_is_refused_in_one_sentence_at_its_line(fields, field, words):
    with pytest.raises(InvalidFile) as caught:
        protocol(fields)
    (fault,) = [one for one in caught.value.faults if one.field == f"advice.way.{field}"]
    assert fault.line == 9
    assert words in fault.message
    assert fault.message.count(". ") == 0
    assert fault.message.endswith(".")
    assert fault.remedy


@pytest.mark.parametrize("word", ["none", *EXPLANATIONS])
def test_each_explanation_is_known_alone(word):
    shown = policy(f"wrong: 2 of 6, explanation: {word}").explains
    assert shown == {"findings": {"findings", "rationale"}, "none": set()}.get(word, {word})


def test_list_of_explanations_shows_exactly_what_it_names():
    made = policy("wrong: 2 of 6, explanation: [findings, weights], confidence: none")
    assert made.show == {"findings", "weights", "link"}
    with pytest.raises(InvalidFile, match="not a kind of explanation"):
        policy("wrong: 2 of 6, explanation: saliency")
    with pytest.raises(InvalidFile, match="one part twice"):
        policy("wrong: 2 of 6, explanation: [weights, weights]")


def test_axes_at_their_defaults_do_not_change_the_hash():
    long = "wrong: 2 of 6, nudge: advice, delivery: pushed, display: inline, reasons: none, preselected: false"
    assert protocol("wrong: 2 of 6").hash == protocol(long).hash
    assert protocol("wrong: 2 of 6").hash != protocol("wrong: 2 of 6, display: banner").hash


def test_sound_policies_contradict_nothing():
    for fields in ("wrong: 2 of 6", "wrong: 2 of 6, strength: hard-stop, reasons: on-override, asymmetric: true"):
        assert list(contradictions(policy(fields))) == []


def test_explanation_that_no_case_can_give_is_told():
    way = AdvicePolicy.model_validate({"wrong": "2 of 6", "explanation": ["rationale", "weights"]})
    (finding,) = missing_parts(way, [bare_case("sore-toe")])
    assert "“weights”" in finding[1]
    link = AdvicePolicy.model_validate({"nudge": "guideline", "when": "with-case"})
    assert len(list(missing_parts(link, [bare_case("sore-toe")]))) == 1


def test_event_befalls_the_case_it_names():
    way = policy("wrong: 2 of 6, events: [{at: 2, kind: slow, seconds: 9}, {at: 2, sitting: 2, kind: down}]")
    assert way.event_at(1, 1) is None
    assert (way.event_at(1, 2).kind, way.event_at(2, 2).kind) == ("slow", "down")
