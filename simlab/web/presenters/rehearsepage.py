"""The Rehearse page: what is asked in a form, how far the simulation is, and the result in words and rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from simlab.analyses.models import Rehearsal
from simlab.engine.protocol import Protocol
from simlab.rehearsal import figures_power
from simlab.rehearsal.grid import Grid, grid_from
from simlab.rehearsal.presets import preset, presets, suited
from simlab.rehearsal.replicate import Target
from simlab.rehearsal.truth import ArmLoss, BadTruth, Truth, truth_from
from simlab.web.words import counted, number, percent, points

LOSSES = {"lost": "each-phase", "lost_weekly": "per-week"}
FIELDS = ("truth", "own", "clinicians", "cases", "wrong", "effects", *LOSSES, "power", "precision", "most", "seed")
FIRST = {
    "truth": "assumed",
    "own": "",
    "clinicians": "60, 120, 240",
    "cases": "",
    "wrong": "",
    "effects": "-10, 0",
    "lost": "",
    "lost_weekly": "",
    "power": "80",
    "precision": "5",
    "most": "200",
    "seed": "1",
}
OWN = "own"


def choices_of(rehearsals: Sequence[Rehearsal]) -> list[dict[str, str]]:
    """Truths to choose from: the presets, those of earlier rehearsals of this study, and a text of one's own."""
    made = [{"value": one.name, "text": one.label} for one in presets()]
    seen = set()
    for one in rehearsals:
        title = str(one.truth.get("title", "a rehearsal"))
        if title not in seen:
            seen.add(title)
            made.append({"value": str(one.pk), "text": f"As in an earlier rehearsal: {title}"})
    return [*made, {"value": OWN, "text": "The text below"}]


def with_losses(truth: Truth, lost: Mapping[str, Mapping[str, float]]) -> Truth:
    """The truth with so much more drop-out by arm, before each phase and by the week, than it has already."""
    if not any(lost.values()):
        return truth
    arms = {name: one.model_dump(by_alias=True) for name, one in truth.drop_out.arms.items()}
    for field, shares in lost.items():
        for arm, share in shares.items():
            arms.setdefault(arm, {})[LOSSES[field]] = share
    return truth.changed(drop_out={"arms": {arm: ArmLoss.model_validate(one) for arm, one in arms.items()}})


def _lost_words(lost: Mapping[str, Mapping[str, float]]) -> list[str]:
    when = {"lost": "before each phase", "lost_weekly": "every week"}
    return [
        f"{percent(share, 1)} more of the arm {arm} leave {when[name]}"
        for name, shares in lost.items()
        for arm, share in shares.items()
    ]


