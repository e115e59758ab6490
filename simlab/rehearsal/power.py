"""Power and precision over a grid: batches of simulated studies, counted cell by cell.

Nothing here knows who computes a batch. `Batches` are outcomes by (cell, batch); a cell's result counts the shortest
run of complete batches, from the first on, after which the Wilson interval of the power is narrow enough. Batches
beyond it are not looked at, so that the result does not depend on how many were computed, by whom, in what order.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np

from simlab.engine.casefile import Pack
from simlab.engine.protocol import Protocol
from simlab.rehearsal import bounds
from simlab.rehearsal.grid import Grid
from simlab.rehearsal.replicate import Outcome, Simulator, Target, target_of
from simlab.rehearsal.truth import Truth
from simlab.stats.resample import wilson

LEVEL = 0.95
Batches = Mapping[tuple[int, int], Sequence[Outcome]]


@dataclass(frozen=True)
class CellResult:
    """One cell. Shares come with their 95 % Wilson interval; a number that is not defined is None.

    ``power``: share of studies that show the claim. ``width``: mean width of the intervals. ``type_s`` and ``type_m``
    (Gelman and Carlin 2014): of studies whose interval leaves out 0, the share with the wrong sign, and by how much
    the estimate exaggerates. ``undefined_rair``, ``undefined_rsr``: persons of a study, of ``advised``, whose own ratio
    has an empty denominator. ``se2``: mean squared standard error, with its Monte-Carlo error.
    """

    effect: float | None
    wrong: int | None
    cases: int | None
    clinicians: int
    invented: int
    truth: float
    runs: int
    withheld: int
    power: float | None
    power_low: float | None
    power_high: float | None
    excludes_zero: float | None
    coverage: float | None
    coverage_low: float | None
    coverage_high: float | None
    width: float | None
    bias: float | None
    bias_error: float | None
    type_s: float | None
    type_m: float | None
    advised: float
    undefined_rair: float
    undefined_rsr: float
    rsr_width: float | None
    drop_out: float
    se2: float | None
    se2_error: float | None
    stopped_early: bool


def enough(grid: Grid, done: Sequence[Sequence[Outcome]]) -> int | None:
    """How many of these complete batches, from the first on, settle a cell; None when more are needed."""
    runs = shown = 0
    for number, batch in enumerate(done, start=1):
        runs += len(batch)
        shown += sum(one.shown for one in batch)
        low, high = wilson(shown, runs, LEVEL)
        if (high - low) / 2 <= grid.precision or number == grid.batches:
            return number
    return None


def prefix(batches: Batches, cell: int) -> list[Sequence[Outcome]]:
    """The complete batches of a cell from the first on, without a gap."""
    found: list[Sequence[Outcome]] = []
    while (cell, len(found)) in batches:
        found.append(batches[cell, len(found)])
    return found


def outcomes(rows: Sequence[Sequence[Any]]) -> list[Outcome]:
    """Outcomes from their plain form (`Outcome.document`)."""
    return [Outcome(*row) for row in rows]


def count(simulator: Simulator, found: Sequence[Outcome]) -> CellResult:
    """The result of one cell from the outcomes that count."""
    shown = [one for one in found if one.value is not None]
    values = np.array([one.value for one in shown], dtype=np.float64)
    ends = np.array([(one.low, one.high) for one in shown if one.low is not None], dtype=np.float64).reshape(-1, 2)
    truth, runs = simulator.true_value, len(found)
    claimed = sum(one.shown for one in found)
    covered = int(((ends[:, 0] <= truth) & (truth <= ends[:, 1])).sum())
    away = (ends[:, 0] > 0) | (ends[:, 1] < 0)
    told = values[away] if len(ends) == len(values) else np.array([])
    squares = np.array([one.se**2 for one in shown if one.se is not None])
    cell = simulator.cell
    power_low, power_high = wilson(claimed, runs, LEVEL) if runs else (None, None)
    coverage = wilson(covered, len(ends), LEVEL) if len(ends) else (None, None)
    widths = [one.rsr_width for one in found if one.rsr_width is not None]
    return CellResult(
        effect=cell.effect,
        wrong=cell.wrong,
        cases=cell.cases,
        clinicians=cell.clinicians,
        invented=simulator.invented,
        truth=truth,
        runs=runs,
        withheld=runs - len(shown),
        power=claimed / runs if runs else None,
        power_low=power_low,
        power_high=power_high,
        excludes_zero=float(away.mean()) if len(ends) else None,
        coverage=covered / len(ends) if len(ends) else None,
        coverage_low=coverage[0],
        coverage_high=coverage[1],
        width=float((ends[:, 1] - ends[:, 0]).mean()) if len(ends) else None,
        bias=float(values.mean() - truth) if len(values) else None,
        bias_error=_error(values),
        type_s=float((np.sign(told) != np.sign(truth)).mean()) if len(told) and truth else None,
        type_m=float(np.abs(told).mean() / abs(truth)) if len(told) and truth else None,
        advised=_mean([one.advised for one in found]),
        undefined_rair=_mean([one.undefined_rair for one in found]),
        undefined_rsr=_mean([one.undefined_rsr for one in found]),
        rsr_width=float(np.mean(widths)) if widths else None,
        drop_out=1.0 - _mean([one.kept for one in found]),
        se2=float(squares.mean()) if len(squares) else None,
        se2_error=_error(squares),
        stopped_early=runs < simulator.grid.most,
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _error(values: "np.ndarray[Any, np.dtype[np.float64]]") -> float | None:
    return float(values.std(ddof=1)) / sqrt(len(values)) if len(values) > 1 else None


class Study:
    """A grid on a protocol, made ready cell by cell."""

    def __init__(self, protocol: Protocol, packs: Mapping[str, Pack], truth: Truth, grid: Grid) -> None:
        self.protocol, self.packs, self.truth, self.grid = protocol, packs, truth, grid
        self.target: Target = target_of(protocol)
        self._simulators: dict[int, Simulator] = {}

    def simulator(self, cell: int) -> Simulator:
        if cell not in self._simulators:
            self._simulators[cell] = Simulator(self.protocol, self.packs, self.truth, self.grid, cell)
        return self._simulators[cell]

    def batch(self, cell: int, batch: int, tell: Callable[[], None] | None = None) -> list[Outcome]:
        """The outcomes of one batch; ``tell`` is called after each replicate, and may raise to stop the work."""
        found = []
        for number in self.grid.numbers(batch):
            found.append(self.simulator(cell).run(number))
            if tell:
                tell()
        return found

    def result(self, batches: Batches) -> dict[str, Any]:
        """The whole result as plain data: cells, and what follows from comparing them. Every cell must be settled."""
        cells = []
        for number in range(len(self.grid.cells())):
            done = prefix(batches, number)
            needed = enough(self.grid, done)
            if needed is None:
                raise ValueError(f"cell {number} is not settled")
            cells.append(count(self.simulator(number), [one for batch in done[:needed] for one in batch]))
        return {
            "simlab": "power-result/1",
            "target": asdict(self.target),
            "grid": self.grid.document(),
            "truth": self.truth.document(),
            "protocol_sha256": self.protocol.hash,
            "cells": [asdict(cell) for cell in cells],
            "ceilings": [asdict(one) for one in bounds.ceilings(cells, self.target)],
            "smallest": [asdict(one) for one in bounds.smallest(cells, self.grid.power)],
            "wrong_advice": [asdict(one) for one in bounds.bought(cells)],
        }

    def run(self, tell: Callable[[int, int], None] | None = None) -> dict[str, Any]:
        """Everything in this process, cell after cell; ``tell`` gets replicates done and the most there are."""
        batches: dict[tuple[int, int], Sequence[Outcome]] = {}
        cells, done = len(self.grid.cells()), 0
        for cell in range(cells):
            for batch in range(self.grid.batches):
                batches[cell, batch] = self.batch(cell, batch)
                done += len(batches[cell, batch])
                if tell:
                    tell(done, cells * self.grid.most)
                if enough(self.grid, prefix(batches, cell)) is not None:
                    break
        return self.result(batches)


def dump(result: Mapping[str, Any]) -> str:
    """The canonical text of a result: the same numbers, the same bytes."""
    return json.dumps(result, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
