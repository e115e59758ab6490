"""Whose decisions a comparison uses: populations by rule, with the reason for everybody left out.

allocated: everybody, in the arm of the draw. exposed: made a decision in every phase with advice, and was shown advice
where the arm has it. per-protocol: completed every case up to the comparison, saw all advice that was planned and none
that was not, and came in time. Rules look at what happened, never at whether answers were right.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from simlab.stats.planfile import Plan, PopulationName, Primary
from simlab.stats.prepare import Mask, in_cells, yes
from simlab.stats.result import Table

RULES: Mapping[PopulationName, str] = {
    "allocated": "everybody allocated, in the arm of the draw",
    "exposed": "those who made a decision in each phase with advice, and were shown advice where their arm has it",
    "per-protocol": (
        "those who completed every case up to the comparison, were shown all advice that was planned and none that was "
        "not, and came in time"
    ),
}


def exposure_phases(plan: Plan, primary: Primary) -> tuple[str, ...]:
    """The phases before the comparison in which one of its arms is given advice."""
    before = plan.phases[: plan.phases.index(primary.phase)]
    return tuple(phase for phase in before if any(plan.aided(arm, phase) for arm in primary.between))


def left_out(
    encounters: pd.DataFrame, plan: Plan, primary: Primary, name: PopulationName, phases: Sequence[str]
) -> dict[str, str]:
    """Participant → the first rule of the population that they do not meet; `phases` are those of the comparison."""
    between = encounters[encounters["arm"].isin(primary.between)]
    reasons: dict[str, str] = {}
    for reason, people in _failing(between, plan, primary, name, phases):
        for person in people:
            reasons.setdefault(str(person), reason)
    return reasons


def _failing(
    rows: pd.DataFrame, plan: Plan, primary: Primary, name: PopulationName, phases: Sequence[str]
) -> Iterator[tuple[str, "pd.Series[str] | set[str]"]]:
    exposure = exposure_phases(plan, primary)
    if name == "exposed":
        for phase in exposure:
            yield f"made no decision in {phase}", _without(rows, _in(rows, phase) & _complete(rows))
            shown = _in(rows, phase) & _complete(rows) & yes(rows["advice_shown"])
            yield f"was shown no advice in {phase}", _without(rows, shown | ~_arms(rows, plan, phase))
    if name == "per-protocol":
        wanted = [p for p in plan.phases if p in {*exposure, *phases}]
        for phase in wanted:
            whole = ~_in(rows, phase) | _complete(rows)
            yield f"did not complete {phase}", _any(rows, ~whole) | _without(rows, _in(rows, phase))
        yield from _against_protocol(rows, plan, wanted)


def _against_protocol(rows: pd.DataFrame, plan: Plan, phases: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    for phase in phases:
        planned = _arms(rows, plan, phase)
        yield f"was not shown all advice in {phase}", _any(rows, unshown(rows, plan, phase))
        strayed = _in(rows, phase) & ~planned & yes(rows["advice_shown"])
        yield f"was shown advice in {phase}, where none was planned", _any(rows, strayed)
    yield "came late", _any(rows, late(rows, plan) & rows["phase"].isin(list(phases)).to_numpy(dtype=bool))


def _in(rows: pd.DataFrame, phase: str) -> Mask:
    return (rows["phase"] == phase).to_numpy(dtype=bool)


def _arms(rows: pd.DataFrame, plan: Plan, phase: str) -> Mask:
    """Rows of people whose arm is given advice in that phase, whatever phase the row is of."""
    return rows["arm"].isin(plan.advised.get(phase, ())).to_numpy(dtype=bool)


def _complete(rows: pd.DataFrame) -> Mask:
    return (rows["status"] == "complete").to_numpy(dtype=bool)


def _any(rows: pd.DataFrame, mask: Mask) -> set[str]:
    return set(rows.loc[mask, "participant"])


def _without(rows: pd.DataFrame, mask: Mask) -> set[str]:
    """People none of whose rows is in the mask."""
    return set(rows["participant"]) - _any(rows, mask)


def unshown(rows: pd.DataFrame, plan: Plan, phase: str) -> Mask:
    """Complete decisions of the phase for which advice was planned and not shown."""
    return _in(rows, phase) & _arms(rows, plan, phase) & _complete(rows) & ~yes(rows["advice_shown"])


def late(rows: pd.DataFrame, plan: Plan) -> Mask:
    """Decisions of a sitting that began after the window of its phase; False where no day was recorded."""
    made = np.zeros(len(rows), dtype=bool)
    day = rows["day"].where(_complete(rows))
    began = day.groupby([rows["participant"], rows["phase"], rows["sitting"]], dropna=False).transform("min")
    for phase, window in plan.windows.items():
        anchor = day[_in(rows, window.after)].groupby(rows["participant"]).max()
        closes = rows["participant"].map(anchor) + window.days
        made |= _in(rows, phase) & (began > closes).to_numpy(dtype=bool)
    return made


def table(encounters: pd.DataFrame, plan: Plan, primary: Primary, phases: Sequence[str]) -> Table:
    """Every population by arm: how many clinicians are in it, and how many are not and why."""
    made: list[tuple[str, str, str, int]] = []
    people = in_cells(encounters, *((arm, phase) for arm in primary.between for phase in plan.phases))
    arm_of = dict(zip(people["participant"], people["arm"], strict=True))
    for name in RULES:
        reasons = left_out(encounters, plan, primary, name, phases)
        for arm in primary.between:
            own = [person for person, its in arm_of.items() if its == arm]
            made.append((name, arm, "used", sum(person not in reasons for person in own)))
            counts: dict[str, int] = {}
            for reason in (reasons[person] for person in own if person in reasons):
                counts[reason] = counts.get(reason, 0) + 1
            made += [(name, arm, f"left out: {reason}", n) for reason, n in counts.items()]
    return Table("populations", ("population", "arm", "clinicians", "n"), tuple(made))
