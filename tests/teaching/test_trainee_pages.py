"""The educator's review of a trainee, what they tell them, and what the trainee reads of it."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from simlab.engine.errors import Refused
from simlab.people.actions import link_participant
from simlab.sittings.models import Event
from simlab.teaching import actions, gathering, progress
from simlab.teaching.actions_comments import comment_on_trainee
from simlab.teaching.models import TraineeComment
from simlab.teaching.review import Share
from simlab.teaching.traineereview import Chosen
from tests.factories import DAY, NOW, a_participant, a_study, a_user, sit_through
from tests.teaching.test_review import sit_advised

pytestmark = pytest.mark.django_db


@pytest.fixture
def educator():
    return a_user()


@pytest.fixture
def trainee(educator):
    """Answered two cases wrongly with advice, then changed to the right answer; the debrief is not open."""
    cohort = actions.create_cohort(title="Autumn", by=educator, now=NOW)
    given = actions.assign(cohort=cohort, study=a_study(kind="training"), now=NOW)
    person = a_participant(given.study, arm="advised")
    sit_advised(person, "wrong", "right")
    trainee = cohort.trainees.create(label="Trainee 01")
    trainee.seats.create(assignment=given, participant=person)
    return trainee


def address(name: str, trainee, query: str = "") -> str:
    return reverse(name, args=[trainee.cohort_id, trainee.pk]) + query


def test_review_shows_what_was_answered_as_formative(client, educator, trainee):
    client.force_login(educator)
    page = client.get(address("trainee-review", trainee)).content.decode()
    assert "formative" in page
    assert "two of two" in page
    assert "too few" in page
    assert 'class="reliance"' not in page


def test_limits_are_the_educators_choice(client, educator, trainee):
    client.force_login(educator)
    query = "?acceptable=10&unacceptable=30&learned=1.5&lost=1&gap=7"
    page = client.get(address("trainee-review", trainee, query)).content.decode()
    # log(0.9 / 0.7) = 0.251 a right answer, log 3 = 1.099 a wrong one
    assert "Six right answers in a row" in page
    assert "One wrong answer in a row" in page
    assert "Retention after seven days" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [("?acceptable=50", "above the acceptable"), ("?gap=0", "from 1 to 730"), ("?lost=nan", "from 0.1 to 20")],
)
def test_limits_that_cannot_be_are_refused_in_words(client, educator, trainee, query, words):
    client.force_login(educator)
    got = client.get(address("trainee-review", trainee, query))
    assert got.status_code == 422
    assert words in got.content.decode()


def test_comment_reaches_the_trainee_and_nobody_else(client, educator, trainee):
    client.force_login(educator)
    assert client.post(address("trainee-comment", trainee), {"text": " Ask before you look. "}).status_code == 302
    person = trainee.seats.get().participant
    own = a_user()
    link_participant(participant_id=person.pk, user=own)
    client.force_login(own)
    page = client.get(reverse("my-progress", args=[person.pk])).content.decode()
    assert "Ask before you look." in page
    assert reverse("my-progress", args=[person.pk]) in client.get(reverse("me", args=[person.pk])).content.decode()
    client.force_login(a_user())
    assert client.get(reverse("my-progress", args=[person.pk])).status_code == 404


def test_empty_comment_is_refused_and_nothing_is_kept(client, educator, trainee):
    client.force_login(educator)
    got = client.post(address("trainee-comment", trainee), {"text": "  "})
    assert got.status_code == 422
    assert "1 to 4000 characters" in got.content.decode()
    assert not trainee.comments.exists()


def test_only_the_educator_of_the_cohort_comments(trainee):
    with pytest.raises(Refused, match="Only the educator"):
        comment_on_trainee(trainee=trainee, text="Well done", by=a_user(), now=NOW)


def test_comment_is_append_only_and_says_something(educator, trainee):
    comment_on_trainee(trainee=trainee, text="Well done", by=educator, now=NOW)
    for change in (lambda: trainee.comments.update(text="Badly done"), lambda: trainee.comments.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(IntegrityError, match="trainee_comment_says_something"), transaction.atomic():
        TraineeComment.objects.create(trainee=trainee, by=educator, text="", written_at=NOW)


def test_trainee_reads_right_and_wrong_only_where_the_debrief_is_open(trainee):
    held = progress.for_trainee(trainee, lambda study: NOW)
    assert (held.held, held.review.answered, held.review.aided) == (2, 0, Share(0, 0))
    told = progress.for_trainee(trainee, lambda study: NOW + 4000 * DAY)
    assert (told.held, told.review.aided) == (0, Share(2, 2))
    assert told.review == progress.for_educator(trainee, Chosen()).review


def test_gathering_is_read_only_where_findings_are_asked_for(trainee):
    assert Event.objects.filter(encounter__sitting__participant=trainee.seats.get().participant).exists()
    assert gathering.gathered_by(trainee) == []


def test_second_study_of_the_same_person_is_read_together(educator, trainee):
    given = actions.assign(cohort=trainee.cohort, study=a_study(kind="training"), now=NOW)
    person = a_participant(given.study)
    sit_through(person, NOW)
    trainee.seats.create(assignment=given, participant=person)
    assert progress.for_educator(trainee, Chosen()).review.answered == 4
