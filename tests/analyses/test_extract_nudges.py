"""What the analysis table tells of advice that is asked for, comes late, is down or was tampered with."""

import math

import pytest

from simlab.analyses.extract import analysis_table
from simlab.sittings import actions as sittings
from simlab.sittings.messages import Message
from simlab.sittings.nudges import place_of
from tests.factories import NOW, ONE_NUDGE, a_message, a_nudged_study, a_participant, an_answer

pytestmark = pytest.mark.django_db


def sat(way, *of_first_case):
    """Both rows after what is sent about the first case, as (kind, body, seconds), and its answer at 40 s."""
    person = a_participant(a_nudged_study(way))
    sitting = sittings.open_sitting(participant=person, now=NOW)
    first = sitting.encounters.get().pk
    messages = [{**a_message(1, "event", first, name="paint", state="final"), "t_mono_ms": 0.0}]
    for kind, body, seconds in of_first_case:
        at = {"t_mono_ms": 1000.0 * seconds}
        seq = len(messages) + 1
        made = an_answer(seq, first, body) if kind == "answer" else a_message(seq, kind, first, **body)
        messages.append({**made, **at})
    messages.append({**an_answer(len(messages) + 1, first, "final"), "t_mono_ms": 40_000.0})
    parsed = [Message.model_validate(message) for message in messages]
    sittings.record_batch(sitting=sitting, lease=sitting.lease, messages=parsed, now=NOW)
    table = analysis_table(person.study).sort_values("position")
    return table.iloc[0], table.iloc[1]


def test_asking_for_advice_is_told_with_its_time():
    rendered = ("exposure", {"kind": "rendered"}, 12.5)
    opened = ("exposure", {"kind": "opened", "part": "more"}, 15)
    looked = ("event", {"name": "opened-item", "item": "record"}, 5)
    asked, unopened = sat(
        "wrong: 1 of 2, when: with-case, delivery: on-demand",
        looked,
        ("event", {"name": "opened-item", "item": "answer"}, 6),
        ("exposure", {"kind": "requested"}, 12),
        rendered,
        opened,
    )
    assert (asked["structure"], asked["advice_sought"], asked["advice_shown"]) == ("concurrent", True, True)
    assert (asked["time_to_advice_s"], asked["items_opened"]) == (12.0, 2)
    assert unopened["status"] == "missing"


def test_advice_that_nobody_asked_for_was_not_shown():
    row, _ = sat("wrong: 1 of 2, when: with-case, delivery: on-demand")
    assert (row["advice_sought"], row["advice_shown"], row["status"]) == (False, False, "complete")
    assert math.isnan(row["time_to_advice_s"])


def test_advice_that_was_pushed_was_not_sought():
    row, _ = sat("wrong: 1 of 2, when: with-case")
    assert row.isna()["advice_sought"]
    assert row.isna()["advice_event"]


def test_answer_before_the_reasons_counts_as_complete():
    row, _ = sat("wrong: 1 of 2, reasons: always", ("answer", "initial", 20))
    assert (row["status"], row["structure"]) == ("complete", "two-stage")


def test_event_marks_the_row_and_a_tampered_card_its_printed_confidence():
    altered = "events: [{at: 1, kind: tampered, altered: {confidence: 99}}, {at: 2, kind: down}]"
    row, other = sat(f"wrong: 1 of 2, when: with-case, {altered}")
    assert (row["advice_event"], row["advice_confidence"]) == ("tampered", 0.99)
    assert other["advice_confidence"] < 0.9


def test_nudge_that_is_no_advice_shows_none():
    row, _ = sat(
        "nudge: checklist, when: with-case, items: [One]", ("exposure", {"kind": "rendered", "card": "aid"}, 1)
    )
    assert (row["structure"], row["advice_shown"]) == ("unaided", False)


def test_safety_net_that_kept_silent_leaves_one_answer_for_both_times():
    person = a_participant(a_nudged_study("wrong: 1 of 2, when: at-submit"))
    sitting = sittings.open_sitting(participant=person, now=NOW)
    encounter = sitting.encounters.get()
    said = place_of(sitting, encounter.planned).first.card["suggestions"][0]["label"]
    message = Message.model_validate(an_answer(1, encounter.pk, "initial", said))
    sittings.record_batch(sitting=sitting, lease=sitting.lease, messages=[message], now=NOW)
    row = analysis_table(person.study).sort_values("position").iloc[0]
    assert (row["structure"], row["status"], row["advice_shown"]) == ("two-stage", "complete", False)
    assert row["initial"] == row["final"]
    assert not row["changed"]


def test_what_was_asked_for_and_interruptions_are_told():
    source = ONE_NUDGE.replace("advice: way}", "advice: none, reveal: asked, %s}") % (
        "interruptions: [{at: 1, from: A, text: B, replies: [C, D]}]",
        "wrong: 1 of 2",
    )
    study = a_nudged_study("wrong: 1 of 2", source=source)
    person = a_participant(study)
    sitting = sittings.open_sitting(participant=person, now=NOW)
    first = sitting.encounters.get().pk
    events = [{"name": "asked", "item": "course"}, {"name": "interruption"}, {"name": "interruption-answered"}]
    sent = [a_message(n, "event", first, **body) for n, body in enumerate(events, start=1)]
    sent.append(an_answer(4, first, "final"))
    parsed = [Message.model_validate(one) for one in sent]
    sittings.record_batch(sitting=sitting, lease=sitting.lease, messages=parsed, now=NOW)
    asked, second = (row for _, row in analysis_table(study).sort_values("position").iterrows())
    assert (asked["items_asked"], asked["key_items_share"], asked["ask_cost"]) == (1, 1.0, 1)
    assert asked["interrupted_s"] == pytest.approx(1.0005)
    assert (second["items_asked"], second["key_items_share"]) == (0, 0.0)
