"""Reliance in a mapped table: what was done with advice, telling good advice from bad, and what advice was worth."""

from dataclasses import replace

from simlab.stats import complementarity, detection, foreign_counts, reliance
from simlab.stats.foreign_counts import Counted
from simlab.stats.foreign_encounters import Encounters, agreement
from simlab.stats.foreign_mapping import Mapping
from simlab.stats.prepare import sieve, yes
from simlab.stats.reliance import MEASURES
from simlab.stats.result import Analysis, Estimate

# Measures that need verdicts alone, not whether two answers are the same.
OF_VERDICTS = (
    "rair",
    "rsr",
    "over-conditional",
    "under-conditional",
    "positive-consultation",
    "negative-consultation",
    "both-right",
    "both-wrong",
)


def analyse(whole: Encounters, targets: frozenset[str], mapping: Mapping) -> list[Analysis]:
    """Reliance measures, d′ and criterion, complementarity, and agreement with advice that was and was not shown."""
    made, labelled = agreement(whole, mapping)
    found = reliance.analyse(made.prepared(), made.plan(mapping, ["reliance"]))
    if not labelled:
        found = _of_verdicts(found)
    done = [found, *_discernment(found), *_together(made)]
    return done + (_shown_or_not(made, targets, mapping) if labelled else [])


def _of_verdicts(found: Analysis) -> Analysis:
    kept = tuple(e for e in found.estimates if e.name.split("/")[0] in OF_VERDICTS)
    left = ", ".join(m.name for m in MEASURES if m.name not in OF_VERDICTS)
    says = (
        f"Labels of answers and advice are not mapped, so these are left out: {left}. Map initial, advice and final, "
        "or say `options: 2` if there were two possible answers."
    )
    return replace(found, estimates=kept, warnings=(*found.warnings, says))


def _discernment(found: Analysis) -> list[Analysis]:
    """Signal detection on decisions where advice and first answer differ in being right."""
    by_name = {e.name: e for e in found.estimates}
    hits, false_alarms = by_name.get("rair"), by_name.get("over-conditional")
    if hits is None or false_alarms is None:
        return []
    counts = [round(v or 0) for e in (hits, false_alarms) for v in (e.numerator, e.denominator)]
    made = detection.discernment(*counts)
    if made is None:
        return []
    n = counts[1] + counts[3]
    method = "pooled over participants, log-linear correction, no interval"
    return [
        Analysis(
            "discernment",
            "Telling good advice from bad",
            (
                Estimate(
                    "d-prime", "d′: followed right against wrong advice", made.sensitivity, "standard", method, n_used=n
                ),
                Estimate(
                    "criterion", "c: negative is inclined to follow", made.criterion, "standard", method, n_used=n
                ),
            ),
        )
    ]


def _together(made: Encounters) -> list[Analysis]:
    """Human alone, advice alone and both together, over decisions of which all three are known."""
    names = ("initial_correct", "advice_correct", "final_correct")
    rows = made.rows[yes(made.rows["advice_shown"])]
    kept = sieve(rows, [(f"no {name.replace('_', ' ')}", rows[name].isna()) for name in names])
    if not len(kept.rows):
        return []
    human, ai, both = (float(yes(kept.rows[name]).mean()) for name in names)
    worth = complementarity.complementarity(human, ai, both)
    parts = (
        ("human", "First answers right", human, "proportion"),
        ("ai", "Advice right", ai, "proportion"),
        ("together", "Last answers right", both, "proportion"),
        ("augmentation", "Together minus human", worth.augmentation, "difference"),
        ("synergy", "Together minus the better of human and advice", worth.synergy, "difference"),
        ("gain", "Gain as a share of what the advice could add", worth.gain, "ratio"),
    )
    note = "Undefined: the advice is no better than the human."
    estimates = tuple(
        Estimate(name, label, value, scale, "pooled over decisions, no interval", n_used=len(kept.rows),
                 n_dropped=kept.n_dropped, dropped=kept.dropped, note=note if value is None else None)
        for name, label, value, scale in parts
    )  # fmt: skip
    return [Analysis("complementarity", "Human, advice, and both together", estimates)]


def _shown_or_not(made: Encounters, targets: frozenset[str], mapping: Mapping) -> list[Analysis]:
    """Agreement with the advice by whether it was shown: without the second, agreement is mostly shared competence."""
    rows = made.rows
    shown = yes(rows["advice_shown"])
    known = rows["final_agrees"].notna()
    if not (known & shown).any() or not (known & ~shown).any():
        return []
    kept = sieve(rows, [("not known whether the answer agrees with the advice", ~known)])
    agrees = yes(kept.rows["final_agrees"]).astype(float)
    state = kept.rows["advice_shown"].map({True: "advice shown", False: "advice not shown"})
    unit, unit_name = foreign_counts.unit_of(kept.rows.assign(row=range(len(agrees))), targets)
    case = kept.rows["case"] if "case" in targets else None
    counted = Counted(agrees, agrees * 0 + 1, unit, unit_name, case, state.astype("str"), kept, ())
    by_state = mapping.model_copy(update={"control": "advice not shown"})
    found = foreign_counts.accuracy(counted, by_state, "Agrees with the advice", "agreement-shown")
    return [replace(found, title="Agreement with advice that was shown and that was not")]
