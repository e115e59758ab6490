"""The table of what trainees answered, against the analysis table, which reads every message instead."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from simlab.analyses.extract import analysis_table
from simlab.teaching import actions, responses
from simlab.teaching.responses import responses_of
from tests.factories import DAY, NOW, a_participant, a_study, a_user, sit_through
from tests.teaching.test_review import sit_advised

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort():
    return actions.create_cohort(title="Autumn", by=a_user(), now=NOW)


def seat(cohort, study, person, label: str, attempt: int = 1):
    given = actions.assign(cohort=cohort, study=study, now=NOW)
    trainee, _ = cohort.trainees.get_or_create(label=label)
    trainee.seats.create(assignment=given, participant=person, attempt=attempt)
    return trainee


def queries_of(whom) -> int:
    responses._cases.cache_clear()
    responses._advice.cache_clear()
    with CaptureQueriesContext(connection) as queries:
        responses_of(whom)
    return len(queries)


def test_answers_are_those_of_the_analysis_table(cohort):
    study = a_study(kind="training")
    for n, (first, last) in enumerate((("right", "right"), ("wrong", "right"), ("right", "wrong"), ("wrong", "wrong"))):
        person = a_participant(study, arm="advised")
        sit_advised(person, first, last)
        seat(cohort, study, person, f"Trainee {n}")
    alone = a_participant(study)
    sit_through(alone, NOW)
    seat(cohort, study, alone, "Trainee 9")
    found = responses_of(cohort).set_index(["participant", "case"]).sort_index()
    whole = analysis_table(study)
    reference = whole[whole["status"] == "complete"].set_index(["participant", "case"]).sort_index()
    assert list(found.index) == list(reference.index)
    assert len(found) == 10
    # Without advice one answer is asked for, and the table of responses says that there was no first.
    two = reference["initial"].notna() & reference["advice_shown"].astype(bool)
    assert list(found["right"]) == list(reference["final_correct"].astype(bool))
    assert list(found.loc[two, "first_right"]) == list(reference.loc[two, "initial_correct"].astype(bool))
    assert list(found.loc[two, "advice_right"]) == list(reference.loc[two, "advice_correct"].astype(bool))
    assert list(found.loc[two, "advice"]) == list(reference.loc[two, "advice"])
    assert list(found["last"]) == list(reference["final"])
    assert list(found["advised"]) == list(reference["advice_shown"].astype(bool))
    assert list(found["confidence"]) == list(reference["final_confidence"])


def test_number_of_queries_is_that_of_a_cohort_of_any_size(cohort):
    study = a_study(kind="training")
    advised = a_participant(study, arm="advised")
    seat(cohort, study, advised, "Trainee 1")
    sit_through(advised, NOW)
    few = queries_of(cohort)
    for n in range(2, 7):
        person = a_participant(study)
        seat(cohort, study, person, f"Trainee {n}")
        sit_through(person, NOW)
    assert len(responses_of(cohort)) == 12
    assert queries_of(cohort) == few


def test_tries_of_one_trainee_stand_under_their_name_and_nobody_elses(cohort):
    first, second = a_study(kind="training"), a_study(kind="training")
    for n, study in enumerate((first, second), start=1):
        person = a_participant(study)
        mine = seat(cohort, study, person, "Trainee 1")
        sit_through(person, NOW + n * DAY)
    other = a_participant(first)
    seat(cohort, first, other, "Trainee 2")
    sit_through(other, NOW)
    found = responses_of(mine)
    assert set(found["trainee"]) == {str(mine.pk)}
    assert found["participant"].nunique() == 2
    assert list(found["at"]) == sorted(found["at"])
    assert len(responses_of(cohort)) == len(found) + 2


def test_cohort_that_has_answered_nothing_has_a_table_with_its_columns(cohort):
    cohort.trainees.create(label="Trainee 1")
    table = responses_of(cohort)
    assert table.empty
    assert {"trainee", "case", "competences", "right", "advice_right", "followed", "at", "confidence"} <= set(table)


def test_answers_of_a_trial_are_not_read(cohort):
    study = a_study(kind="main")
    person = a_participant(study)
    sit_through(person, NOW)
    given = cohort.assignments.create(study=study, assigned_at=NOW)
    trainee = cohort.trainees.create(label="Trainee 1")
    trainee.seats.create(assignment=given, participant=person)
    assert responses_of(cohort).empty
    assert responses_of(trainee).empty
