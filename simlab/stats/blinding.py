"""A result with its arms called A and B, for those who must not know which arm is which.

Nothing passes unless it is listed here. Labels are written anew, and differences are always A minus B, whatever was
taken from what. Everything in which the arms cannot but differ in kind is withheld with the reason: advice and reliance
on it, times after advice, and all of the phases in which an arm is advised.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from simlab.stats import planfile
from simlab.stats.errors import BadPlan
from simlab.stats.planfile import Plan
from simlab.stats.result import Analysis, Convergence, Dropped, Estimate, Table, plain

_REVEALS = "it would show which arm is which"
_OTHER = "Further analyses of the plan"
WITHHELD = {
    "reliance": "only those who are given advice can rely on it",
    "slack": "only those who are given advice await it",
    "complementarity": "only those who are given advice can be compared with it",
    "sensitivity": "populations and models name the arms",
    "multiplicity": "contrasts are named by their arms",
    "heterogeneity": "it is about the effect of advice",
    "trust-switch": "only those who are given advice can meet errors of it",
    "trust-follow": "only those who are given advice can meet errors of it",
    "trust-scores": "only those who are given advice are asked about trust in it",
    "readers": "readings with advice are compared with readings without",
    "readers-alike": "readings with advice are compared with readings without",
    "forgetting-curve": "it begins when advice ends, and names the arms",
}
# What stands in the list of what is withheld; anything else there is a comparison of the arms.
_CALLED = {
    "heterogeneity": "For whom and on which cases the effect differs",
    "trust-switch": "Trust in advice over time",
    "trust-follow": "Trust in advice over time",
    "trust-scores": "Trust scores and the accuracy of the advice met",
    "readers": "Area under the ROC curve of readers",
    "readers-alike": "Area under the ROC curve of readers",
    "forgetting-curve": "Forgetting to a floor",
}
_TITLES = {
    "flow": "Participant flow",
    "accuracy": "Accuracy in phases without advice",
    "time": "Decision time in phases without advice",
    "deskilling": "Primary comparison",
    "persistence": "The same at the last phase without advice",
    "decay": "Change between phases without advice",
    "forgetting": "Accuracy over time",
    "calibration": "Confidence and being right in phases without advice",
    "differential": "Ranked differentials in phases without advice",
    "survival": "Time to decision, with a limit, in phases without advice",
    "ordinal": "Ordered answers in phases without advice",
    "missing-data": "The primary comparison when decisions are missing",
    "items": "Cases as items, all arms together",
    "equating": "Forms compared, all arms together",
    "interim": "Planned looks before the end",
}
SHOWN = tuple(_TITLES)
# What is known by arm and phase: the first part of the name, and its words.
_BY_CELL = {
    "accuracy": {"observed": "Right", "accuracy": "Right, by the model"},
    "time": {"seconds": "Geometric mean time"},
    "calibration": {"overconfidence": "Confidence minus accuracy", "brier": "Brier score"},
    "survival": {"median": "Median time to decision"},
    "ordinal": {"mean": "Mean step"},
    "differential": {
        "top-1": "Reference first",
        "top-3": "Reference among the first three",
        "top-5": "Reference among the first five",
        "reciprocal-rank": "Mean reciprocal rank",
    },
}


# Nothing in them is known by arm; labels are of cases and forms.
_TOGETHER = ("items", "equating", "interim")
# Differences between the cells of two arms in one phase.
_BETWEEN_CELLS = {
    "accuracy": ("difference",), "time": ("ratio",), "ordinal": ("difference",),
    "survival": ("hazard-ratio", "time-ratio"),
}  # fmt: skip
_CONTRAST = {"hazard-ratio": "Rate of deciding, ", "time-ratio": "Time to decision, "}
_WAYS = {
    "primary": "as planned", "imputed": "missing decisions imputed", "weighted": "those who stayed weighted",
}  # fmt: skip


_BY_ARM = {"accuracy": "Right", "change": "Change", "retention-ratio": "Later ÷ earlier", "slope": "Slope"}


@dataclass(frozen=True)
class _Key:
    """The letter of each arm, and the phases of which something may be said."""

    letters: dict[str, str]
    plan: Plan

    def open(self, phase: str) -> bool:
        return phase in self.plan.phases and not self.plan.advised.get(phase)

    @property
    def pair(self) -> bool:
        """With more than two arms, the one that all others are compared with would be the control."""
        return len(self.letters) == 2


def letters(plan: Plan, secret: str = "") -> dict[str, str]:
    """Arm → letter: fixed by the seed and, where one is given, a secret that readers of the plan do not know.

    Give the salt of the allocation as `secret`: whoever holds plan and code can work out letters made from a seed.
    """
    order = sorted(plan.arms, key=lambda arm: hashlib.sha256(f"{plan.seed}/{secret}/{arm}".encode()).digest())
    return {arm: chr(ord("A") + place) for place, arm in enumerate(order)}


def blind(result: dict[str, Any], plan: dict[str, Any] | Plan, *, secret: str = "") -> dict[str, Any]:
    """The result in the same format, with lettered arms and an analysis `withheld` that says what is kept back and why.

    Raises BadPlan when an arm's name is also a word of something that must be shown, such as a phase.
    """
    parsed = planfile.parse(plan)
    key = _Key(letters(parsed, secret), parsed)
    shown = [made for one in result["analyses"] if (made := _blinded(one, key)) is not None]
    back = [(_called(one), WITHHELD[one["name"]]) for one in result["analyses"] if one["name"] in WITHHELD]
    named = [("Advice and everything in phases with advice", _REVEALS), ("Times after advice", _REVEALS), *back]
    if any(one["name"] not in _TITLES and one["name"] not in WITHHELD for one in result["analyses"]):
        named.append((_OTHER, "nothing is shown blinded that was not looked through for it"))
    kept = Analysis(
        "withheld",
        "Withheld until unblinding",
        tables=(Table("withheld", ("what", "why"), tuple(dict.fromkeys(named))),),
    )
    document = {**result, "title": title_of(parsed, result["title"]), "analyses": [*shown, _plain(kept)]}
    _refuse_names(document, parsed)
    return document


def _called(analysis: dict[str, Any]) -> str:
    """A name for the list of what is withheld that tells no arm."""
    of_reliance = "Reliance on advice" if "eliance" in analysis["title"] else "A comparison of the arms"
    return _CALLED.get(analysis["name"], of_reliance)


def _plain(analysis: Analysis) -> dict[str, Any]:
    made: dict[str, Any] = plain(asdict(analysis))
    return made


def _named_in(text: str, plan: Plan) -> str | None:
    words = text.casefold()
    return next((a for a in plan.arms if re.search(rf"(?<![^\W_]){re.escape(a.casefold())}(?![^\W_])", words)), None)


def title_of(plan: Plan, title: str | None = None) -> str:
    """The title, or another one where it names an arm."""
    shown = plan.title if title is None else title
    return "A blinded study" if _named_in(shown, plan) else shown


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _refuse_names(document: dict[str, Any], plan: Plan) -> None:
    for text in _texts(document):
        if arm := _named_in(text, plan):
            raise BadPlan(
                "field arms",
                f"the name {arm!r} is also a word of the result, so its arms cannot be hidden",
                "give the arm a name of its own",
            )


def _blinded(analysis: dict[str, Any], key: _Key) -> dict[str, Any] | None:
    name = analysis["name"]
    if name not in _TITLES:
        return None
    made = [shown for estimate in analysis["estimates"] if (shown := _estimate(name, estimate, key)) is not None]
    made.sort(key=lambda one: one.name)
    judged = analysis["convergence"]
    verdict = judged and Convergence(judged["converged"], judged["verdict"], "the detail is withheld until unblinding")
    tables = tuple(_flow_table(table, key) for table in analysis["tables"]) if name == "flow" else ()
    return _plain(Analysis(name, _TITLES[name], tuple(made), verdict, (), tables))


def _flow_table(table: dict[str, Any], key: _Key) -> Table:
    """Counts by phase and arm; rows in the order of the letters, since the plan's own order names the control."""
    phases = list(key.plan.phases)
    rows = [(row[0], key.letters[row[1]], *row[2:]) for row in table["rows"] if key.open(row[0])]
    return Table(table["name"], tuple(table["columns"]), tuple(sorted(rows, key=lambda r: (phases.index(r[0]), r[1]))))


