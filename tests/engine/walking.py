"""One clinician's whole path through a drawn study, as pure steps: windows, sittings, cases, answers."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from simlab.engine import journey
from simlab.engine.calendar import current, is_over, next_opening, windows

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANSWER = {"differential": [{"term": "Gout", "icd10": None}], "confidence": 50, "management": None}


def walk(protocol, plan) -> int:
    """Sit everything that `plan` (the encounters of one slot) holds; the number of answers. Fails if no end comes."""
    arm, answers, now = plan[0].arm, 0, START
    finished, sat = {}, defaultdict(list)
    for _ in range(500):
        found = windows(protocol, finished, now, sat=sat, enrolled=START)
        if is_over(found):
            return answers
        phase = current(found)
        if phase is None:
            now = max(now, next_opening(found)[1])
            continue
        number = len(sat[phase]) + 1
        for one in [e for e in plan if (e.phase, e.sitting) == (phase, number)]:
            answers += answered(journey.structure_for(protocol, arm, one.phase, one.condition))
        now += timedelta(minutes=20)
        sat[phase].append(now)
        if number == protocol.sittings(phase):
            finished[phase] = now
    raise AssertionError("the path does not end")


def answered(structure: str) -> int:
    state, answers = journey.start(structure), 0
    while state.stage != "done":
        decision = "initial" if state.stage == "initial" else "final"
        given = journey.Given("answer", {"stage": decision, "answer": ANSWER})
        state = journey.accept(state, given).state
        answers += 1
    return answers
