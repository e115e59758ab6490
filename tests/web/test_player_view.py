"""What the player shows of a case, and what it must not."""

import json

import pytest

from simlab.sittings.reading import current_step
from simlab.web.presenters import player, record
from simlab.web.presenters.trend import trend_of
from tests.factories import NOW, a_sitting, an_answer


def test_list_like_finding_keeps_its_number():
    from simlab.web.jinja import prose

    assert "4. Worst at night" in prose("4. Worst at night")


def test_markdown_lets_no_script_or_image_through():
    from simlab.web.jinja import markdown

    html = markdown("<script>alert(1)</script> ![x](https://example.org/x.png) [a](javascript:alert(1)) **b**")
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<strong>b</strong>" in html


@pytest.mark.parametrize(("age", "said"), [(67.0, "67 years"), (0.5, "six months"), (None, None)])
def test_age_is_said_in_years_or_months(age, said):
    assert player.age_words(age) == said


@pytest.mark.parametrize(
    ("value", "bounds", "flag"),
    [(42, [0, 30], "High"), (3, [4, 11], "Low"), (5, [4, 11], ""), ("trace", [0, 1], ""), (5, None, "")],
)
def test_result_is_flagged_against_its_range(value, bounds, flag):
    assert record.flag_of(value, bounds) == flag


def test_trend_needs_two_numbers():
    assert trend_of([{"date": "2026-01-01", "value": 4}], None) is None
    assert trend_of([{"date": "2026-01-01", "value": 4}, {"date": "2026-02-01", "value": "trace"}], None) is None


def test_trend_of_equal_values_is_a_level_line():
    drawn = trend_of([{"date": "2026-01-01", "value": 4}, {"date": "2026-02-01", "value": 4}], None)
    assert {point.split(",")[1] for point in drawn["points"].split()} == {"18.0"}


@pytest.mark.django_db
@pytest.mark.parametrize("arm", ["advised", "unaided"])
def test_page_before_the_answer_is_the_same_in_every_arm(client, arm):
    sitting = a_sitting(arm=arm)
    session = client.session
    session["participants"] = [str(sitting.participant_id)]
    session.save()
    html = client.get(f"/sit/{sitting.pk}/").content.decode()
    case = sitting.encounters.get().planned.case_version.content
    assert "data-advice" not in html
    assert arm not in html
    assert case["debrief"][:40] not in html
    assert json.dumps(case["reference"]["ice"]["ideas"])[1:20] not in html if case["reference"].get("ice") else True


@pytest.mark.django_db
def test_second_look_shows_the_locked_answer(client):
    from simlab.sittings import actions
    from simlab.sittings.messages import Message

    sitting = a_sitting(arm="unaided")
    message = Message.model_validate(an_answer(1, sitting.encounters.get().pk, "initial", "My own idea"))
    actions.record_batch(sitting=sitting, lease=sitting.lease, messages=[message], now=NOW)
    view = player.view_of(current_step(type(sitting).objects.with_participant().get(pk=sitting.pk)))
    assert view["own"]["differential"][0]["term"] == "My own idea"
    assert view["bar_label"] == "Your decision"
