"""A simulated trial and its primary analysis per second of one core, beside the same loop in R; and two workers.

    PYTHONPATH=. python docs/bench/power_beside_r.py --runs 10
    PYTHONPATH=. python docs/bench/power_beside_r.py --runs 10 --no-r --workers

The trial is the demonstration study with 60 clinicians. SimLab's loop allocates, lays out schedules, lets virtual
clinicians sit, builds the analysis table, fits the primary model and works out its contrast with degrees of freedom.
R's loop (power.R) is given the design ready, draws outcomes and fits the same model with lme4::glmer; it has less to
do. Answers are compared on the data sets that SimLab made: the treated coefficient and the log-likelihood. Processor
seconds are printed, which depend less on what else the machine does than elapsed ones.
"""

import argparse
import json
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from simlab.rehearsal import dataset, planning, recovery
from simlab.rehearsal.grid import grid_from
from simlab.rehearsal.replicate import Simulator
from simlab.stats import contrasts, deskilling, estimand

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def simulator(seed: int) -> Simulator:
    """The demonstration study with 60 clinicians, made ready."""
    world = recovery.load_world(ROOT / "protocols" / "demo", ROOT / "cases")
    return Simulator(world.protocol, world.packs, world.truth, grid_from({"clinicians": [60], "seed": seed}), 0)


def design(made: Simulator, seed: int) -> contrasts.Design:
    """The primary design of one simulated study."""
    plan = made.plan
    schedule = planning.plan(made.protocol, made.packs, made.truth, 60, seed, made.known)
    table = dataset.simulate_plan(schedule, made.truth, seed)
    rows = table[table["arm"].notna()].reset_index(drop=True)
    kept = estimand.chosen(rows, plan, plan.primary, (plan.primary.adjusted_for, plan.primary.phase))
    return deskilling.design_of(kept.rows, plan, plan.primary, plan.primary.phase)


def beside_r(runs: int, seed: int) -> None:
    """Speed of both loops, and how far their answers are apart on the same data."""
    made = simulator(seed)
    made.run(0)  # reads packs and compiles nothing more afterwards
    started, wall = time.process_time(), time.perf_counter()
    for number in range(runs):
        made.run(number)
    ours, ours_wall = (time.process_time() - started) / runs, (time.perf_counter() - wall) / runs
    designs = [design(made, number) for number in range(runs)]
    fits = [contrasts.fit(one) for one in designs]
    with tempfile.TemporaryDirectory() as folder:
        for number, one in enumerate(designs):
            clinician, case = one.factors
            pd.DataFrame(
                {
                    "y": one.y.astype(int), "later": one.x[:, 1], "treated": one.x[:, 2],
                    "clinician": clinician.labels, "case": case.labels,
                }
            ).to_csv(Path(folder) / f"{number:03}.csv", index=False)  # fmt: skip
        out = subprocess.run(["Rscript", HERE / "power.R", folder], check=True, capture_output=True, text=True).stdout
    found = json.loads(out.strip().splitlines()[-1])
    theirs = float(np.mean(found["processor_s"]))
    apart = [abs(f.beta[2] - b) / f.se[2] for f, b in zip(fits, found["treated"], strict=True) if f.converged]
    higher = [f.loglik - b for f, b in zip(fits, found["loglik"], strict=True) if f.converged]
    print("| loop | processor s a study | studies a second of one core |\n| --- | ---: | ---: |")
    print(f"| SimLab, whole study | {ours:.3f} | {1 / ours:.2f} |")
    print(f"| R, outcomes and lme4::glmer | {theirs:.3f} | {1 / theirs:.2f} |\n")
    print(
        f"R takes {theirs / ours:.1f} times as long; SimLab's elapsed time {ours_wall:.3f} s a study, {runs} studies."
    )
    print(
        f"Treated coefficient at most {max(apart):.3f} standard errors apart (median {np.median(apart):.4f}); SimLab's "
        f"log-likelihood higher by {min(higher):+.4f} to {max(higher):+.4f}."
    )


def _work(work: tuple[int, int, int]) -> None:
    seed, first, count = work
    with threadpool_limits(1):
        made = simulator(seed)
        for number in range(first, first + count):
            made.run(number)


def scaling(runs: int, seed: int) -> None:
    """Elapsed time of the same replicates by one process and by two."""
    spent = {}
    for workers in (1, 2):
        share = runs // workers
        work = [(seed, index * share, share) for index in range(workers)]
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            list(pool.map(_work, [(seed, 0, 1)] * workers))  # processes are up and modules are read
            started = time.perf_counter()
            list(pool.map(_work, work))
            spent[workers] = time.perf_counter() - started
    print(
        f"{runs} studies: one worker {spent[1]:.1f} s, two {spent[2]:.1f} s, {spent[1] / spent[2]:.2f} times as fast."
    )


def main() -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--no-r", action="store_true", help="leave R out")
    parser.add_argument("--workers", action="store_true", help="compare one worker with two")
    given = parser.parse_args()
    if not given.no_r:
        with threadpool_limits(1):
            beside_r(given.runs, given.seed)
    if given.workers:
        scaling(given.runs, given.seed)


if __name__ == "__main__":
    main()