class Asked:
    """A form as it was sent: the grid and the truth, or what is wrong, field by field."""

    def __init__(self, sent: Mapping[str, str], protocol: Protocol, rehearsals: Sequence[Rehearsal]) -> None:
        self.values = {name: str(sent.get(name, FIRST[name])).strip() for name in FIELDS}
        self.errors: dict[str, str] = {}
        self.truth, self.truth_name = self._truth(protocol, rehearsals)
        self.grid = self._grid()

    def _truth(self, protocol: Protocol, rehearsals: Sequence[Rehearsal]) -> tuple[Truth | None, str]:
        chosen = self.values["truth"]
        field = "own" if chosen == OWN else "truth"
        try:
            if chosen == OWN:
                made = truth_from(yaml.safe_load(self.values["own"]), "the text")
            elif earlier := [one for one in rehearsals if str(one.pk) == chosen]:
                made = truth_from(earlier[0].truth)
            else:
                made = preset(chosen)
        except (BadTruth, yaml.YAMLError) as fault:
            self.errors[field] = str(fault).splitlines()[0]
            return None, ""
        lost = {name: self._by_arm(name, protocol) for name in LOSSES}
        return with_losses(suited(made, protocol), lost), "; ".join([made.title, *_lost_words(lost)])[:200]

    def _by_arm(self, name: str, protocol: Protocol) -> dict[str, float]:
        """Shares by arm from words like "advised 5, unaided 2"."""
        found: dict[str, float] = {}
        for part in filter(None, (one.strip() for one in self.values[name].replace(";", ",").split(","))):
            arm, _, share = part.rpartition(" ")
            if arm.strip() not in protocol.arms:
                self.errors[name] = f"Name an arm and a number, as in “{next(iter(protocol.arms))} 5”; {part} has none."
                return {}
            try:
                found[arm.strip()] = float(share.rstrip("%")) / 100
            except ValueError:
                self.errors[name] = f"Give a number after the arm; {share} is none."
                return {}
            if not 0 <= found[arm.strip()] <= 1:
                self.errors[name] = f"Give a share from 0 to 100; {share} is outside."
                return {}
        return found

    def _grid(self) -> Grid | None:
        document: dict[str, Any] = {}
        for name in ("clinicians", "cases", "wrong"):
            document[name] = self._numbers(name, int)
        document["effects"] = [value / 100 for value in self._numbers("effects", float)]
        for name, kind, scale in (("power", float, 100), ("precision", float, 100), ("most", int, 1), ("seed", int, 1)):
            found = self._numbers(name, kind)
            if len(found) != 1:
                self.errors.setdefault(name, "Give one number.")
            else:
                document[name] = found[0] / scale if scale > 1 else found[0]
        if self.errors:
            return None
        try:
            return grid_from(document)
        except BadTruth as fault:
            field = str(fault.place).split(".")[0]
            self.errors[field if field in FIELDS else "clinicians"] = str(fault)
            return None

    def _numbers(self, name: str, kind: type) -> list[Any]:
        text = self.values[name].replace("−", "-").replace(";", ",")
        try:
            return [kind(part) for part in text.replace(",", " ").split()]
        except ValueError:
            whole = "whole numbers" if kind is int else "numbers"
            self.errors[name] = f"Give {whole}, with commas between them."
            return []


def progress_of(rows: Sequence[Mapping[str, Any]], grid: Grid) -> dict[str, Any]:
    """How far a simulation is: replicates done, the most there may be, and the cells so far."""
    cells = []
    for cell, row in zip(grid.cells(), rows, strict=True):
        share = row["shown"] / row["runs"] if row["runs"] else None
        cells.append(
            {"name": _cell_words(cell.__dict__), "runs": row["runs"], "power": percent(share), "open": row["open"]}
        )
    done = sum(row["runs"] for row in rows)
    return {"done": done, "of": done + sum(row["open"] for row in rows) * grid.batch, "cells": cells}


def _cell_words(cell: Mapping[str, Any]) -> str:
    parts = [f"{cell['clinicians']} clinicians"]
    if cell["cases"] is not None:
        parts.append(f"{cell['cases']} cases a form")
    if cell["wrong"] is not None:
        parts.append(f"{cell['wrong']} wrong")
    if cell["effect"] is not None:
        parts.append(f"effect {points(cell['effect'], 0)}")
    return ", ".join(parts)


def page_of(result: Mapping[str, Any], truth_name: str) -> dict[str, Any]:
    """A result as the page shows it."""
    target = Target(**result["target"])
    return {
        "figures": figures_power.draw(result),
        "rows": [_row(number, cell) for number, cell in enumerate(result["cells"])],
        "ceilings": [_ceiling(one) for one in result["ceilings"]],
        "smallest": [_smallest(one) for one in result["smallest"]],
        "bought": [_bought(one) for one in result["wrong_advice"]],
        "paragraph": paragraph_of(result, truth_name),
        "claim": claim_words(target),
        "aim": percent(result["grid"]["power"]),
        "invented": max(cell["invented"] for cell in result["cells"]),
    }


