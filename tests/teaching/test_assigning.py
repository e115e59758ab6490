"""Assignments: the document they become, their dates, tries, roster, cap, and the wall before running trials."""

import datetime
from pathlib import Path

import pytest
import yaml
from django.db import IntegrityError, transaction

from simlab.engine.casefile import load_pack
from simlab.engine.draw import Draws
from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.protocol import check_against_pack, parse_protocol
from simlab.sittings import actions as sittings
from simlab.studies.models import CaseImage, CaseVersion, Document, PackVersion, Role
from simlab.studies.reading import packs_in_running_trials
from simlab.teaching import actions, actions_assigning
from simlab.teaching.assigning import Wish, document_of, draw_by_theme, themes_of
from simlab.teaching.models import Assignment, Cohort, PersonalLink, Seat
from tests.factories import DAY, NOW, a_loaded_pack, a_participant, a_study, a_user, close, mini_pack, sit_through

pytestmark = pytest.mark.django_db
TWO = ("tired-and-cold", "a-crop-of-blisters")
FOUR = (*TWO, "a-toe-too-sore-for-a-sheet", "sneezing-each-june")
PRIMARY = Path(__file__).resolve().parents[2] / "cases/primary-care"


def made(cohort, *, wish=None, tries=1, opens_at=None, closes_at=None):
    a_loaded_pack()
    return actions_assigning.make_assignment(
        cohort=cohort, wish=wish or Wish("Two cases", "mini", TWO, order="fixed"), opens_at=opens_at,
        closes_at=closes_at, tries=tries, by=cohort.owner, now=NOW, seed="assigned",
    )  # fmt: skip


def a_cohort(places=5):
    return actions.create_cohort(title="Autumn", by=a_user(), now=NOW, places=places)


def joined(invitation, now=NOW):
    person = sittings.arrive(invitation=invitation, now=now)
    return seated(person, now)


def seated(person, now=NOW):
    document = Document.objects.latest_of(person.study, "consent")
    ticked = [line[6:] for line in document.text.splitlines() if line.startswith("- [ ] ")]
    person = sittings.give_consent(participant=person, document=document, statements=ticked, agreed=True, now=now)
    return actions_assigning.take_seat(participant=person, answers={"grade": "gp"}, now=now)


def shared(assignment):
    return assignment.study.invitations.get(personal_link=None)


@pytest.mark.parametrize("order", ["shuffled", "fixed", "interleaved"])
@pytest.mark.parametrize("advice", ["none", "throughout", "second-half"])
@pytest.mark.parametrize(("feedback", "size"), [("at-end", 1), ("after-each-set", 2)])
def test_every_choice_becomes_a_study_that_the_engine_accepts(order, advice, feedback, size):
    wish = Wish("Four cases", "mini", FOUR, order=order, advice=advice, feedback=feedback, set_size=size)
    source = yaml.safe_dump(document_of(wish, mini_pack(), Draws("x")), sort_keys=False)
    protocol = parse_protocol(source)
    assert check_against_pack(protocol, {"mini": mini_pack()}) == []
    assert protocol.kind == "training"
    assert sorted(case for cases in protocol.cases.chosen.values() for case in cases) == sorted(FOUR)
    assert protocol.debrief == ("after-phase" if feedback == "after-each-set" else "after-study")
    advised = [bool(protocol.policies("trainee", phase)) for phase in protocol.phases]
    assert {"none": not any(advised), "throughout": all(advised), "second-half": sorted(advised) == advised}[advice]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cases": ()}, "Choose at least one case"),
        ({"title": ""}, "Give the assignment a title"),
        ({"cases": ("nowhere",)}, "“nowhere” cannot be assigned"),
        ({"advice": "throughout", "feedback": "after-each-set"}, "at least two cases"),
        ({"advice": "second-half", "cases": TWO}, "at least four cases"),
        ({"order": "sideways"}, "Choose an order"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_in_a_sentence(changes, words):
    wish = Wish(**{"title": "A", "pack": "mini", "cases": FOUR, **changes})
    with pytest.raises(Refused, match=words):
        document_of(wish, mini_pack(), Draws("x"))


def test_cases_are_drawn_by_theme():
    pack = load_pack(PRIMARY)
    drawn = draw_by_theme(pack, {"children": 2, "skin-and-eyes": 1}, Draws("x"))
    assert [pack.cases[case].specialty for case in drawn] == ["children", "children", "skin-and-eyes"]
    with pytest.raises(Refused, match="holds 8 cases, not 99"):
        draw_by_theme(pack, {"children": 99}, Draws("x"))
    assert all(pack.cases[case].twin_of is None for cases in themes_of(pack).values() for case in cases)


def test_whoever_joins_by_the_link_sits_in_the_next_seat_up_to_the_cap():
    cohort = a_cohort(places=2)
    given = made(cohort)
    people = [joined(shared(given)) for _ in range(2)]
    assert [seat.trainee.label for seat in Seat.objects.readable().order_by("trainee__label")] == [
        "Trainee 01", "Trainee 02",
    ]  # fmt: skip
    sit_through(people[0], NOW)
    with pytest.raises(Refused, match="All places of this group are taken"):
        joined(shared(given))
    assert cohort.trainees.count() == 2


def test_a_roster_gives_each_label_a_link_of_its_own():
    cohort = a_cohort()
    given = made(cohort)
    actions_assigning.upload_roster(cohort=cohort, text="label\nAda\nBen\n", by=cohort.owner, now=NOW)
    link = PersonalLink.objects.get(trainee__label="Ben")
    person = joined(link.invitation)
    assert person.seat.trainee.label == "Ben"
    with pytest.raises(Refused, match="Somebody joined by this link"):
        joined(link.invitation)
    assert given.links.count() == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("label\nAda\nAda\n", "Line 3: “Ada” stands in line 2 already."),
        ("someone@example.org\n", "never an e-mail address"),
        ("label,site\n,north\n", "Line 2: the label is empty."),
        ("", "holds nobody"),
        ("Zoe\n", "“Zoe” is on the roster already."),
    ],
)
def test_a_bad_row_is_told_and_nothing_changes(text, words):
    cohort = a_cohort()
    cohort.trainees.create(label="Zoe")
    with pytest.raises(InvalidFile) as told:
        actions_assigning.upload_roster(cohort=cohort, text=text, by=cohort.owner, now=NOW)
    assert words in " ".join(str(fault) for fault in told.value.faults)
    assert cohort.trainees.count() == 1


