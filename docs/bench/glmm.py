"""Speed of the mixed models beside R on the same data, in one run.

    python docs/bench/glmm.py [--repeats 5] [--no-r] [--large]

Writes the simulated tables to a temporary folder, fits each model here and in R (docs/bench/glmm.R, if Rscript is
there) in turn, and prints a Markdown table with the shortest elapsed and processor seconds of the repeats, one BLAS
thread, and both log-likelihoods. `--large` adds a million decisions, here only.
"""

import argparse
import csv
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from simlab.stats import glmm, lmm

NAMES = ("(intercept)", "later", "arm", "treated")
Table = dict[str, np.ndarray]

# name, clinicians, cases, decisions each, slope SD, model, engines of R to compare with
JOBS = (
    ("60 x 20, intercepts", 60, 20, 20, 0.0, "intercepts", ("glmer", "glmmTMB")),
    ("500 x 30 of 60, intercepts", 500, 60, 30, 0.0, "intercepts", ("glmer", "glmmTMB")),
    ("60 x 20, by-case slope", 60, 20, 20, 0.6, "slope", ("glmmTMB",)),
    ("600 x 20, by-case slope", 600, 20, 20, 0.6, "slope", ("glmmTMB",)),
    ("500 x 30 of 60, log time", 500, 60, 30, 0.0, "time", ("lmer",)),
    ("500 x 30 of 60, log time, by-case slope", 500, 60, 30, 0.3, "time slope", ("lmer",)),
)


def simulate(clinicians: int, cases: int, each: int, slope: float, seed: int = 1) -> Table:
    """Arms alternate over clinicians; half of the decisions are later; treated = arm x later."""
    rng = np.random.default_rng(seed)
    clinician = np.repeat(np.arange(clinicians), each)
    case = np.concatenate([rng.permutation(cases)[:each] for _ in range(clinicians)])
    arm = clinician % 2
    later = np.tile(np.arange(each), clinicians) % 2
    treated = (arm * later).astype(float)
    own, easy = rng.normal(size=clinicians)[clinician], rng.normal(size=cases)[case]
    gain = slope * rng.normal(size=cases)[case]
    eta = 0.5 + 0.3 * treated + 0.7 * own + easy + gain * treated
    logtime = 4 + 0.3 * own + 0.2 * easy + (0.1 + gain) * treated + 0.5 * rng.normal(size=eta.size)
    return {
        "y": (rng.random(eta.size) < expit(eta)).astype(float),
        "logtime": logtime,
        "clinician": clinician,
        "case": case,
        "arm": arm.astype(float),
        "later": later.astype(float),
        "treated": treated,
    }


def fit(table: Table, model: str) -> glmm.GlmmFit | lmm.LmmFit:
    """One model of one table."""
    x = np.column_stack([np.ones(table["y"].size), table["later"], table["arm"], table["treated"]])
    slopes = {"treated": table["treated"]} if "slope" in model else {}
    factors = [glmm.Factor("clinician", table["clinician"]), glmm.Factor("case", table["case"], slopes)]
    if model.startswith("time"):
        return lmm.fit(table["logtime"], x, factors, names=NAMES)
    return glmm.fit(table["y"], x, factors, names=NAMES)


def shortest(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Elapsed and processor seconds, each the least of the repeats."""
    elapsed, used = [], []
    for _ in range(repeats):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        elapsed.append(time.perf_counter() - start)
        used.append(time.process_time() - cpu)
    return min(elapsed), min(used)


def ask_r(table: Table, model: str, engine: str, repeats: int, folder: Path) -> dict[str, float]:
    """The same in R."""
    path = folder / "table.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows(zip(*(column.tolist() for column in table.values()), strict=True))
    script = Path(__file__).with_suffix(".R")
    answer = subprocess.run(
        ["Rscript", str(script), str(path), model, engine, str(repeats)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(answer.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Run every job and print one line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-r", action="store_true")
    parser.add_argument("--large", action="store_true")
    asked = parser.parse_args()
    with_r = not asked.no_r and shutil.which("Rscript") is not None
    print("| data and model | engine | elapsed s | processor s | times slower | log-likelihood |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for name, clinicians, cases, each, slope, model, engines in JOBS:
            table = simulate(clinicians, cases, each, slope)
            elapsed, used = shortest(lambda t=table, m=model: fit(t, m), asked.repeats)
            print(f"| {name} | simlab | {elapsed:.4f} | {used:.4f} | 1 | {fit(table, model).loglik:.5f} |", flush=True)
            for engine in engines if with_r else ():
                r = ask_r(table, model, engine, max(1, asked.repeats // 2), Path(folder))
                print(
                    f"| {name} | {engine} | {r['elapsed']:.3f} | {r['cpu']:.3f} | {r['cpu'] / used:.0f} "
                    f"| {r['loglik']:.5f} |",
                    flush=True,
                )
        if asked.large:
            table = simulate(50_000, 120, 20, 0.0)
            elapsed, used = shortest(lambda: fit(table, "intercepts"), 1)
            print(f"| 50,000 x 20 of 120, intercepts | simlab | {elapsed:.2f} | {used:.2f} | 1 | |")


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
