"""What somebody writes for themselves after the debrief."""

import pytest

from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.reflections import Reflection, reflections_of
from tests.factories import DAY, NOW, a_participant, a_sitting, sit_through

pytestmark = pytest.mark.django_db
AFTER = NOW + 30 * DAY


@pytest.fixture
def debriefed():
    participant = a_participant(arm="advised")
    sit_through(participant, NOW)
    return participant


def write(participant, text, now=AFTER, **more):
    return actions.write_reflection(participant=participant, text=text, now=now, **more)


def refused(participant, text="Ask earlier.", now=AFTER, **more):
    with pytest.raises(Refused) as fault:
        write(participant, text, now, **more)
    assert not Reflection.objects.exists()
    return fault.value.code


def test_each_version_is_kept_and_the_same_words_are_no_version(debriefed):
    case = debriefed.sittings.get().encounters.order_by("position").first()
    write(debriefed, " Ask earlier. \r\nAlways.")
    assert write(debriefed, "Ask earlier. \nAlways.") is None
    write(debriefed, "Ask at once.", AFTER + DAY)
    write(debriefed, "I stopped too soon.", encounter=case.pk)
    found = reflections_of(debriefed)
    assert [one.text for one in found[None]] == ["Ask earlier. \nAlways.", "Ask at once."]
    assert [one.text for one in found[case.pk]] == ["I stopped too soon."]


def test_nothing_is_kept_without_a_debrief_or_words_or_for_somebody_elses_case(debriefed):
    assert refused(debriefed, now=NOW + DAY) == "debrief-not-yet"
    assert refused(debriefed, " \n") == "no-words"
    assert refused(debriefed, "x" * 4001) == "too-long"
    other = a_sitting().encounters.get()
    assert refused(debriefed, encounter=other.pk) == "not-debriefed"


def test_whoever_has_left_is_asked_for_nothing_more(debriefed):
    actions.withdraw(participant=debriefed, now=NOW)
    assert refused(debriefed) == "left"


def test_erasing_takes_the_reflections_too(debriefed):
    case = debriefed.sittings.get().encounters.first()
    write(debriefed, "Ask earlier.")
    write(debriefed, "Here too.", encounter=case.pk)
    actions.withdraw(participant=debriefed, now=AFTER, choice="erase")
    assert not Reflection.objects.exists()