def test_a_roster_larger_than_the_cohort_is_refused():
    cohort = a_cohort(places=1)
    with pytest.raises(Refused, match="1 free places of 1"):
        actions_assigning.upload_roster(cohort=cohort, text="A\nB\n", by=cohort.owner, now=NOW)


def test_dates_are_kept_by_the_player_and_by_the_link():
    cohort = a_cohort()
    given = made(cohort, opens_at=NOW + DAY, closes_at=NOW + 3 * DAY)
    person = joined(shared(given))
    with pytest.raises(Refused):
        sittings.open_sitting(participant=person, now=NOW)
    assert sittings.open_sitting(participant=person, now=NOW + DAY + datetime.timedelta(hours=1))
    with pytest.raises(Refused, match="closed"):
        joined(shared(given), NOW + 4 * DAY)


def test_tries_are_counted_and_end():
    cohort = a_cohort()
    given = made(cohort, tries=2)
    first = joined(shared(given))
    with pytest.raises(Refused, match="Finish the try"):
        actions_assigning.begin_try(participant=first, now=NOW)
    sit_through(first, NOW)
    first.refresh_from_db()
    second = seated(actions_assigning.begin_try(participant=first, now=NOW + DAY), NOW + DAY)
    assert (second.seat.trainee, second.seat.attempt) == (first.seat.trainee, 2)
    sit_through(second, NOW + DAY)
    second.refresh_from_db()
    with pytest.raises(Refused, match="every try"):
        actions_assigning.begin_try(participant=second, now=NOW + 2 * DAY)


@pytest.mark.parametrize("kind", ["main", "pilot"])
def test_cases_of_a_running_trial_are_not_assigned_until_it_is_locked(kind):
    trial = a_study(kind=kind)
    assert packs_in_running_trials() == {"mini"}
    cohort = a_cohort()
    with pytest.raises(Refused, match="used in a trial that is running"):
        made(cohort)
    assert not cohort.assignments.exists()
    close(trial)
    assert packs_in_running_trials() == set()
    assert made(cohort)


def test_a_copy_of_a_trials_case_in_another_pack_is_kept_back_too():
    a_study(kind="main")
    case = CaseVersion.objects.filter(pack="mini").first()
    CaseVersion.objects.create(pack="copy", case_id="copy", sha256=case.sha256, content=case.content, created_at=NOW)
    assert packs_in_running_trials() == {"mini", "copy"}


@pytest.mark.parametrize(("kind", "status"), [("main", 404), ("pilot", 404), ("demonstration", 200)])
def test_an_educator_does_not_see_pictures_or_keys_of_a_running_trial(client, kind, status):
    study = a_study(kind=kind)
    case = CaseVersion.objects.filter(pack="mini").first()
    CaseImage.objects.create(
        case_version=case, name="a.png", sha256="", media_type="image/png", width=1, height=1, content=b"PNG"
    )
    cohort = a_cohort()
    client.force_login(cohort.owner)
    for page in (f"/api/case-images/{case.pk}/a.png", "/library/mini/"):
        assert client.get(page).status_code == status, page
    if kind == "demonstration":
        return
    author = a_user()
    Role.objects.create(study=study, user=author, role="researcher")
    client.force_login(author)
    assert client.get(f"/api/case-images/{case.pk}/a.png").status_code == 200


def test_constraints_of_teaching():
    cohort = a_cohort()
    given = made(cohort)
    person = joined(shared(given))
    seat, other = person.seat, a_participant(a_study(kind="training"))
    broken = {
        "seat_attempt_once": lambda: Seat.objects.create(
            trainee=seat.trainee, assignment=given, participant=other, attempt=1
        ),
        "seat_attempts_from_one": lambda: Seat.objects.filter(pk=seat.pk).update(attempt=0),
        "cohort_has_places": lambda: Cohort.objects.filter(pk=cohort.pk).update(places=0),
        "assignment_tries_from_one": lambda: Assignment.objects.filter(pk=given.pk).update(tries=0),
        "assignment_closes_after_it_opens": lambda: Assignment.objects.filter(pk=given.pk).update(
            opens_at=NOW, closes_at=NOW
        ),
        "study_assigned_once": lambda: Assignment.objects.create(cohort=cohort, study=given.study, assigned_at=NOW),
        "label_once_per_cohort": lambda: cohort.trainees.create(label=seat.trainee.label),
    }
    for name, breaks in broken.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            breaks()
    link = PersonalLink.objects.create(trainee=seat.trainee, assignment=given, invitation=shared(given))
    with pytest.raises(IntegrityError, match="personal_link_once"), transaction.atomic():
        PersonalLink.objects.create(trainee=link.trainee, assignment=given, invitation=other.invitation)
    assert PackVersion.objects.filter(pack="mini").exists()
