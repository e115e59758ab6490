"""The analysis table against what was done, worked out by hand."""

import uuid

import pytest

from simlab.analyses.extract import analysis_table
from simlab.sittings import actions
from simlab.sittings.messages import Message
from simlab.stats import columns
from tests.factories import DAY, NOW, a_message, a_participant, a_study, an_answer, an_arrival, sit_through

pytestmark = pytest.mark.django_db


def send(sitting, *messages):
    parsed = [Message.model_validate(message) for message in messages]
    return actions.record_batch(sitting=sitting, lease=sitting.lease, messages=parsed, now=NOW)


def paint(seq, encounter, stage, at):
    return {**a_message(seq, "event", encounter, name="paint", state=stage), "t_mono_ms": at}


def test_study_without_participants_gives_an_empty_table():
    table = analysis_table(a_study())
    assert table.empty
    assert tuple(table.columns) == columns.NAMES


def test_everybody_allocated_has_a_row_for_each_planned_encounter():
    study = a_study()
    person = a_participant(study)
    an_arrival(study)
    table = analysis_table(study)
    mine = table[table["participant"] == str(person.pk)]
    assert len(mine) == person.slot.planned.count()
    assert set(mine["status"]) == {"missing"}
    assert list(table[table["case"].isna()]["status"]) == ["arrived"]


def test_advised_encounter_row_says_what_was_done():
    person = a_participant(arm="advised")
    sitting = actions.open_sitting(participant=person, now=NOW)
    encounter = sitting.encounters.open().select_related("planned__case_version", "planned__advice_version").get()
    case = encounter.planned.case_version.content
    advice = encounter.planned.advice_version
    term = advice.content["diagnosis"]["term"]
    other = next(t["term"] for t in case["reference"]["differential"] if t["term"] != term)
    exposure = {**a_message(4, "exposure", encounter.pk), "body": {"kind": "rendered"}}
    send(
        sitting,
        paint(1, encounter.pk, "initial", 1000.0),
        {**an_answer(2, encounter.pk, "initial", other, 40), "t_mono_ms": 21_000.0},
        paint(3, encounter.pk, "advice", 22_000.0),
        {**exposure, "t_mono_ms": 22_000.0},
        {**an_answer(5, encounter.pk, "final", term, 90), "t_mono_ms": 31_000.0},
    )
    table = analysis_table(person.study)
    row = table[table["case"] == case["id"]].iloc[0]
    assert row["status"] == "complete"
    assert row["structure"] == "two-stage"
    assert row["advice_shown"]
    assert row["advice_correct"] == advice.correct
    assert not row["initial_correct"]
    assert row["initial_rank"] is columns.pd.NA
    assert row["final_correct"] == advice.correct
    assert (row["initial_agrees"], row["final_agrees"], row["changed"]) == (False, True, True)
    assert (row["initial_confidence"], row["final_confidence"]) == (0.4, 0.9)
    assert row["final"] == row["advice"]
    assert (row["time_initial_s"], row["time_total_s"], row["time_after_advice_s"]) == (20.0, 30.0, 9.0)
    assert row["day"] == 0.0


def test_advice_that_was_never_rendered_is_not_called_shown():
    person = a_participant(arm="advised")
    sit_through(person, NOW)
    table = analysis_table(person.study)
    exposed = table[table["phase_index"] == 0]
    assert set(exposed["status"]) == {"complete"}
    assert not exposed["advice_shown"].any()
    assert exposed["advice"].notna().all()


def test_synonym_of_the_reference_counts_as_right():
    person = a_participant(arm="unaided")
    sitting = actions.open_sitting(participant=person, now=NOW)
    encounter = sitting.encounters.open().select_related("planned__case_version").get()
    reference = encounter.planned.case_version.content["reference"]["diagnosis"]
    assert reference["synonyms"], "the mini pack's cases need a synonym for this test"
    send(sitting, an_answer(1, encounter.pk, "initial", reference["synonyms"][0].upper()))
    table = analysis_table(person.study)
    row = table[table["initial"].notna()].iloc[0]
    assert row["initial_correct"]
    assert row["initial_rank"] == 1
    assert row["initial"] == row["truth"]
    assert row["status"] == "missing"


def test_query_count_does_not_grow_with_participants(django_assert_num_queries):
    study = a_study()
    sit_through(a_participant(study), NOW)
    analysis_table(study)  # parsed cases and protocol are remembered from here on
    with django_assert_num_queries(9):
        analysis_table(study)
    for _ in range(3):
        sit_through(a_participant(study), NOW + DAY / 24)
    with django_assert_num_queries(9):
        analysis_table(study)


def test_rows_do_not_depend_on_other_studies():
    study = a_study()
    sit_through(a_participant(study), NOW)
    before = analysis_table(study)
    sit_through(a_participant(a_study()), NOW)
    assert analysis_table(study).equals(before)
    assert str(uuid.UUID(before["participant"].iloc[0])) == before["participant"].iloc[0]
