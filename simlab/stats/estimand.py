"""The primary estimand as ICH E9(R1) asks for it: which rows it uses, and the same said in words."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from simlab.stats import populations
from simlab.stats.intercurrent import EVENTS, TOLD
from simlab.stats.planfile import Plan, PopulationName, Primary
from simlab.stats.prepare import NOT_COMPLETE, Mask, Sieved, in_cells, incomplete, sieve, yes
from simlab.stats.result import Table

# The event that a status stands for.
_EVENT_OF = {"missing": "drop_out", "timed-out": "time_out", "skipped": "skipped_case"}
# Fewer than this say little of other cases or clinicians, whatever the model assumes.
FEW_CASES = 12
FEW_CLINICIANS = 12


def chosen(
    encounters: pd.DataFrame,
    plan: Plan,
    primary: Primary,
    phases: Sequence[str],
    population: PopulationName | None = None,
) -> Sieved:
    """Judged unaided decisions of the two arms in these phases, after population and events; every loss has a reason.

    `population` stands in for the plan's own. A decision that saw advice where none was planned is no unaided one.
    """
    here = _scored(in_cells(encounters, *((arm, phase) for arm in primary.between for phase in phases)), primary)
    out = _people_out(encounters, plan, primary, phases, population or primary.population)
    why = here["participant"].map(out)
    late = (
        populations.late(encounters, plan)[here.index.to_numpy()] if _drops_late(primary) else np.zeros(len(here), bool)
    )
    tests: list[tuple[str, pd.Series | Mask]] = [
        *((f"clinician {reason}", why == reason) for reason in dict.fromkeys(out.values())),
        *incomplete(here),
        ("last answer without a verdict", here["final_correct"].isna()),
        ("advice was shown in a phase without advice", yes(here["advice_shown"])),
        ("made after the window of its phase", late),
    ]
    return sieve(here, tests)


def _drops_late(primary: Primary) -> bool:
    return primary.intercurrent.late_retention == "exclude"


def _asking(primary: Primary, strategy: str) -> list[str]:
    """The statuses whose event the plan handles in this way."""
    return [status for status, event in _EVENT_OF.items() if getattr(primary.intercurrent, event) == strategy]


def _scored(rows: pd.DataFrame, primary: Primary) -> pd.DataFrame:
    failed = rows["status"].isin(_asking(primary, "composite-failure"))
    return rows.assign(
        status=rows["status"].mask(failed, "complete"), final_correct=rows["final_correct"].mask(failed, False)
    )


def _people_out(
    encounters: pd.DataFrame, plan: Plan, primary: Primary, phases: Sequence[str], population: PopulationName
) -> Mapping[str, str]:
    out = populations.left_out(encounters, plan, primary, population, phases)
    between = encounters[encounters["arm"].isin(primary.between)]
    for status in _asking(primary, "exclude"):
        having = (between["status"] == status) & between["phase"].isin(list(phases))
        for person in between.loc[having, "participant"]:
            out.setdefault(person, f"with a case {NOT_COMPLETE[status]}")
    if primary.intercurrent.advice_not_shown == "exclude":
        for phase in populations.exposure_phases(plan, primary):
            for person in between.loc[populations.unshown(between, plan, phase), "participant"]:
                out.setdefault(person, f"was not shown all advice in {phase}")
    reached = plan.phases[: 1 + max(plan.phases.index(phase) for phase in phases)]
    for event, words in TOLD.items():
        if getattr(primary.intercurrent, event) == "exclude":
            for person in between.loc[yes(between[event]) & between["phase"].isin(reached), "participant"]:
                out.setdefault(person, words)
    return out


def _untold(event: str, rows: pd.DataFrame) -> str:
    """What must be added where nobody among those used was asked about an event that only they can tell of."""
    return "; nobody among those used was asked" if event in TOLD and rows[event].isna().all() else ""


def speaks_of(rows: pd.DataFrame) -> str:
    """What the mixed model generalises to, with the numbers that this rests on."""
    cases, people = int(rows["case"].nunique()), int(rows["participant"].nunique())
    said = f"such cases and such clinicians as these {cases} cases and {people} clinicians were drawn from"
    if cases < FEW_CASES:
        said += f"; {cases} cases are too few to say much about others"
    if people < FEW_CLINICIANS:
        said += f"; {people} clinicians are too few to say much about others"
    return said


_CLAIMS = {
    "noninferiority": "no loss of {margin:g} percentage points or more",
    "superiority": "an advantage of the second arm",
    "difference": "a difference in either direction",
}


def table(plan: Plan, primary: Primary, later: str, rows: pd.DataFrame) -> Table:
    """The estimand in words, one attribute a row; `rows` are the decisions used."""
    control, exposed = primary.between
    where = ", ".join(populations.exposure_phases(plan, primary)) or "an earlier phase"
    margin = 100 * primary.margin if primary.margin is not None else 0.0
    events = primary.intercurrent
    right = f"first choice of the last answer is right, unaided, in {later}; both arms have one {primary.adjusted_for}"
    made = [
        ("population", primary.population, populations.RULES[primary.population]),
        ("treatment", f"{exposed} against {control}", f"what each arm was given in {where}"),
        ("variable", primary.variable, right),
        ("summary measure", primary.summary, "probability right, second arm minus first, over clinicians and cases"),
        ("claim", primary.claim, _CLAIMS[primary.claim].format(margin=margin)),
        *(
            (name.replace("_", " "), getattr(events, name), f"{words}: {events.words(name)}{_untold(name, rows)}")
            for name, (words, _) in EVENTS.items()
        ),
        ("advice where none was planned", "decision left out", "the decision is not an unaided one"),
        ("generalises to", "such cases", speaks_of(rows)),
    ]
    return Table("estimand", ("attribute", "choice", "in words"), tuple(made))
