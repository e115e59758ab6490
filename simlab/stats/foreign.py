"""Analyse a foreign table under a mapping: every analysis that its columns allow, and in words what they do not.

The analyses of a plan do the work where there are participants and cases; what a foreign table may lack is said, not
filled in.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from simlab.stats import (
    accuracy,
    foreign_counts,
    foreign_judgement,
    foreign_mapping,
    foreign_numbers,
    foreign_readers,
    foreign_reliance,
    timing,
)
from simlab.stats.foreign_counts import Counted, counted, unplaced
from simlab.stats.foreign_encounters import Encounters, analysis_table, encounters
from simlab.stats.foreign_mapping import BadMapping, Mapping
from simlab.stats.foreign_table import GROUP, Mapped, content, mapped
from simlab.stats.plans import code_version
from simlab.stats.prepare import sieve, yes
from simlab.stats.result import Analysis, Result, Table

WITHIN = (
    "Participants met several conditions, and the model lets the effect vary by case but not by participant: read it "
    "beside the paired difference of participants' means."
)
MANY = 20  # so many times that are all whole minutes tell of a coarse clock
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Foreign:
    """The result (plain values, result/1) and the analysis table, None where the rows are no such table."""

    document: dict[str, Any]
    table: pd.DataFrame | None


@dataclass(frozen=True)
class Group:
    """The rows that are analysed together: all, or one value of `by`."""

    rows: pd.DataFrame
    targets: frozenset[str]
    mapping: Mapping
    whole: Encounters | None

    def has(self, *names: str) -> bool:
        return self.targets.issuperset(names)


def analyse(table: pd.DataFrame, document: dict[str, Any], tell: Progress | None = None) -> Foreign:
    """Run all that the mapped columns allow. Raises BadMapping or BadTable, naming field, column and row."""
    mapping = foreign_mapping.parse(document)
    with threadpool_limits(1):
        made = mapped(table, mapping)
        mapping = _settled(made, mapping)
        whole = None if "n" in made.targets else encounters(made.rows, made.targets, mapping)
        done = [_rows(made, whole)]
        for name, rows in _groups(made.rows):
            (tell or (lambda words: None))(f"Analysing {name or 'the table'}")
            done += _group(rows, name, made.targets, mapping, whole if not name else None)
        kept, words = (None, "No analysis table: its rows count several decisions.")
        if whole is not None:
            kept, words = analysis_table(whole, made.targets)
    done[0] = Analysis(done[0].name, done[0].title, done[0].estimates, None, (*done[0].warnings, words), done[0].tables)
    result = Result(
        mapping.title, foreign_mapping.mapping_hash(document), _hash(made), code_version(), mapping.seed, tuple(done)
    )
    return Foreign(result.document(), kept)


def _settled(made: Mapped, mapping: Mapping) -> Mapping:
    """The mapping after what only the whole table shows: whether the control is a condition, what is positive."""
    conditions = sorted(set(made.rows["condition"].dropna())) if "condition" in made.targets else []
    if mapping.control is not None and conditions and mapping.control not in conditions:
        raise BadMapping(
            "field control",
            f"is {mapping.control!r}, which is no condition of the table",
            f"use one of {', '.join(conditions)}",
        )
    return foreign_judgement.with_positive(mapping, made.rows["truth"]) if "truth" in made.targets else mapping


def _hash(made: Mapped) -> str:
    """SHA-256 over the names of the targets and the sorted mapped rows."""
    return hashlib.sha256("\n".join([*sorted(made.targets), *sorted(content(made.rows))]).encode()).hexdigest()


def _groups(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    if GROUP not in rows:
        return [("", rows)]
    return [(str(name), part.reset_index(drop=True)) for name, part in rows.groupby(GROUP, sort=True)]


def _rows(made: Mapped, whole: Encounters | None) -> Analysis:
    counts: list[tuple[Any, ...]] = [("rows of the table", made.read)]
    counts += [(d.reason, d.n) for d in made.dropped]
    counts.append(("rows to analyse", len(made.rows)))
    counts += [(f"{d.reason}, left out", d.n) for d in (whole.dropped if whole else ())]
    for name in ("participant", "reader", "case", "condition", "phase"):
        if name in made.targets:
            counts.append((f"different values of {name}", int(made.rows[name].nunique())))
    says = list(whole.warnings) if whole else []
    return Analysis("rows", "Rows", warnings=tuple(says), tables=(Table("rows", ("what", "n"), tuple(counts)),))


def _group(
    rows: pd.DataFrame, name: str, targets: frozenset[str], mapping: Mapping, whole: Encounters | None
) -> list[Analysis]:
    """All analyses of one group; `whole` are its encounters where they are known already."""
    if not len(sieve(rows, unplaced(rows, targets)).rows):
        table = Table("not computed", ("analysis", "why"), (("all", "no row can be placed"),))
        return [Analysis(f"not-computed/{name}", f"Not computed: {name}", tables=(table,))]
    if whole is None and "n" not in targets:
        whole = encounters(rows, targets, mapping)
    group = Group(rows, targets, mapping, whole)
    done, not_done = [], []
    for title, act in _TRIED:
        found = act(group)
        if isinstance(found, str):
            not_done.append((title, found))
        else:
            done += found
    if not_done:
        table = Table("not computed", ("analysis", "why"), tuple(not_done))
        done.append(Analysis("not-computed", "Not computed", tables=(table,)))
    if not name:
        return done
    return [
        Analysis(f"{a.name}/{name}", f"{a.title}: {name}", a.estimates, a.convergence, a.warnings, a.tables)
        for a in done
    ]


Tried = list[Analysis] | str


def _accuracy(group: Group) -> Tried:
    if group.has("n"):
        if not group.has("correct"):
            return "n is mapped but correct, the number or share right, is not"
        kept = sieve(
            group.rows,
            [
                *unplaced(group.rows, group.targets),
                ("no n", group.rows["n"].isna()),
                ("no correct", group.rows["correct"].isna()),
            ],
        )
        return [foreign_counts.accuracy(counted(kept, group.targets, group.mapping), group.mapping)]
    if group.whole is None or group.whole.rows["final_correct"].isna().all():
        return "it needs final_correct, or final and truth"
    described = _described(group, group.whole)
    if not group.has("participant", "case"):
        says = ("No mixed model: it needs participant and case.",)
        return [Analysis(described.name, described.title, described.estimates, None, (*described.warnings, *says))]
    modelled = accuracy.analyse(group.whole.prepared(), group.whole.plan(group.mapping, ["accuracy"]))
    return [
        described,
        Analysis(
            "accuracy-model",
            "Accuracy by a mixed model",
            modelled.estimates,
            modelled.convergence,
            (*modelled.warnings, *([WITHIN] if group.whole.within else [])),
            modelled.tables,
        ),
    ]


def _described(group: Group, whole: Encounters) -> Analysis:
    """Observed shares by condition, phase by phase where there is more than one."""
    made = []
    for phase in whole.phases:
        found = foreign_counts.accuracy(_decisions(group, whole, phase), group.mapping)
        if len(whole.phases) == 1:
            return found
        made += [replace(e, name=f"{e.name}/{phase}", label=f"{e.label}, {phase}") for e in found.estimates]
    return Analysis("accuracy", "Accuracy by condition and phase", tuple(made))


def _decisions(group: Group, whole: Encounters, phase: str) -> Counted:
    kept = accuracy.judged(whole.rows[whole.rows["phase"] == phase])
    k = yes(kept.rows["final_correct"]).astype(float)
    unit, unit_name = foreign_counts.unit_of(kept.rows.assign(row=range(len(k))), group.targets)
    case = kept.rows["case"] if group.has("case") else None
    return Counted(k, k * 0 + 1, unit, unit_name, case, kept.rows["arm"], kept, ())


def _reliance(group: Group) -> Tried:
    if group.whole is None:
        return "its rows count several decisions"
    if group.whole.rows["advice_correct"].isna().all():
        return "it needs advice with truth, or advice_correct"
    if group.whole.rows["final_correct"].isna().all():
        return "it needs final_correct, or final and truth"
    return foreign_reliance.analyse(group.whole, group.targets, group.mapping)


def _confidence(group: Group) -> Tried:
    if group.whole is None:
        return "its rows count several decisions"
    made = []
    for said, stage, words in (("confidence", "final", "last"), ("initial_confidence", "initial", "first")):
        right = group.whole.rows[f"{stage}_correct"]
        if not group.has(said) or right.isna().all():
            continue
        rows = group.whole.rows.rename(columns={f"{stage}_confidence": said, "arm": "condition"})
        rows["row"] = range(len(rows))
        judged = foreign_judgement.judged(rows, said, right, group.targets, "no verdict")
        made.append(
            foreign_judgement.confidence(
                judged, group.mapping, f"calibration-{stage}", f"Calibration of the {words} answer"
            )
        )
    return made or "it needs confidence, and final_correct or final and truth"


def _readers(group: Group) -> Tried:
    found = foreign_readers.analyse(group.rows, group.targets, group.mapping)
    return found if isinstance(found, str) else found + foreign_readers.calls(group.rows, group.targets, group.mapping)


def _probability(group: Group) -> Tried:
    if not group.has("probability", "truth"):
        return "it needs probability and truth"
    right = foreign_judgement.positive(group.rows["truth"], group.mapping)
    if right is None:
        return "say under `positive` which value of truth is the positive one"
    judged = foreign_judgement.judged(group.rows, "probability", right, group.targets, "no truth")
    return [foreign_judgement.confidence(judged, group.mapping, "forecast", "Probabilities against the truth")]


def _detection(group: Group) -> Tried:
    if group.mapping.answers == "numbers" or not group.has("truth") or not (group.has("final") or group.has("initial")):
        return "it needs truth, and initial or final as labels"
    found = foreign_judgement.detection(group.rows, group.targets, group.mapping)
    return [found] if found else "say under `positive` which value of truth is the positive one"


def _numbers(group: Group) -> Tried:
    if group.mapping.answers != "numbers":
        return "it needs answers that are numbers (`answers: numbers`)"
    return foreign_numbers.analyse(group.rows, group.targets, group.mapping) or "it needs truth, or initial and advice"


def _time(group: Group) -> Tried:
    if group.whole is None or not (group.has("time") or group.has("time_active")):
        return "it needs time or time_active"
    if not group.has("participant", "case"):
        return "it needs participant and case"
    found = timing.analyse(group.whole.prepared(), group.whole.plan(group.mapping, ["time"]))
    seconds = timing.seconds(group.whole.rows).dropna()
    if len(seconds) > MANY and ((seconds % 60) == 0).all():
        says = ("The clock shows whole minutes: times under a minute are 0 and were left out, so means are too high.",)
        return [replace(found, warnings=(*found.warnings, *says))]
    return [found]


# What is tried, in the order of a report. A function that cannot answer says in words what it needs.
_TRIED: tuple[tuple[str, Callable[[Group], Tried]], ...] = (
    ("Accuracy", _accuracy),
    ("Sensitivity and specificity", _detection),
    ("Reliance", _reliance),
    ("Weight of advice and distance from the truth", _numbers),
    ("Calibration of confidence", _confidence),
    ("Probabilities against the truth", _probability),
    ("Area under the ROC curve", _readers),
    ("Time", _time),
)