def _estimate(analysis: str, estimate: dict[str, Any], key: _Key) -> Estimate | None:
    kind, *rest = estimate["name"].split("/")
    one = _read(estimate)
    if analysis == "flow":
        return _flow(one, kind, rest, key)
    if analysis in _BY_CELL and kind in _BY_CELL[analysis] and len(rest) == 2 and key.open(rest[1]):
        letter, words = key.letters[rest[0]], _BY_CELL[analysis][kind]
        return replace(one, name=f"{kind}/{letter}/{rest[1]}", label=f"{words}, arm {letter}, {rest[1]}")
    if analysis in _TOGETHER:
        return one
    if not key.pair:
        return None
    if kind in _BETWEEN_CELLS.get(analysis, ()) and len(rest) == 2 and key.open(rest[1]):
        made = _between(one, rest[0], f"{kind}/A/{rest[1]}", rest[1], key)
        return replace(made, label=_CONTRAST.get(kind, "") + made.label)
    primary = key.plan.primary
    if analysis == "missing-data" and primary is not None and kind == "difference" and rest and rest[0] in _WAYS:
        return _between(one, primary.between[1], one.name, _WAYS[rest[0]], key)
    if primary is None or analysis not in ("deskilling", "persistence", "decay", "forgetting"):
        return None
    control, exposed = primary.between
    if kind in ("difference", "slope-ratio") and not rest:
        return _between(one, exposed, kind, "", key)
    own = {"control": control, "exposed": exposed}.get(rest[0], rest[0]) if rest else ""
    if own in key.letters:
        letter, told = key.letters[own], _BY_ARM.get(kind)
        return replace(one, name=f"{kind}/{letter}", label=f"{told}, arm {letter}") if told else None
    return replace(one, label="Right at the start, both arms") if rest == ["baseline"] else None


def _flow(one: Estimate, kind: str, rest: list[str], key: _Key) -> Estimate | None:
    if rest:
        return replace(one, name=f"{kind}/{key.letters[rest[0]]}", label=f"Allocated to {key.letters[rest[0]]}")
    return one


def _between(one: Estimate, first: str, name: str, phase: str, key: _Key) -> Estimate:
    """A comparison as A with B taken off, or divided by it; what was the other way round is turned."""
    sign = "÷" if one.scale == "ratio" else "minus"
    label = f"A {sign} B" + (f", {phase}" if phase else "")
    made = replace(one, name=name, label=label)
    return made if key.letters[first] == "A" else _turned(made)


def _turned(one: Estimate) -> Estimate:
    ratio = one.scale == "ratio"

    def turn(value: float | None) -> float | None:
        return None if value is None else 1 / value if ratio else -value

    return replace(one, value=turn(one.value), low=turn(one.high), high=turn(one.low))


def _read(estimate: dict[str, Any]) -> Estimate:
    """An estimate without its own words on what was dropped: reasons may speak of advice."""
    lost = (Dropped("not used", estimate["n_dropped"]),) if estimate["n_dropped"] else ()
    note = "The estimate is withheld or undefined." if estimate["note"] else None
    return Estimate(**{**estimate, "dropped": lost, "note": note})