def _row(place: int, cell: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": place,
        "name": _cell_words(cell),
        "power": percent(cell["power"]),
        "interval": f"{percent(cell['power_low'])} to {percent(cell['power_high'])}",
        "runs": cell["runs"],
        "withheld": cell["withheld"],
        "truth": points(cell["truth"]),
        "width": number(100 * cell["width"], 1) if cell["width"] is not None else number(None),
        "bias": points(cell["bias"], 2),
        "coverage": percent(cell["coverage"], 1),
        "type_s": percent(cell["type_s"], 1),
        "type_m": number(cell["type_m"], 2),
        "rair": f"{number(cell['undefined_rair'], 1)} of {number(cell['advised'], 0)}",
        "rsr": f"{number(cell['undefined_rsr'], 1)} of {number(cell['advised'], 0)}",
        "drop_out": percent(cell["drop_out"]),
    }


def _ceiling(one: Mapping[str, Any]) -> str:
    cases = "the protocol's own cases" if one["cases"] is None else f"{one['cases']} cases a form"
    effect = "" if one["effect"] is None else f" and a true difference of {points(one['effect'], 0)} points"
    binds = (
        "the cases bind: more clinicians would bring little"
        if one["binds"] == "cases"
        else "the clinicians bind: more of them would still help"
    )
    return (
        f"With {cases}{effect}, power cannot rise above {percent(one['power'])} ({percent(one['low'])} to "
        f"{percent(one['high'])}) however many clinicians take part. With {one['clinicians']} clinicians "
        f"{percent(one['cases_share'])} of the variance comes from the cases, so {binds}."
    )


def _smallest(one: Mapping[str, Any]) -> str:
    sure = "" if one["sure"] else " Its interval reaches below the aim: simulate more before relying on it."
    reached = f"{percent(one['power'])} ({percent(one['low'])} to {percent(one['high'])})"
    return f"{_cell_words(one)}: power {reached}.{sure}"


def _bought(one: Mapping[str, Any]) -> str:
    width, then = one["rsr_width"], one["rsr_width_then"]
    narrower = (
        f"narrows the interval of RSR from {number(100 * width, 0)} to {number(100 * then, 0)} points"
        if width is not None and then is not None
        else "leaves the interval of RSR undefined"
    )
    return (
        f"{one['clinicians']} clinicians: from {counted(one['wrong'], 'wrong piece')} of advice a form to {one['to']} "
        f"{narrower}; {number(one['undefined_rsr'], 1)} persons without an RSR of their own become "
        f"{number(one['undefined_rsr_then'], 1)}; power goes from {percent(one['power'])} to "
        f"{percent(one['power_then'])}."
    )


def claim_words(target: Target) -> str:
    """What a study must show to count."""
    if target.claim == "noninferiority" and target.margin is not None:
        return f"non-inferiority with a margin of {number(100 * target.margin, 0)} points"
    return "an advantage of the second arm" if target.claim == "superiority" else "a difference between the arms"


def paragraph_of(result: Mapping[str, Any], truth_name: str) -> str:
    """The sample size section of a protocol: method, assumptions, result and seed."""
    target, grid, cells = Target(**result["target"]), result["grid"], result["cells"]
    tested = target.name.replace("/", ", ")
    runs = sorted({cell["runs"] for cell in cells})
    many = f"{runs[0]} to {runs[-1]}" if len(runs) > 1 else str(runs[0])
    chosen = [
        f"With {_cell_words(one)} power to show {claim_words(target)} is {percent(one['power'])} "
        f"(95% Monte-Carlo interval {percent(one['low'])} to {percent(one['high'])})."
        for one in result["smallest"]
    ]
    none = "" if chosen else f"No design that was tried reaches a power of {percent(grid['power'])}. "
    lost = max(cell["drop_out"] for cell in cells)
    return (
        f"The sample size was found by simulating the whole study: virtual clinicians were allocated and given cases "
        f"and advice by the protocol's own rules, and each of {many} simulated studies per design was analysed by the "
        f"locked analysis ({tested}; two-sided level 5%). {none}{' '.join(chosen)} Assumptions: {truth_name}; "
        f"clinicians and cases random, the effect varying between both; up to {percent(lost)} of clinicians do not sit "
        f"everything. Differences were set by solving one value of the truth. Seed {grid['seed']}; protocol "
        f"{result['protocol_sha256'][:12]}."
    )
