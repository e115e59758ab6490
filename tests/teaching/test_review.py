"""What an educator sees of trainees, against answers worked out by hand; and what an educator never sees."""

import pytest

from simlab.engine.errors import Refused
from simlab.sittings import actions as sittings
from simlab.sittings.messages import Message
from simlab.teaching import actions
from simlab.teaching.reading import participants_of
from simlab.teaching.review import Share, cohort_rows, trainee_row
from tests.factories import NOW, a_message, a_participant, a_study, a_user, an_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def educator():
    return a_user()


@pytest.fixture
def cohort(educator):
    return actions.create_cohort(title="Autumn", by=educator, now=NOW)


def sit_advised(person, first: str, last: str) -> int:
    """Answer the advised sitting, each time "right" or "wrong"; returns how many pieces of advice were right."""
    sitting = sittings.open_sitting(participant=person, now=NOW)
    seq, right_advice = 0, 0

    def send(*messages):
        parsed = [Message.model_validate(message) for message in messages]
        sittings.record_batch(sitting=sitting, lease=sitting.lease, messages=parsed, now=NOW)

    while encounter := sitting.encounters.open().select_related("planned__case_version").first():
        reference = encounter.planned.case_version.content["reference"]["diagnosis"]["term"]
        terms = {"right": reference, "wrong": "Something else entirely"}
        right_advice += encounter.planned.advice_version.correct
        send(
            an_answer(seq + 1, encounter.pk, "initial", terms[first]),
            {**a_message(seq + 2, "exposure", encounter.pk), "body": {"kind": "rendered"}},
            an_answer(seq + 3, encounter.pk, "final", terms[last]),
        )
        seq += 3
    return right_advice


def test_share_of_nothing_has_no_value_and_no_interval():
    assert (Share(0, 0).value, Share(0, 0).interval) == (None, None)


def test_share_has_wilsons_interval():
    low, high = Share(4, 5).interval
    assert (round(low, 2), round(high, 2)) == (0.38, 0.96)


def test_cohort_rows_count_what_each_trainee_did(cohort):
    study = a_study(kind="training")
    actions.assign(cohort=cohort, study=study, now=NOW)
    person = a_participant(study, arm="advised")
    right_advice = sit_advised(person, first="wrong", last="right")
    idle = a_participant(study, arm="advised")
    actions.enrol_newcomers(cohort=cohort, now=NOW)
    rows = {row.trainee.seats.get().participant_id: row for row in cohort_rows(cohort)}
    mine = rows[person.pk]
    assert (mine.planned, mine.done) == (4, 2)
    assert mine.aided == Share(2, 2)
    assert mine.unaided == Share(0, 0)
    assert mine.took_right == Share(right_advice, right_advice)
    assert mine.kept_right == Share(0, 0)
    assert rows[idle.pk].done == 0
    assert trainee_row(mine.trainee) == mine


def test_newcomers_are_enrolled_once_with_the_next_label(cohort):
    study = a_study(kind="training")
    actions.assign(cohort=cohort, study=study, now=NOW)
    a_participant(study)
    first = actions.enrol_newcomers(cohort=cohort, now=NOW)
    assert first[0].label == "Trainee 01"
    a_participant(study)
    second = actions.enrol_newcomers(cohort=cohort, now=NOW)
    assert "Trainee 01" not in {trainee.label for trainee in second}
    assert actions.enrol_newcomers(cohort=cohort, now=NOW) == []


@pytest.mark.parametrize("kind", ["main", "pilot", "demonstration"])
def test_trial_cannot_be_assigned_to_a_cohort(cohort, kind):
    with pytest.raises(Refused, match="training"):
        actions.assign(cohort=cohort, study=a_study(kind=kind), now=NOW)
    assert not cohort.assignments.exists()


def test_trial_that_slipped_into_an_assignment_is_still_not_read(cohort):
    """The firewall stands in the query itself, not only in the action."""
    trial = a_study(kind="main")
    person = a_participant(trial)
    given = cohort.assignments.create(study=trial, assigned_at=NOW)
    trainee = cohort.trainees.create(label="Trainee 01")
    trainee.seats.create(assignment=given, participant=person)
    assert not participants_of(trainee).exists()
    assert not participants_of(cohort).exists()
    assert actions.enrol_newcomers(cohort=cohort, now=NOW) == []
    row = cohort_rows(cohort)[0]
    assert (row.planned, row.done, row.aided) == (0, 0, Share(0, 0))


def test_query_count_does_not_grow_with_trainees(cohort, django_assert_max_num_queries):
    study = a_study(kind="training")
    actions.assign(cohort=cohort, study=study, now=NOW)
    for _ in range(4):
        sit_advised(a_participant(study, arm="advised"), "right", "right")
    actions.enrol_newcomers(cohort=cohort, now=NOW)
    cohort_rows(cohort)
    with django_assert_max_num_queries(12):
        cohort_rows(cohort)


def test_tries_of_one_person_are_read_together(cohort):
    trainee = cohort.trainees.create(label="Trainee 01")
    for _ in range(2):
        given = actions.assign(cohort=cohort, study=a_study(kind="training"), now=NOW)
        person = a_participant(given.study, arm="advised")
        sit_advised(person, "right", "right")
        trainee.seats.create(assignment=given, participant=person)
    assert participants_of(trainee).count() == 2
    assert cohort_rows(cohort)[0].aided == Share(4, 4)
