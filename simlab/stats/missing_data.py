"""The primary comparison when decisions are missing: imputed, weighted, and pushed until it tips.

Every way answers on the scale of the primary, beside it. The first two let the missing depend on what was seen; the
third asks how unlike the seen they would have to be for the conclusion to change (National Research Council 2010).
"""

from dataclasses import replace

import pandas as pd

from simlab.stats import contrasts, deskilling, estimand, populations
from simlab.stats.accuracy import DF, unreadable
from simlab.stats.glmm import GlmmFit
from simlab.stats.missing_imputed import Filled, imputed
from simlab.stats.missing_tipping import tipping
from simlab.stats.missing_weighted import weighted_way
from simlab.stats.modelling import Naming, fitted
from simlab.stats.planfile import Plan, Primary
from simlab.stats.prepare import Prepared, Sieved, in_cells, sieve
from simlab.stats.result import Analysis, Convergence, Estimate, Table
from simlab.stats.sensitivity import SUCH, Way, disagreement, shown

TITLE = "The primary comparison when decisions are missing"
EVENT_OF = {"missing": "drop_out", "timed-out": "time_out", "skipped": "skipped_case"}


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """The primary, its imputed and its weighted form, and the tipping points; each with what it disagrees on."""
    primary = plan.primary
    if primary is None:
        return unreadable(
            "missing-data", TITLE, "The plan names no primary contrast that missing decisions could touch."
        )
    phases = (primary.adjusted_for, primary.phase)
    kept = estimand.chosen(prepared.encounters, plan, primary, phases)
    if why := deskilling.absent(kept.rows, primary, phases):
        return unreadable("missing-data", TITLE, why)
    whole = planned(prepared.encounters, plan, primary)
    counts = _counts(whole.rows, plan, primary)
    if not whole.rows["unanswered"].any():
        said = "No planned decision of the primary comparison is missing in a way that the plan lets be filled in."
        return Analysis("missing-data", TITLE, warnings=(said,), tables=(counts,))
    first = _primary(kept, plan, primary)
    way, filled = imputed(whole, prepared.encounters, plan, primary)
    ways = [first, way, weighted_way(prepared.encounters, whole, plan, primary)]
    tipped, tips = tipping(filled, plan, primary)
    told = [_said(first, way, plan, primary) for way in ways[1:]]
    apart = [f"{way.label}: {said}." for way, said in zip(ways[1:], told, strict=True) if said]
    sentence = " ".join([_agreement(ways, apart), *tips])
    tables = (Table("verdict", ("sentence",), ((sentence,),)), _table(ways, plan, primary), counts, *tipped)
    judged = filled.convergence if isinstance(filled, Filled) else Convergence(False, "not fitted", filled)
    return Analysis("missing-data", TITLE, tuple(_estimate(way) for way in ways), judged, tuple(apart), tables)


def _said(first: Way, way: Way, plan: Plan, primary: Primary) -> str | None:
    return disagreement(first.found, way.found, primary, plan.alpha)


def planned(encounters: pd.DataFrame, plan: Plan, primary: Primary) -> Sieved:
    """Every planned decision of the comparison, `unanswered` where it is missing and may be filled in.

    What the plan scores as wrong stays so; what it leaves out stays out.
    """
    open_to = [status for status, event in EVENT_OF.items() if getattr(primary.intercurrent, event) == "hypothetical"]
    lost = encounters["status"].isin(open_to)
    # Filled with "wrong" only so that nothing else is left out; no value of these is ever used.
    rows = encounters.assign(
        unanswered=lost,
        status=encounters["status"].mask(lost, "complete"),
        final_correct=encounters["final_correct"].mask(lost, False),
    )
    phases = (primary.adjusted_for, primary.phase)
    made = estimand.chosen(rows, plan, primary, phases, population="allocated")
    if primary.population == "allocated":
        return made
    out = populations.left_out(encounters, plan, primary, primary.population, phases)
    why = made.rows["participant"].map(out)
    tests = [(f"clinician {reason}", why == reason) for reason in dict.fromkeys(out.values())]
    again = sieve(made.rows, tests)
    return Sieved(again.rows, made.dropped + again.dropped)


def _counts(rows: pd.DataFrame, plan: Plan, primary: Primary) -> Table:
    made = []
    for phase in (primary.adjusted_for, primary.phase):
        for arm in primary.between:
            cell = in_cells(rows, (arm, phase))
            lost = cell["unanswered"].to_numpy(dtype=bool)
            whole = set(cell["participant"]) - set(cell.loc[~lost, "participant"])
            made.append((phase, arm, len(cell), int(lost.sum()), float(lost.mean()) if len(cell) else None, len(whole)))
    columns = ("phase", "arm", "planned decisions", "missing", "share missing", "clinicians with none")
    return Table("missing decisions", columns, tuple(made))


def _primary(kept: Sieved, plan: Plan, primary: Primary) -> Way:
    designs: list[contrasts.Design] = []

    def fit() -> GlmmFit:
        designs.append(deskilling.design_of(kept.rows, plan, primary, primary.phase))
        return contrasts.fit(designs[0])

    model = fitted(fit)
    if model.fit is None or not model.readable:
        why = f"the model is {model.convergence.verdict}: {model.convergence.detail}"
        return Way("primary", "Primary, as planned", SUCH, kept, None, why)
    found = contrasts.deskilling(model.fit, designs[0], level=plan.level, df=DF)
    return Way("primary", "Primary, as planned", SUCH, kept, found)


def _agreement(ways: list[Way], apart: list[str]) -> str:
    done = [way for way in ways[1:] if way.found is not None]
    if ways[0].found is None:
        return "The primary model may not be read, so there is nothing for the other ways to agree with."
    if apart:
        return " ".join(apart)
    undone = [f"{way.label}: not done, {way.why}." for way in ways[1:] if way.found is None]
    words = {0: "", 1: "The other way agrees with the primary.", 2: "Both other ways agree with the primary."}
    return " ".join([words[len(done)], *undone]).strip()


_COLUMNS = ("analysis", "speaks of", "estimate", "low", "high", "p", "claim shown", "in words")


def _table(ways: list[Way], plan: Plan, primary: Primary) -> Table:
    rows: list[tuple[object, ...]] = []
    for way in ways:
        if way.found is None:
            rows.append((way.label, way.speaks_of, None, None, None, None, None, f"Not done: {way.why}"))
            continue
        said = "the answer of the plan" if way is ways[0] else _said(ways[0], way, plan, primary) or "agrees"
        found = way.found
        ok = shown(found, primary, plan.alpha)
        rows.append(
            (way.label, way.speaks_of, found.value, found.low, found.high, found.p, ok, said[:1].upper() + said[1:])
        )
    return Table("sensitivity", _COLUMNS, tuple(rows))


def _estimate(way: Way) -> Estimate:
    name, naming = f"difference/{way.name}", Naming(way.found.level if way.found else 0.0, way.about)
    if way.found is None:
        made = naming.withheld(name, way.label, "difference", Convergence(False, "not fitted", way.why or ""))
        return replace(made, note=f"Not done: {way.why}")
    return naming.estimate(name, way.label, way.found, "difference")
