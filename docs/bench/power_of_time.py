"""Power counted from simulated study to result beside an exact closed form, in a case whose components are there.

    PYTHONPATH=. python docs/bench/power_of_time.py --runs 400

Two arms, one phase, twelve cases that everybody sits; beside every case of the advised arm stands advice, and whoever
has it takes `SLOWER` times as long. Log times are normal, with an SD of their own for clinicians, cases and
encounters. Every replicate goes the whole way: a protocol, its schedules, virtual clinicians, the analysis table, the
plan of the protocol, the report. Counted is how often the interval of the ratio of times leaves out 1.

Closed form: all cases stand in both arms equally often, so the case falls out of the contrast, and what is left is a
comparison of clinicians' means with variance PERSON² + NOISE² / CASES each. Its power is that of a two-sided t-test
with clinicians − 2 degrees of freedom: a noncentral t (Johnson, Kotz and Balakrishnan 1995, chapter 31). The mixed
model also fits how much more advice slows one case than another, which is 0 here; with clinicians who differ more than
encounters do, that widens its interval by less than half a per cent.
"""

import argparse
from collections.abc import Iterator, Mapping
from math import log, sqrt
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from threadpoolctl import threadpool_limits

from simlab.engine.casefile import Pack
from simlab.engine.protocol import Protocol, parse_protocol
from simlab.rehearsal import dataset, planning, recovery
from simlab.rehearsal.traits import generator
from simlab.rehearsal.truth import Care, DropOut, Fatigue, Time, Truth
from simlab.stats import plans
from simlab.stats.resample import wilson

ROOT = Path(__file__).resolve().parents[2]
CLINICIANS = (24, 48, 72, 96)
CASES, PERSON, CASE, NOISE, SLOWER = 12, 0.5, 0.15, 0.2, 1.4  # SDs of log seconds
SCHEDULES = 5  # drawn for a size and used in turn: everybody sits all cases, so that they differ in order alone
ESTIMATE = "ratio/advised/cases"
STUDY = """
simlab: study/1
title: Does advice make decisions slower?
summary: Written cases, half of the clinicians with suggestions beside them.
population: {roles: [gp]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [primary-care], forms: {A: 6, B: 6}, rotate: latin-square}
design: {kind: parallel}
arms: {unaided: 1, advised: 1}
phases: {cases: {forms: 2, advice: {unaided: none, advised: beside}}}
advice: {beside: {when: with-case, wrong: 2 of 6, confidence: none, explanation: none}}
allocation: {method: blocks, sizes: [4]}
analysis: {secondary: [time]}
"""


def with_known_times(truth: Truth) -> Truth:
    """The truth with log-normal times of known components, whoever decides what, and nobody leaving."""
    first = Time(shift=0.0, median=60.0, sd=NOISE)
    times = {"first": first, "person_sd": PERSON, "with_advice": SLOWER, "speed_accuracy": 0.0, "hidden_share": 0.0}
    everybody = {"grades": {"gp": 1.0}, "declined": 0.0, "ineligible": 0.0}
    alike = truth.changed(times=times, cases={"pace_sd": CASE}, arrivals=everybody)
    return alike.model_copy(update={"drop_out": DropOut(), "care": Care(), "fatigue": Fatigue()})


def standard_error(clinicians: int) -> float:
    """The true standard error of the difference of mean log times."""
    return 2 * sqrt((PERSON**2 + NOISE**2 / CASES) / clinicians)


def exact_power(clinicians: int, effect: float) -> float:
    """Power of the two-sided t-test at 5 % for a difference of log times."""
    df = clinicians - 2
    bound, shift = float(stats.t.ppf(0.975, df)), effect / standard_error(clinicians)
    return float(stats.nct.sf(bound, df, shift) + stats.nct.cdf(-bound, df, shift))


def estimates(
    protocol: Protocol, packs: Mapping[str, Pack], truth: Truth, clinicians: int, runs: int, seed: int
) -> Iterator[tuple[pd.DataFrame, dict[str, Any]]]:
    """So many simulated studies, each with the ratio of times as its report has it."""
    plan = {**protocol.plan(), "analyses": ["time"], "bootstrap": 100}
    drawn = [planning.plan(protocol, packs, truth, clinicians, seed + one) for one in range(min(SCHEDULES, runs))]
    for run in range(runs):
        own = int(generator(seed, "time", clinicians, run).integers(2**53))
        table = dataset.simulate_plan(drawn[run % len(drawn)], truth, own)
        time = next(one for one in plans.run(table, plan)["analyses"] if one["name"] == "time")
        yield table, next(one for one in time["estimates"] if one["name"] == ESTIMATE)


def shows(estimate: Mapping[str, Any]) -> bool:
    """Whether the interval of a ratio leaves out 1; a number that was withheld shows nothing."""
    return estimate["low"] is not None and not estimate["low"] <= 1.0 <= estimate["high"]


def main() -> None:
    """Print a line for each number of clinicians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--seconds", type=float, default=0.0, help="stop a size after so long (0: never)")
    parser.add_argument("--clinicians", type=int, nargs="+", default=list(CLINICIANS))
    given = parser.parse_args()
    world = recovery.load_world(ROOT / "protocols" / "demo", ROOT / "cases")
    protocol, truth = parse_protocol(STUDY), with_known_times(world.truth)
    print("| clinicians | studies | withheld | closed form | counted (95 %) | true SE, spread | z |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for clinicians in given.clinicians:
        found, started = [], monotonic()
        for _, estimate in estimates(protocol, world.packs, truth, clinicians, given.runs, given.seed):
            found.append(estimate)
            if given.seconds and monotonic() - started > given.seconds:
                break
        runs, shown, exact = len(found), sum(map(shows, found)), exact_power(clinicians, log(SLOWER))
        low, high = wilson(shown, runs, 0.95)
        logs = [log(one["value"]) for one in found if one["value"] is not None]
        z = (shown / runs - exact) / sqrt(exact * (1 - exact) / runs)
        print(
            f"| {clinicians} | {runs} | {runs - len(logs)} | {exact:.1%} | {shown / runs:.1%} "
            f"({low:.1%} to {high:.1%}) | {standard_error(clinicians):.4f}, {np.std(logs, ddof=1):.4f} | {z:+.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
