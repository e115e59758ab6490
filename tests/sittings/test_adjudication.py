"""Two raters, a third where they differ, and verdicts that count from then on."""

import pytest
from django.db import IntegrityError, transaction

from simlab.analyses.extract import analysis_table
from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.adjudication import items_of, judged_of, next_for, pairs_of
from simlab.sittings.models import Decision, Rating, Verdict
from tests.factories import NOW, a_participant, a_study, a_user, sit_through

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    """Everybody wrote “Podagra” in every case, which the list of conditions does not hold."""
    made = a_study()
    for _ in range(2):
        sit_through(a_participant(made), NOW, term="Podagra!")
    return made


def rate(study, item, right, by):
    return actions.rate_text(study=study, case_id=item.case.id, text=item.text, right=right, by=by, now=NOW)


def test_each_text_waits_once_for_each_case_and_known_names_do_not(study):
    items = items_of(study)
    assert {item.text for item in items} == {"podagra"}
    assert len(items) == len({item.case.id for item in items})
    assert sum(item.answers for item in items) == Decision.objects.count()
    known = a_study()
    sit_through(a_participant(known), NOW, term="Gout")
    assert items_of(known) == []


def test_two_who_agree_settle_a_text_and_a_third_settles_a_dispute(study):
    one, two, three = a_user(), a_user(), a_user()
    item = next_for(items_of(study), one)
    rate(study, item, True, one)
    assert rate(study, item, True, one) == Rating.objects.get()
    rate(study, item, False, two)
    disputed = next_for(items_of(study), three)
    assert (disputed.case.id, disputed.is_disputed) == (item.case.id, True)
    assert item.case.id not in {found.case.id for found in [next_for(items_of(study), one)] if found}
    rate(study, disputed, True, three)
    (settled,) = [found for found in items_of(study) if found.settled is not None]
    assert settled.settled is True
    (pair,) = pairs_of(items_of(study))
    assert all(type(one) is bool for one in pair)
    with pytest.raises(Refused) as late:
        rate(study, settled, True, a_user())
    assert late.value.code == "already-decided"


def test_rating_is_not_changed_and_text_nobody_gave_is_refused(study):
    rater = a_user()
    item = items_of(study)[0]
    rate(study, item, True, rater)
    with pytest.raises(Refused, match="cannot be changed"):
        rate(study, item, False, rater)
    with pytest.raises(Refused, match="Nobody has given"):
        actions.rate_text(study=study, case_id=item.case.id, text="flu", right=True, by=rater, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.update(right=False)


def test_verdicts_count_for_earlier_answers_once_they_are_used(study):
    one, two = a_user(), a_user()
    with pytest.raises(Refused, match="no new text"):
        actions.apply_verdicts(study=study, by=one, now=NOW)
    before = list(Decision.objects.order_by("pk").values_list("answer", flat=True))
    item = items_of(study)[0]
    rate(study, item, True, one)
    rate(study, item, True, two)
    assert judged_of(study) == {}
    assert not analysis_table(study)["final_correct"].fillna(False).any()
    done = actions.apply_verdicts(study=study, by=one, now=NOW)
    assert (done.texts, done.answers) == (1, item.answers)
    assert judged_of(study) == {item.case.id: {"podagra": True}}
    table = analysis_table(study)
    right = table[table["final_correct"].fillna(False)]
    assert set(right["case"]) == {item.case.id}
    assert set(right["score"]) == {1.0}
    assert (right["final"] == right["truth"]).all()
    assert list(Decision.objects.order_by("pk").values_list("answer", flat=True)) == before
    with pytest.raises(IntegrityError), transaction.atomic():
        Verdict.objects.all().delete()
