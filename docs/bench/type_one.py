"""Type I error and coverage of the default primary analyses, in simulated studies of no effect.

    PYTHONPATH=. python docs/bench/type_one.py --analysis accuracy --clinicians 60 --cases 24 --runs 1000

Half of the clinicians, drawn by lot, are in the advised arm. Each decides `--each` cases (all of them where there are
fewer), half at baseline and half later. "accuracy" is the difference of advised and unaided decisions in the later
phase, a third of the advice being wrong; "deskilling" is the difference of unaided accuracy in the later phase, where
clinicians may differ in how much they change (`--change`). The effect differs between cases with SD `--slope`. Its mean
is not zero: it is found so that the true difference on the scale of the report, integrated over clinicians and cases
such as these, is `--points`, 0 unless said. So a rejection is a false positive, and an interval without `--points` a
miss. Every run has a seed of its own, (`--seed`, run), so that a longer run begins with the same studies.

Prints one line of a Markdown table per analysis: false positives of the interval as it is shipped, with its
Monte-Carlo SE; of the same fit with other degrees of freedom; of the model without slopes and with a normal interval,
kept as a control; and how often the shipped interval lies wholly below the truth (half of its misses, if it is fair).
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator
from scipy import optimize, stats
from scipy.special import expit
from threadpoolctl import threadpool_limits

from simlab.stats import contrasts, glmm, marginal
from simlab.stats.intervals import quantile
from simlab.stats.marginal import Cell

CLINICIAN_SD, CASE_SD, INTERCEPT, LATER = 0.7, 0.9, 0.5, 0.1
WRONG, HARM = 1 / 3, 1.5  # share of wrong advice, and what it costs beside right advice, in logits
KINDS = ("shipped", "normal", "least", "cases − 1", "clinicians − 1", "no slopes")
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(81)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@dataclass(frozen=True)
class World:
    """One kind of study. slope, change: SD in logits of the effect between cases, and of the change between clinicians;
    points: the true difference, as a share."""

    analysis: str
    clinicians: int
    cases: int
    each: int
    slope: float
    change: float
    points: float


def mean_effect(world: World) -> float:
    """The mean effect in logits at which the true difference in the later phase is `points`."""
    base = CLINICIAN_SD**2 + CASE_SD**2 + world.change**2
    centre = INTERCEPT + LATER

    def right(shift: float, variance: float) -> float:
        return float(expit(centre + shift + np.sqrt(variance) * NODES) @ WEIGHTS)

    def difference(effect: float) -> float:
        wrong = WRONG if world.analysis == "accuracy" else 0.0
        varied = base + world.slope**2
        share = (1 - wrong) * right(effect, varied) + wrong * right(effect - HARM, varied)
        return share - right(0.0, base) - world.points

    return float(optimize.brentq(difference, -5, 5))


def study(world: World, effect: float, rng: Generator) -> contrasts.Design:
    """One simulated study, as the design that the analysis fits."""
    half = min(world.each, world.cases) // 2
    clinician = np.repeat(np.arange(world.clinicians), 2 * half)
    later = np.tile(np.repeat([0, 1], half), world.clinicians)
    case = np.concatenate([rng.permutation(world.cases)[: 2 * half] for _ in range(world.clinicians)])
    exposed = rng.permutation(np.arange(world.clinicians) % 2)[clinician]
    treated = later * exposed
    turn = np.tile(np.arange(2 * half) % 3 == 0, world.clinicians)  # a third of each clinician's cases
    wrong = turn * treated if world.analysis == "accuracy" else np.zeros(later.size)
    gain = effect + world.slope * rng.normal(size=world.cases)
    eta = (
        INTERCEPT
        + LATER * later
        + CLINICIAN_SD * rng.normal(size=world.clinicians)[clinician]
        + CASE_SD * rng.normal(size=world.cases)[case]
        + gain[case] * treated
        - HARM * wrong
        + world.change * later * rng.normal(size=world.clinicians)[clinician]
    )
    right = (rng.random(eta.size) < expit(eta)).astype(float)
    arm, phase = np.array(["unaided", "advised"])[exposed], np.array(["baseline", "later"])[later]
    if world.analysis == "accuracy":
        return contrasts.accuracy_design(right, arm, phase, clinician, case, aided=treated, wrong_advice=wrong)
    return contrasts.deskilling_design(
        right, arm, phase, clinician, case,
        control="unaided", exposed="advised", baseline="baseline", later="later", clinician_slope=True,
    )  # fmt: skip


def cells(design: contrasts.Design) -> tuple[Cell, Cell]:
    """What is compared with what."""
    if "exposed" in design.cells:
        return design.cells["exposed"], design.cells["control"]
    return design.cells["advised", "later"], design.cells["unaided", "later"]


def without_slopes(design: contrasts.Design) -> contrasts.Design:
    """The same data and fixed effects with intercepts only."""
    one = {name: np.ones(1) for name in ("clinician", "case")}
    bare = {key: replace(cell, z=one) for key, cell in design.cells.items()}
    return replace(design, factors=tuple(replace(f, slopes={}) for f in design.factors), cells=bare)


@dataclass
class Tally:
    """What a number of runs has come to."""

    shown: int = 0
    withheld: int = 0
    singular: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    values: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)


def count(world: World, design: contrasts.Design, tally: Tally) -> None:
    """Fit one study and count its false positives by kind of interval."""
    fit = contrasts.fit(design)
    if not fit.converged:
        tally.withheld += 1
        return
    found = marginal.risk_difference(fit, *cells(design))
    levels = {coded.name: coded.count - 1 for coded in fit.rows.factors}
    least = found.df if found.df is None else min(found.df, *levels.values())
    statistic = (found.value - world.points) / found.se
    freedom = (found.df, None, least, levels["case"], levels["clinician"])
    for kind, number in zip(KINDS, freedom, strict=False):
        law = stats.norm if number is None else stats.t(number)
        tally.wrong[kind] += bool(2 * law.sf(abs(statistic)) < 0.05)
    reach = quantile(0.95, found.df) * found.se
    tally.wrong["below"] += bool(found.value + reach < world.points)
    plain = without_slopes(design)
    bare = marginal.risk_difference(
        glmm.fit(plain.y, plain.x, plain.factors, names=plain.names), *cells(plain), df="normal"
    )
    tally.wrong["no slopes"] += bare.se is not None and abs(bare.value - world.points) > quantile(0.95, None) * bare.se
    tally.shown += 1
    tally.singular += bool(fit.singular)
    tally.values.append(found.value)
    tally.errors.append(found.se)


HEAD = (
    "| analysis | clinicians × cases | runs | withheld | singular | bias, points | SD, mean SE | "
    + " | ".join(KINDS)
    + " | below |"
)


def line(world: World, tally: Tally) -> str:
    """One line of the table."""
    n = tally.shown
    rates = {kind: tally.wrong[kind] / n for kind in (*KINDS, "below")}
    bias = 100 * (np.mean(tally.values) - world.points)
    shipped = rates["shipped"]
    error = np.sqrt(max(shipped, 0.05) * (1 - max(shipped, 0.05)) / n)
    cell = [
        world.analysis,
        f"{world.clinicians} × {world.cases}",
        str(n + tally.withheld),
        str(tally.withheld),
        str(tally.singular),
        f"{bias:+.2f} ({100 * np.std(tally.values) / np.sqrt(n):.2f})",
        f"{100 * np.std(tally.values, ddof=1):.2f}, {100 * np.mean(tally.errors):.2f}",
        f"{100 * shipped:.1f} % ({100 * error:.1f})",
        *(f"{100 * rates[kind]:.1f} %" for kind in (*KINDS[1:], "below")),
    ]
    return "| " + " | ".join(cell) + " |"


def asked() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--analysis", choices=["accuracy", "deskilling", "both"], default="both")
    for name, kind, default in (
        ("runs", int, 1000),
        ("clinicians", int, 60),
        ("cases", int, 24),
        ("each", int, 24),
        ("slope", float, 0.6),
        ("change", float, 0.0),
        ("points", float, 0.0),
        ("seed", int, 20261123),
        ("seconds", float, float("inf")),
    ):
        parser.add_argument(f"--{name}", type=kind, default=default)
    return parser.parse_args()


def main() -> None:
    """Simulate, fit, count; stop early, between two runs, after `--seconds` an analysis."""
    ask = asked()
    print(HEAD + "\n|" + " --- |" * (HEAD.count("|") - 1))
    for analysis in ("accuracy", "deskilling") if ask.analysis == "both" else (ask.analysis,):
        world = World(analysis, ask.clinicians, ask.cases, ask.each, ask.slope, ask.change, ask.points / 100)
        effect, tally, started = mean_effect(world), Tally(), time.monotonic()
        for run in range(ask.runs):
            count(world, study(world, effect, np.random.default_rng([ask.seed, run])), tally)
            if time.monotonic() - started > ask.seconds:
                break
        print(line(world, tally), flush=True)


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
