"""A simulated trial and its primary analysis per second of one core, beside the same loop in R; and two workers.

    PYTHONPATH=. python docs/bench/power_beside_r.py --runs 10
    PYTHONPATH=. python docs/bench/power_beside_r.py --runs 10 --no-r --workers

The trial is the demonstration study with 60 clinicians. Both loops are given designs ready. SimLab's lets virtual
clinicians sit the whole study, builds the analysis table, fits the primary model and works out its contrast with
degrees of freedom, and the counts of reliance. R's loop (power.R) draws outcomes and fits the same model with
lme4::glmer; it has less to do. What a cell of a grid costs once (25 allocations with their schedules, and four pilot
studies from which the searches start) is printed beside. Answers are compared on the data sets that SimLab made: the
treated coefficient and the log-likelihood. The two loops take turns, five runs each, so that what else the machine does
slows both. Processor seconds are printed, which depend less on it than elapsed ones.
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

from simlab.rehearsal import recovery
from simlab.rehearsal.grid import grid_from
from simlab.rehearsal.replicate import SCHEDULES, Simulator
from simlab.stats import contrasts

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TURN = 5


def simulator(seed: int) -> Simulator:
    """The demonstration study with 60 clinicians, made ready."""
    world = recovery.load_world(ROOT / "protocols" / "demo", ROOT / "cases")
    return Simulator(world.protocol, world.packs, world.truth, grid_from({"clinicians": [60], "seed": seed}), 0)


def beside_r(runs: int, seed: int) -> None:
    """Speed of both loops, and how far their answers are apart on the same data."""
    made = simulator(seed)
    began = time.process_time()
    for number in range(SCHEDULES):
        made.layout(number)
    if made.start is None:
        raise SystemExit("No pilot study converged; use another seed.")
    once = time.process_time() - began
    designs = [made.design(made.study(number)) for number in range(runs)]
    fits = [contrasts.fit(one) for one in designs]
    ours: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, one in enumerate(designs):
            clinician, case = one.factors
            pd.DataFrame(
                {
                    "y": one.y.astype(int), "later": one.x[:, 1], "treated": one.x[:, 2],
                    "clinician": clinician.labels, "case": case.labels,
                }
            ).to_csv(Path(folder) / f"{number:03}.csv", index=False)  # fmt: skip
        found: dict[str, list[float]] = {"processor_s": [], "treated": [], "loglik": []}
        command = ["Rscript", HERE / "power.R", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as theirs:
            for first in range(0, runs, TURN):
                for number in range(first, min(first + TURN, runs)):
                    began = time.process_time()
                    made.run(number)
                    ours.append(time.process_time() - began)
                for _ in range(first, min(first + TURN, runs)):
                    theirs.stdin.write("\n")
                    theirs.stdin.flush()
                    for name, value in json.loads(theirs.stdout.readline()).items():
                        found[name].append(value)
    apart = [abs(f.beta[2] - b) / f.se[2] for f, b in zip(fits, found["treated"], strict=True) if f.converged]
    higher = [f.loglik - b for f, b in zip(fits, found["loglik"], strict=True) if f.converged]
    mine, other = float(np.mean(ours)), float(np.mean(found["processor_s"]))
    print("| loop | processor s a study | median | studies a second of one core |\n| --- | ---: | ---: | ---: |")
    print(f"| SimLab, whole study | {mine:.3f} | {np.median(ours):.3f} | {1 / mine:.2f} |")
    print(f"| R, outcomes and lme4::glmer | {other:.3f} | {np.median(found['processor_s']):.3f} | {1 / other:.2f} |\n")
    print(f"R takes {other / mine:.1f} times as long, {runs} studies; what a cell costs once: {once:.2f} s.")
    print(
        f"Treated coefficient at most {max(apart):.4f} standard errors apart (median {np.median(apart):.5f}); SimLab's "
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
