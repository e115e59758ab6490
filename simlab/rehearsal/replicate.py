"""One simulated study and its primary analysis, as a power study needs them: fast, and by the shipped functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from simlab.engine.casefile import Pack
from simlab.engine.protocol import Protocol
from simlab.rehearsal import calibration, dataset, designs, planning, truths
from simlab.rehearsal.grid import Cell, Grid
from simlab.rehearsal.planning import Known
from simlab.rehearsal.traits import generator
from simlab.rehearsal.truth import BadTruth, DropOut, Truth
from simlab.stats import accuracy, contrasts, deskilling, estimand, glmm, reliance, resample
from simlab.stats.modelling import fitted
from simlab.stats.planfile import Plan, parse
from simlab.stats.prepare import Prepared
from simlab.stats.result import Analysis

FEWEST_RESAMPLES = 100
PEOPLE_TO_SOLVE = 3_000
PILOTS = 4
SCHEDULES = 25
"""Allocations and schedules drawn for a cell; its replicates use them in turn, with persons, case residuals and
behaviour of their own. A schedule is balanced by rule, and drawing one takes longer than sitting it."""
UNAIDED = ("deskilling", "persistence", "decay")


@dataclass(frozen=True)
class Target:
    """What is tested: the estimate of a report, the claim and its margin."""

    analysis: str
    estimate: str
    claim: str
    margin: float | None

    @property
    def name(self) -> str:
        return f"{self.analysis}/{self.estimate}"


def target_of(protocol: Protocol) -> Target:
    """The primary contrast of the protocol; without one, accuracy with advice against control where it is first given.

    Raises BadTruth where the protocol compares no arms.
    """
    plan = protocol.plan()
    primary = plan["primary"]
    if primary is not None and primary["name"] in UNAIDED:
        return Target("deskilling", "difference", primary["claim"], primary["margin"])
    if plan["control"] is not None:
        for phase, arms in plan["advised"].items():
            for arm in arms:
                return Target("accuracy", f"difference/{arm}/{phase}", "difference", None)
    raise BadTruth(
        "the protocol", "has no comparison between arms whose power could be simulated", "name a primary comparison"
    )


@dataclass(frozen=True)
class Outcome:
    """What one simulated study came to. ``shown`` says whether the claim was shown; ``undefined`` counts persons with
    advice whose own RAIR and RSR have an empty denominator; ``kept`` is the share of persons who sat everything."""

    value: float | None
    low: float | None
    high: float | None
    se: float | None
    shown: bool
    advised: int
    undefined_rair: int
    undefined_rsr: int
    rsr_width: float | None
    kept: float

    def document(self) -> list[Any]:
        return list(vars(self).values())


class Simulator:
    """One cell of a grid made ready: its protocol, its packs, its solved truth. Replicates differ by their number."""

    def __init__(self, protocol: Protocol, packs: Mapping[str, Pack], truth: Truth, grid: Grid, number: int) -> None:
        self.grid, self.number = grid, number
        self.cell: Cell = grid.cells()[number]
        self.target = target_of(protocol)
        made = designs.sized(protocol, packs, self.cell.cases, self.cell.wrong)
        self.protocol, self.packs, self.invented = made.protocol, made.packs, made.invented
        self._given = truth
        self._layouts: dict[int, dataset.Layout] = {}

    @cached_property
    def known(self) -> Known:
        return Known(self.protocol, self.packs, self.truth)

    @cached_property
    def truth(self) -> Truth:
        """The truth of the cell, solved for its effect."""
        if self.cell.effect is None:
            return self._given
        knob = calibration.knob_of(self.target.name)
        with threadpool_limits(1):
            people = self._people()
            return calibration.solve(self._given, self.protocol, people, self.target.name, self.cell.effect, knob)

    @cached_property
    def true_value(self) -> float:
        """The true value of what is tested, without drop-out."""
        if self.cell.effect is not None:
            return self.cell.effect
        found = truths.of_plan(self.truth, self.protocol, self._people(), 1, with_reliance=False)
        return found[self.target.name].value

    def _people(self) -> Any:
        loyal = self._given.model_copy(update={"drop_out": DropOut()})
        return calibration.people_of(self.protocol, self.packs, loyal, PEOPLE_TO_SOLVE, 1)

    @cached_property
    def plan(self) -> Plan:
        """The locked plan up to the primary phase: what comes later is another analysis."""
        plan = parse({**self.protocol.plan(), "bootstrap": FEWEST_RESAMPLES})
        if self.target.analysis != "deskilling" or plan.primary is None:
            return plan
        last = plan.phases.index(plan.primary.phase)
        return plan.model_copy(update={"phases": plan.phases[: last + 1]})

    def run(self, replicate: int) -> Outcome:
        """One simulated study and its analysis. The same number gives the same numbers on any machine."""
        with threadpool_limits(1):
            return self.outcome(self.study(replicate), self.start)

    def study(self, replicate: int) -> pd.DataFrame:
        """The planned encounters of one simulated study."""
        return self._sat("power", replicate, self.layout(replicate % SCHEDULES))

    def _sat(self, use: str, number: int, layout: dataset.Layout) -> pd.DataFrame:
        seed = int(generator(self.grid.seed, use, self.number, number).integers(2**53))
        return layout.filled(dataset.sit(layout.plan, self.truth, seed))

    def layout(self, number: int) -> dataset.Layout:
        """One of the allocations and schedules that the replicates of this cell share."""
        if number not in self._layouts:
            seed = int(generator(self.grid.seed, "schedule", self.number, number).integers(2**53))
            drawn = planning.plan(self.protocol, self.packs, self.truth, self.cell.clinicians, seed, self.known)
            self._layouts[number] = dataset.Layout(drawn)
        return self._layouts[number]

    @cached_property
    def start(self) -> glmm.Start | None:
        """Where the search of every replicate begins: the mean of a few pilot studies of their own."""
        pilots = (self.design(self._sat("pilot", number, self.layout(number))) for number in range(PILOTS))
        found = [fitted(partial(contrasts.fit, design)) for design in pilots]
        return glmm.start_from([one.fit for one in found if one.fit is not None and one.readable])

    def design(self, encounters: pd.DataFrame) -> contrasts.Design:
        """The primary model of a data set, ready to fit."""
        rows, plan = _of_plan(encounters, self.plan), self.plan
        if self.target.analysis != "deskilling" or plan.primary is None:
            return accuracy.design_of(accuracy.judged(rows).rows, plan)
        primary = plan.primary
        kept = estimand.chosen(rows, plan, primary, (primary.adjusted_for, primary.phase))
        return deskilling.design_of(kept.rows, plan, primary, primary.phase)

    def outcome(self, table: pd.DataFrame, start: glmm.Start | None = None) -> Outcome:
        """The primary analysis of a data set, and what else is looked at."""
        planned = table["arm"].notna()
        encounters = table if planned.all() else table[planned].reset_index(drop=True)
        found = analysed(encounters, self.plan, self.target, start)
        done = (encounters["status"] == "complete").groupby(encounters["participant"], sort=False).all()
        return Outcome(
            value=found.value,
            low=found.low,
            high=found.high,
            se=found.se,
            shown=found.shown,
            kept=float(done.mean()),
            **_reliance(encounters, self.plan.seed),
        )


@dataclass(frozen=True)
class Tested:
    """The estimate that is tested, and whether it shows the claim."""

    value: float | None
    low: float | None
    high: float | None
    se: float | None
    shown: bool


def _of_plan(encounters: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    here = encounters["arm"].isin(plan.arms) & encounters["phase"].isin(plan.phases)
    return encounters if here.all() else encounters[here].reset_index(drop=True)


def analysed(encounters: pd.DataFrame, plan: Plan, target: Target, start: glmm.Start | None = None) -> Tested:
    """The shipped analysis of planned encounters; the table needs no hash here, since nobody keeps it."""
    rows = _of_plan(encounters, plan)
    prepared = Prepared(rows[["participant", "status"]], rows, "", ())
    if target.analysis == "deskilling":
        analysis: Analysis = deskilling.analyse(prepared, plan, start)[0]
    else:
        analysis = accuracy.analyse(prepared, plan, start)
    estimate = next((one for one in analysis.estimates if one.name == target.estimate), None)
    if estimate is None or estimate.value is None:
        return Tested(None, None, None, None, False)
    verdict = [dict(zip(t.columns, row, strict=True)) for t in analysis.tables if t.name == "verdict" for row in t.rows]
    low, high = estimate.low, estimate.high
    shown = bool(verdict[0]["shown"]) if verdict else low is not None and high is not None and not low <= 0 <= high
    return Tested(estimate.value, low, high, estimate.se, shown)


def _reliance(encounters: pd.DataFrame, seed: int) -> dict[str, Any]:
    rows = encounters[encounters["advice_shown"].to_numpy(dtype=bool) & encounters["initial_correct"].notna()]
    nothing = {"advised": 0, "undefined_rair": 0, "undefined_rsr": 0, "rsr_width": None}
    if len(rows) == 0:
        return nothing
    flags = reliance.flags(rows)
    person, people = pd.factorize(rows["participant"])
    named = {measure.name: measure for measure in reliance.MEASURES}
    undefined = {
        name: int((np.bincount(person, weights=named[name].of(flags), minlength=len(people)) == 0).sum())
        for name in ("rair", "rsr")
    }
    of = named["rsr"].of(flags)
    under = resample.sums(person, of[:, None], len(people))
    over = resample.sums(person, (named["rsr"].over(flags) & of)[:, None], len(people))
    draws = resample.generator(seed, "reliance/rsr")
    ratio = resample.ratios(over, under, rng=draws, draws=FEWEST_RESAMPLES, level=0.95)[0]
    width = None if ratio.low is None or ratio.high is None else ratio.high - ratio.low
    return {
        "advised": len(people),
        "undefined_rair": undefined["rair"],
        "undefined_rsr": undefined["rsr"],
        "rsr_width": width,
    }
