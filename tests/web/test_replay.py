"""Replaying a sitting: told by its page without JavaScript, and closed where it would tell what is hidden."""

import pytest

from simlab.sittings import actions
from simlab.sittings.messages import Message
from simlab.studies.models import Study
from tests.factories import NOW, a_message, a_participant, a_sitting, a_study, a_user, an_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def sat(client):
    """A sitting of a study whose owner is logged in, with an opened part and an answer."""
    owner = a_user()
    client.force_login(owner)
    sitting = a_sitting(a_participant(a_study(by=owner)))
    case = sitting.encounters.open().get().pk
    sent = [a_message(1, "event", case, name="paint", state="initial"),
            a_message(2, "event", case, name="opened-item", item="history"),
            an_answer(3, case, term="Gout", confidence=60)]  # fmt: skip
    parsed = [Message.model_validate(one) for one in sent]
    actions.record_batch(sitting=sitting, lease=sitting.lease, messages=parsed, now=NOW)
    return sitting


def address(sitting, one=True) -> str:
    return f"/studies/{sitting.participant.study_id}/replay/" + (f"{sitting.pk}/" if one else "")


def test_the_page_tells_every_frame(client, sat):
    page = client.get(address(sat)).content.decode()
    for words in ("The page was drawn", "Opened: history", "First answer: Gout (confidence 60)"):
        assert f"<td>{words}</td>" in page
    assert page.count("data-frame=") == 3
    assert address(sat) in client.get(address(sat, one=False)).content.decode()
    assert address(sat, one=False) in client.get(f"/studies/{sat.participant.study_id}/run/").content.decode()


def test_nothing_is_replayed_while_the_arms_of_a_trial_are_hidden(client, sat, monkeypatch):
    monkeypatch.setattr(Study, "hides_arms", property(lambda _: True))  # a launched study never changes its kind
    answer = client.get(address(sat))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "opens when the study is unblinded" in page
    assert "Opened: history" not in page
    assert address(sat) not in client.get(address(sat, one=False)).content.decode()


def test_whoever_does_not_want_their_answers_used_is_not_replayed(client, sat):
    actions.withdraw(participant=sat.participant, now=NOW, choice="stop")
    assert client.get(address(sat)).status_code == 404


def test_a_sitting_is_not_reached_through_another_study_or_by_a_stranger(client, sat):
    other = a_study(by=a_user())
    assert client.get(f"/studies/{other.pk}/replay/{sat.pk}/").status_code == 404
    client.force_login(a_user())
    assert client.get(address(sat)).status_code == 404
