"""Coverage of the bootstrap intervals of RAIR and RSR in simulated studies with a known truth.

Participants differ in skill, in how often they follow, and in how much right advice sways them; cases differ in
hardness. The intervals speak of other participants on the same cases, so the truth of a study is its ratio for endless
participants on its cases, worked out by drawing 10,000 of them.

    PYTHONPATH=. python docs/bench/reliance_coverage.py --participants 28 --cases 20 --runs 400
"""

import argparse
import time

import numpy as np

from simlab.stats import resample


def study(rng, people, hardness, wrong):
    """Flags (people × cases): first answer right, advice right, followed."""
    cases = len(hardness)
    skill = rng.normal(0.8, 0.8, (people, 1))
    trust, sense = rng.normal(-0.4, 0.9, (people, 1)), rng.normal(0.9, 0.6, (people, 1))
    right = rng.random((people, cases)) < 1 / (1 + np.exp(-(skill - hardness)))
    advice = ~np.tile(wrong, (people, 1))
    followed = rng.random((people, cases)) < 1 / (1 + np.exp(-(trust + sense * advice + 0.3 * hardness)))
    return right, advice, followed


def sums(right, advice, followed):
    """Numerators and denominators of RAIR and RSR by participant, (people × 2) each; who follows ends on the advice."""
    gain, keep = ~right & advice, right & ~advice
    over = np.column_stack([(gain & followed).sum(axis=1), (keep & ~followed).sum(axis=1)])
    return over.astype(float), np.column_stack([gain.sum(axis=1), keep.sum(axis=1)]).astype(float)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--participants", type=int, default=28)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261123)
    given = parser.parse_args()
    began = time.process_time()
    held, widths, undefined, bias = np.zeros(2), np.zeros(2), np.zeros(2, dtype=int), np.zeros(2)
    for run in range(given.runs):
        rng = np.random.default_rng([given.seed, given.participants, given.cases, run])
        hardness = rng.normal(0, 0.9, given.cases)
        wrong = np.zeros(given.cases, dtype=bool)
        wrong[rng.permutation(given.cases)[: given.cases // 4]] = True
        top, bottom = sums(*study(rng, 10_000, hardness, wrong))
        truth = top.sum(axis=0) / bottom.sum(axis=0)
        over, under = sums(*study(rng, given.participants, hardness, wrong))
        found = resample.ratios(over, under, rng=rng, draws=given.draws, level=0.95)
        for k, ratio in enumerate(found):
            if ratio.low is None:
                undefined[k] += 1
                continue
            held[k] += ratio.low <= truth[k] <= ratio.high
            widths[k] += ratio.high - ratio.low
            bias[k] += ratio.value - truth[k]
    used = given.runs - undefined
    for k, name in enumerate(("RAIR", "RSR")):
        cover = held[k] / used[k]
        error = np.sqrt(0.95 * 0.05 / used[k])
        design = f"{given.participants} × {given.cases} | {used[k]} | {undefined[k]}"
        sizes = f"{100 * bias[k] / used[k]:+.2f} | {100 * widths[k] / used[k]:.1f}"
        print(f"| {name} | {design} | {sizes} | {100 * cover:.1f} % ({100 * error:.1f}) |")
    print(f"{time.process_time() - began:.0f} processor seconds")


if __name__ == "__main__":
    main()
