from datetime import UTC, datetime, timedelta

import pytest

from simlab.engine.calendar import Window, current, debrief_phases, is_over, next_opening, time_to, windows
from simlab.engine.protocol import load_protocol, parse_protocol
from tests.engine.conftest import ROOT

DAY = timedelta(days=1)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


def states(found):
    return {phase: window.state for phase, window in found.items()}


def test_only_the_first_phase_is_open_at_enrolment(demo):
    found = windows(demo, {}, START)
    assert states(found) == dict.fromkeys(demo.phase_names, "waiting") | {"baseline": "open"}
    assert found["baseline"] == Window(None, None, "open")
    assert found["exposure"].opens is None
    assert current(found) == "baseline"
    assert next_opening(found) is None


def test_next_phase_opens_when_the_one_before_is_finished(demo):
    found = windows(demo, {"baseline": START}, START)
    assert found["baseline"].state == "finished"
    assert current(found) == "exposure"
    assert found["exposure"].opens == START


RETENTION_DONE = {"baseline": START, "exposure": START, "withdrawal": START}


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (28 * DAY - timedelta(seconds=1), "waiting"),
        (28 * DAY, "open"),
        (35 * DAY, "open"),
        (35 * DAY + timedelta(seconds=1), "missed"),
    ],
)
def test_window_opens_and_closes_to_the_second(demo, after, state):
    found = windows(demo, RETENTION_DONE, START + after)
    assert found["retention"] == Window(START + 28 * DAY, START + 35 * DAY, state)


def test_waiting_phase_says_when_it_opens(demo):
    found = windows(demo, RETENTION_DONE, START + DAY)
    assert current(found) is None
    assert next_opening(found) == ("retention", START + 28 * DAY)
    assert time_to(START + 28 * DAY, START + DAY) == 27 * DAY
    assert time_to(None, START) == timedelta(0)
    assert not is_over(found)


def test_missed_phase_ends_the_study_when_it_is_the_last(demo):
    found = windows(demo, RETENTION_DONE, START + 40 * DAY)
    assert is_over(found)
    assert debrief_phases(demo, found) == demo.phase_names


def test_phase_after_a_missed_one_counts_from_its_closing(demo_text):
    text = demo_text.replace("opens: after exposure", "opens: 1d after exposure\n    window: 2d")
    demo = parse_protocol(text)
    found = windows(demo, {"baseline": START, "exposure": START}, START + 10 * DAY)
    assert found["withdrawal"].state == "missed"
    assert found["retention"].opens == START + (1 + 2 + 28) * DAY


def test_phase_finished_late_in_its_window_stays_finished(demo):
    found = windows(demo, RETENTION_DONE | {"retention": START + 35 * DAY}, START + 90 * DAY)
    assert found["retention"].state == "finished"
    assert is_over(found)


def test_sittings_keep_their_distance(demo_text):
    text = demo_text.replace("opens: after baseline", "opens: after baseline\n    sittings: 3\n    every: 7d")
    demo = parse_protocol(text)
    sat = {"exposure": [START, START + 8 * DAY]}
    found = windows(demo, {"baseline": START}, START + 9 * DAY, sat=sat)
    assert found["exposure"] == Window(START + 15 * DAY, None, "waiting")
    assert next_opening(found) == ("exposure", START + 15 * DAY)
    assert windows(demo, {"baseline": START}, START + 15 * DAY, sat=sat)["exposure"].state == "open"


def test_window_of_the_first_phase_counts_from_enrolment(demo_text):
    demo = parse_protocol(demo_text.replace("  baseline:\n", "  baseline:\n    window: 3d\n"))
    assert windows(demo, {}, START + DAY, enrolled=START)["baseline"] == Window(START, START + 3 * DAY, "open")
    assert windows(demo, {}, START + 4 * DAY, enrolled=START)["baseline"].state == "missed"


def test_debrief_waits_for_the_last_window_of_a_trial(demo):
    assert debrief_phases(demo, windows(demo, RETENTION_DONE, START)) == ()


def test_debrief_comes_at_once_to_who_leaves(demo):
    assert debrief_phases(demo, windows(demo, {"baseline": START}, START), left=True) == demo.phase_names


def test_training_is_debriefed_phase_by_phase():
    training = load_protocol(ROOT / "protocols" / "training")
    assert debrief_phases(training, windows(training, {}, START)) == ()
    assert debrief_phases(training, windows(training, {"alone": START}, START)) == ("alone",)
