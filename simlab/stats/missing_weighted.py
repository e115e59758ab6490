"""The primary comparison weighted for those who left, by how likely each was to stay."""

import numpy as np
import pandas as pd

from simlab.stats import deskilling, populations
from simlab.stats.dropout_weights import LARGEST_WEIGHT, Staying, staying, weighted
from simlab.stats.intervals import CannotFit, Codes
from simlab.stats.modelling import sites
from simlab.stats.planfile import Plan, Primary
from simlab.stats.prepare import Sieved, sieve, yes
from simlab.stats.sensitivity import SUCH, Way


def weighted_way(encounters: pd.DataFrame, planned: Sieved, plan: Plan, primary: Primary) -> Way:
    """The primary question by weighted regression; `planned` has `unanswered` decisions, which it leaves out."""
    label = "Those who stayed weighted for those who left"
    rows = planned.rows[~planned.rows["unanswered"].to_numpy(dtype=bool)].reset_index(drop=True)
    try:
        people, model, told = _staying(encounters, planned.rows, plan, primary)
        used = rows[rows["participant"].isin(people)].reset_index(drop=True)
        design = deskilling.design_of(used, plan, primary, primary.phase)
        place = np.searchsorted(np.array(people), used["participant"].to_numpy(dtype=str)).astype(np.int64)
        cases = np.unique(used["case"].to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)
        units, after = _units(planned.rows, people, plan), design.x[:, 1]
        fit = weighted(design.y, design.x, place, model, after, cases=cases, units=units, estimated=False)
    except (CannotFit, np.linalg.LinAlgError) as refusal:
        return Way("weighted", label, SUCH, planned, None, str(refusal))
    lost = planned.rows["unanswered"].to_numpy(dtype=bool)
    alone = ~planned.rows["participant"].isin(people)
    left = sieve(planned.rows, [("missing: others stand for it", lost), ("clinician without a baseline", alone)])
    about = Sieved(used, planned.dropped + left.dropped)
    if fit.largest_weight > LARGEST_WEIGHT:
        why = f"one clinician would stand for {fit.largest_weight:.0f}: those who left are too unlike those who stayed"
        return Way("weighted", label, SUCH, about, None, why)
    method = (
        f"logistic regression weighted by 1 / probability of staying given {told} (largest weight "
        f"{fit.largest_weight:.1f}), weights as known, covariance clustered on clinician and case, "
        f"t with {fit.clusters - 1} df"
    )
    found = fit.difference(np.ones(3), np.array([1.0, 1.0, 0.0]), level=plan.level, method=method)
    return Way("weighted", label, SUCH, about, found)


def _units(rows: pd.DataFrame, people: list[str], plan: Plan) -> Codes | None:
    """The site of each clinician where sites were allocated."""
    found = sites(rows, plan)
    if found is None:
        return None
    site_of = dict(zip(rows["participant"], found, strict=True))
    return np.unique([site_of[person] for person in people], return_inverse=True)[1].astype(np.int64)


def _staying(
    encounters: pd.DataFrame, planned: pd.DataFrame, plan: Plan, primary: Primary
) -> tuple[list[str], Staying, str]:
    """Clinicians with a baseline, the model of who has any decision in the primary phase, and what it rests on."""
    answered = planned[~planned["unanswered"].to_numpy(dtype=bool)]
    share = {phase: _shares(answered, phase) for phase in (primary.adjusted_for,)}
    told = ["arm", f"share right in {primary.adjusted_for}"]
    people = sorted(share[primary.adjusted_for])
    arm_of = dict(zip(planned["participant"], planned["arm"], strict=True))
    columns = [
        np.ones(len(people)),
        np.array([float(arm_of[person] == primary.between[1]) for person in people]),
        np.array([share[primary.adjusted_for][person] for person in people]),
    ]
    stayers = set(answered.loc[answered["phase"] == primary.phase, "participant"])
    done = encounters[(encounters["status"] == "complete") & encounters["final_correct"].notna()]
    for phase in populations.exposure_phases(plan, primary):
        own = _shares(done, phase)
        known = np.array([person in own for person in people])
        if known.any():
            middle = float(np.mean(list(own.values())))
            columns.append(np.array([own.get(person, middle) for person in people]))
            told.append(f"share right in {phase}")
            gone = (~known).astype(np.float64)
            if gone.sum() > 0 and {person for person, k in zip(people, known, strict=True) if not k} & stayers:
                columns.append(gone)
    z = np.column_stack([column for place, column in enumerate(columns) if place == 0 or np.ptp(column) > 0])
    stayed = np.array([float(person in stayers) for person in people])
    return people, staying(stayed, z), ", ".join(told)


def _shares(rows: pd.DataFrame, phase: str) -> dict[str, float]:
    of = rows[rows["phase"] == phase]
    right = pd.Series(yes(of["final_correct"]).astype(np.float64), index=of["participant"].to_numpy())
    return {str(person): float(value) for person, value in right.groupby(level=0).mean().items()}
