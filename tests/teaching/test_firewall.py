"""The firewall as a table: every page of a cohort or trainee x whose answers lie behind it."""

import pytest
from django.urls import get_resolver, reverse

from simlab.sittings.models import Encounter
from simlab.teaching import actions
from simlab.teaching.reading import participants_of
from tests.factories import DAY, NOW, a_participant, a_study, a_user, sit_through

pytestmark = pytest.mark.django_db

ABOUT_PEOPLE = ({"cohort"}, {"cohort", "trainee"})
FOUND, NOT_FOUND = 200, 404


def routes() -> dict[str, set[str]]:
    """Every page that shows a cohort or one of its trainees, by name, with its arguments."""
    patterns = get_resolver("simlab.web.urls").url_patterns
    arguments = {pattern.name: set(pattern.pattern.converters) for pattern in patterns}
    return {name: found for name, found in arguments.items() if found in ABOUT_PEOPLE}


def answered(kind: str, educator):
    """A cohort of the educator with one trainee, who has answered a part of a study of this kind."""
    study = a_study(kind=kind)
    person = a_participant(study)
    sit_through(person, NOW)
    cohort = actions.create_cohort(title=f"Cohort of {kind}", by=educator, now=NOW)
    # By hand: the action refuses a trial, and the pages must hold even where a row slipped in.
    given = cohort.assignments.create(study=study, assigned_at=NOW)
    trainee = cohort.trainees.create(label="Trainee 01")
    trainee.seats.create(assignment=given, participant=person)
    return cohort, trainee, person


def statuses_and_pages(client, cohort, trainee) -> dict[str, tuple[int, str]]:
    keys = {"cohort": cohort.pk, "trainee": trainee.pk}
    pages = {}
    for name, arguments in routes().items():
        got = client.get(reverse(name, kwargs={argument: keys[argument] for argument in arguments}))
        pages[name] = (got.status_code, got.content.decode())
    return pages


def test_there_are_pages_to_walk():
    assert {"cohort", "trainee"} <= set(routes())


@pytest.mark.parametrize("kind", ["main", "pilot", "demonstration"])
def test_no_page_of_an_educator_shows_an_answer_given_in_a_trial(client, kind):
    educator = a_user()
    cohort, trainee, person = answered(kind, educator)
    titles = Encounter.objects.filter(sitting__participant=person).values_list(
        "planned__case_version__content__title", flat=True
    )
    client.force_login(educator)
    for name, (_, page) in statuses_and_pages(client, cohort, trainee).items():
        assert not [title for title in titles if title in page], name
        assert str(person.pk) not in page, name
    assert not participants_of(cohort).exists()
    assert "not begun" in client.get(reverse("cohort", args=[cohort.pk])).content.decode()


def test_answers_given_in_training_are_read_by_the_cohorts_owner(client):
    educator = a_user()
    cohort, trainee, person = answered("training", educator)
    client.force_login(educator)
    assert {status for status, _ in statuses_and_pages(client, cohort, trainee).values()} <= {FOUND, 405}
    assert participants_of(trainee).get() == person
    assert "2 of 4 cases" in client.get(reverse("cohort", args=[cohort.pk])).content.decode()


@pytest.mark.parametrize("kind", ["training", "main"])
def test_cohort_of_somebody_else_is_not_found(client, kind):
    cohort, trainee, _ = answered(kind, a_user())
    client.force_login(a_user())
    statuses = {name: status for name, (status, _) in statuses_and_pages(client, cohort, trainee).items()}
    assert set(statuses.values()) <= {NOT_FOUND, 405}, statuses


def test_trainee_is_not_found_under_another_cohort_of_the_same_educator(client):
    educator = a_user()
    _, trainee, _ = answered("training", educator)
    other = actions.create_cohort(title="Spring", by=educator, now=NOW + DAY)
    client.force_login(educator)
    assert client.get(reverse("trainee", args=[other.pk, trainee.pk])).status_code == NOT_FOUND


def test_study_assigned_to_another_cohort_is_not_read_through_this_one():
    educator = a_user()
    _, _, person = answered("training", educator)
    other = actions.create_cohort(title="Spring", by=educator, now=NOW + DAY)
    outsider = other.trainees.create(label="Trainee 01")
    person.seat.trainee = outsider
    person.seat.save()
    assert not participants_of(other).exists()
    assert not participants_of(outsider).exists()
