"""One whole study by one person, through the actions."""

import pytest

from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.debrief import debrief
from simlab.sittings.models import Decision, Encounter, Exposure
from simlab.sittings.reading import current_step, home
from tests.factories import DAY, NOW, a_participant, sit_through

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("arm", "decisions"), [("advised", 4), ("unaided", 4)])
def test_study_is_sat_in_both_arms(arm, decisions):
    participant = a_participant(arm=arm)
    first = sit_through(participant, NOW)
    assert first.completed_at == NOW
    assert Decision.objects.filter(encounter__sitting=first).count() == decisions
    with pytest.raises(Refused) as waiting:
        actions.open_sitting(participant=participant, now=NOW + DAY)
    assert waiting.value.code == "not-open"
    assert "30 November 2026" in waiting.value.message
    second = sit_through(participant, NOW + 7 * DAY)
    assert second.structure == "unaided"
    participant.refresh_from_db()
    assert participant.state == "completed"
    assert participant.ended_at == NOW + 7 * DAY
