"""The review of a cohort, against answers worked out by hand."""

import pandas as pd
import pytest
from django.urls import reverse

from simlab.teaching import actions, cohortreview
from simlab.teaching.cohortreview import CaseRow, answers_behind, cohort_review
from simlab.teaching.review import Share
from simlab.web.presenters import reviewpage
from tests.factories import NOW, a_participant, a_study, a_user
from tests.teaching.test_responses import seat
from tests.teaching.test_review import sit_advised

WRONG = "something else entirely"


@pytest.fixture
def educator(db):
    return a_user()


@pytest.fixture
def cohort(educator):
    """One trainee who was wrong and took all advice, one who gave up right answers, one who has not begun."""
    cohort = actions.create_cohort(title="Autumn", by=educator, now=NOW)
    study = a_study(kind="training")
    for label, first, last in (("Ada", "wrong", "right"), ("Bo", "right", "wrong")):
        person = a_participant(study, arm="advised")
        sit_advised(person, first, last)
        seat(cohort, study, person, label)
    cohort.trainees.create(label="Cy")
    return cohort


def answered(trainee: str, rights: list[bool], **more) -> pd.DataFrame:
    base = {"trainee": trainee, "case": "gout", "title": "Gout", "competences": "diagnosis", "last": "gout"}
    return pd.DataFrame({"right": rights} | {k: [v] * len(rights) for k, v in (base | more).items()})


class Person:
    def __init__(self, pk: str) -> None:
        self.pk = pk


def test_cells_and_cases_count_the_answers_of_each(cohort):
    review = cohort_review(cohort)
    ada, bo, cy = review.trainees
    assert [one.label for one in review.trainees] == ["Ada", "Bo", "Cy"]
    mine = [share for (trainee, _), share in review.cells.items() if trainee == str(ada.pk)]
    assert mine
    assert all(share.numerator == share.denominator for share in mine)
    theirs = [share for (trainee, _), share in review.cells.items() if trainee == str(bo.pk)]
    assert theirs
    assert all(share.numerator == 0 for share in theirs)
    assert str(cy.pk) not in {trainee for trainee, _ in review.cells}
    assert review.responses == sum(row.right.denominator for row in review.cases) == 4
    assert {label for row in review.cases for label, _ in row.wrong_answers} == {WRONG}
    assert sum(n for row in review.cases for _, n in row.wrong_answers) == 2


def test_giving_up_a_right_answer_for_something_nobody_advised_is_not_being_misled(cohort):
    """Bo left right answers, but not for the advice: neither taken nor misled."""
    review = cohort_review(cohort)
    assert review.misleading == []
    assert sum(row.misled.denominator for row in review.cases) >= 1
    assert sum(row.misled.numerator for row in review.cases) == 0


def test_misled_are_those_who_were_right_before_they_took_wrong_advice():
    def rows(first, followed, n):
        made = answered("t", [False] * n, last="flu", advice="flu", advice_right=False)
        return made.assign(first_right=[first] * n, followed=[followed] * n)

    known = pd.concat([rows(True, True, 3), rows(False, True, 2), rows(None, True, 1), rows(True, False, 4)])
    unadvised = answered("t", [True], advice=None, advice_right=None, first_right=None, followed=None)
    row = cohortreview._case("gout", pd.concat([known.astype(object), unadvised.astype(object)]).assign(
        right=lambda t: t["right"].astype(bool)))  # fmt: skip
    assert (row.taken, row.misled) == (Share(6, 10), Share(3, 7))
    assert row.wrong_answers == (("flu", 10),)
    assert row.advised_wrongly == "flu"
    assert row.right == Share(1, 11)


def test_case_that_misled_surely_stands_before_one_that_did_twice():
    def case(name, taken):
        return CaseRow(name, name, Share(0, 9), taken, Share(0, 0), (), None)

    found = cohortreview._misleading([case("two", Share(2, 2)), case("none", Share(0, 9)), case("many", Share(40, 50))])
    assert [row.case for row in found] == ["many", "two"]


def test_stuck_is_one_right_of_the_last_eight_and_not_two():
    one = answered("one", [True] * 5 + [False] * 7 + [True])
    two = answered("two", [False] * 6 + [True] * 2)
    few = answered("few", [False] * 7)
    people = [Person("few"), Person("one"), Person("two")]
    found = cohortreview._stuck(pd.concat([one, two, few]), people)
    assert [(stuck.trainee.pk, stuck.competence, stuck.share) for stuck in found] == [("one", "diagnosis", Share(1, 8))]


def test_point_of_reliance_needs_eight_occasions_of_both_kinds():
    wrong_first = {"first_right": False, "advice_right": True}
    right_first = {"first_right": True, "advice_right": False}
    rows = pd.concat([
        answered("both", [True] * 6 + [False] * 2, **wrong_first), answered("both", [True] * 9, **right_first),
        answered("half", [True] * 20, **wrong_first), answered("half", [True] * 7, **right_first),
    ])  # fmt: skip
    both, half, nobody = cohortreview.reliance_of(rows, [Person("both"), Person("half"), Person("nobody")])
    assert (both.took_right, both.kept_right, both.told) == (Share(6, 8), Share(9, 9), True)
    assert (half.took_right, half.kept_right, half.told) == (Share(20, 20), Share(7, 7), False)
    assert nobody.took_right == nobody.kept_right == Share(0, 0)


def test_cell_of_few_cases_has_no_shade_and_no_interval():
    assert reviewpage._cell(Share(7, 7)) == {"shade": 0, "text": "7 of 7", "interval": ""}
    assert reviewpage._cell(Share(8, 8)) == {"shade": 4, "text": "8 of 8", "interval": "68% to 100%"}
    assert reviewpage._cell(None)["text"] == ""


def test_page_leads_from_each_figure_to_its_answers(client, educator, cohort):
    client.force_login(educator)
    page = client.get(reverse("cohort-review", args=[cohort.pk])).content.decode()
    review = cohort_review(cohort)
    behind = reverse("cohort-answers", args=[cohort.pk])
    ada = review.trainees[0]
    assert f"{behind}?trainee={ada.pk}&amp;competence={review.competences[0]}" in page
    case = review.cases[0]
    assert f"{behind}?case={case.case}" in page
    told = client.get(behind, {"case": case.case}).content.decode()
    assert case.title in told
    mine = client.get(behind, {"trainee": str(ada.pk)}).content.decode()
    assert "at first: something else entirely" in mine
    assert ">Bo<" not in mine
    assert "no answer here" in client.get(behind, {"case": "no-such-case"}).content.decode()


def test_answers_behind_a_cell_are_as_many_as_it_counts(cohort):
    for (trainee, competence), share in cohort_review(cohort).cells.items():
        found = answers_behind(cohort, trainee=trainee, competence=competence)
        assert found.right == share
        assert len(found.answers) == share.denominator


def test_cohort_that_has_not_begun_is_told_so(client, educator):
    empty = actions.create_cohort(title="Spring", by=educator, now=NOW)
    client.force_login(educator)
    assert "Nobody has answered a case yet" in client.get(reverse("cohort-review", args=[empty.pk])).content.decode()
