"""Power counted through the whole way (virtual clinicians, schedule, locked plan, verdict) beside a closed form.

    PYTHONPATH=. python docs/bench/power_closed_form.py --runs 100

The demonstration protocol is rehearsed in a world without differences: all cases as hard as each other, all clinicians
as able, nobody learns, nobody is harmed and nobody leaves. Answers of the primary phase are then independent with one
chance in both arms, and the power of the claim is that of a difference of two proportions with known variance. The
mixed model does not know that nothing differs, and where it finds variances by chance its interval is wider; so the
power at the mean standard error that it reported is printed too.
"""

import argparse
from collections.abc import Mapping
from math import sqrt
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from simlab.engine.casefile import Pack
from simlab.rehearsal import bounds, recovery
from simlab.rehearsal.grid import grid_from
from simlab.rehearsal.replicate import Simulator
from simlab.rehearsal.truth import Care, DropOut, Truth
from simlab.stats.resample import wilson

ROOT = Path(__file__).resolve().parents[2]
CLINICIANS = (40, 80, 160)
RIGHT, EACH = 0.6, 6  # share right; cases of a phase


def alike(packs: Mapping[str, Pack]) -> dict[str, Pack]:
    """The packs with every case of one difficulty."""
    return {
        name: pack.model_copy(
            update={"cases": {k: case.model_copy(update={"difficulty": RIGHT}) for k, case in pack.cases.items()}}
        )
        for name, pack in packs.items()
    }


def without_differences(truth: Truth) -> Truth:
    """The truth with nothing left but chance, the same in both arms."""
    return truth.changed(
        skill={"sd": 0.0, "competence_sd": 0.0, "grades": {}},
        cases={"sd": 0.0, "discrimination_sd": 0.0},
        practice={"learning_per_case": 0.0, "loss_per_aided_case": 0.0},
    ).model_copy(update={"drop_out": DropOut(), "care": Care()})


def main() -> None:
    """Print a line for each number of clinicians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261123)
    given = parser.parse_args()
    world = recovery.load_world(ROOT / "protocols" / "demo", ROOT / "cases")
    grid = grid_from({"clinicians": list(CLINICIANS), "seed": given.seed})
    print("| clinicians | closed form | counted (95 %) | SE: closed form, spread, reported | at the reported SE |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for number, clinicians in enumerate(CLINICIANS):
        made = Simulator(world.protocol, alike(world.packs), without_differences(world.truth), grid, number)
        found = [made.run(run) for run in range(given.runs)]
        error = sqrt(2 * RIGHT * (1 - RIGHT) / (clinicians // 2 * EACH))
        reported = float(np.mean([one.se for one in found if one.se is not None]))
        spread = float(np.std([one.value for one in found if one.value is not None], ddof=1))
        shown = sum(one.shown for one in found)
        low, high = wilson(shown, given.runs, 0.95)
        at_reported = bounds.shown_by(made.target, 0.0, reported)
        print(
            f"| {clinicians} | {bounds.shown_by(made.target, 0.0, error):.1%} | {shown / given.runs:.1%} ({low:.1%} to "
            f"{high:.1%}) | {error:.4f}, {spread:.4f}, {reported:.4f} | {at_reported:.1%} |",
            flush=True,
        )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
