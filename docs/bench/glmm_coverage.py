"""Coverage of the marginal deskilling contrast in simulated studies, by kind of degrees of freedom.

    python docs/bench/glmm_coverage.py --runs 200 --clinicians 60 --cases 24 --slope 0.6

Arms are allocated to clinicians in equal numbers; every clinician sees half of the cases at baseline and the other
half later, both unaided; the effect of the exposed arm at the later phase differs between cases with SD `--slope`.
The truth is the risk difference on the scale that is reported, integrated over clinicians and cases; `--effect` is
the mean effect in logits. Prints one line per kind: coverage of 95 % intervals with its Monte-Carlo SE, and how often
the truth's own value is rejected (1 − coverage). "intercepts" is the model without the slope, kept as a control.
`--change` lets the change from baseline differ between clinicians with that SD (logits), and `--clinician-slope` fits
it; without the latter such a study shows what the default model costs.
"""

import argparse

import numpy as np
from numpy.random import Generator
from scipy.special import expit
from threadpoolctl import threadpool_limits

from simlab.stats import contrasts, glmm, marginal

CLINICIAN_SD, CASE_SD, INTERCEPT, LATER = 0.7, 0.9, 0.5, 0.1
KINDS = ("satterthwaite", "normal", "cases", "least")


def study(
    rng: Generator, clinicians: int, cases: int, effect: float, slope: float, change: float, clinician_slope: bool
) -> contrasts.Design:
    """One simulated study as a deskilling design."""
    half = cases // 2
    clinician = np.repeat(np.arange(clinicians), 2 * half)
    later = np.tile(np.repeat([0, 1], half), clinicians)
    case = np.concatenate([rng.permutation(cases)[: 2 * half] for _ in range(clinicians)])
    exposed = rng.permutation(np.arange(clinicians) % 2)[clinician]
    gain = effect + slope * rng.normal(size=cases)
    eta = (
        INTERCEPT
        + LATER * later
        + CLINICIAN_SD * rng.normal(size=clinicians)[clinician]
        + CASE_SD * rng.normal(size=cases)[case]
        + gain[case] * later * exposed
        + change * later * rng.normal(size=clinicians)[clinician]
    )
    return contrasts.deskilling_design(
        (rng.random(eta.size) < expit(eta)).astype(float),
        np.array(["unaided", "advised"])[exposed],
        np.array(["baseline", "later"])[later],
        clinician,
        case,
        control="unaided",
        exposed="advised",
        baseline="baseline",
        later="later",
        clinician_slope=clinician_slope,
    )


def truth(effect: float, slope: float, change: float) -> float:
    """The risk difference in the population of clinicians and cases."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(81)
    weights = weights / weights.sum()
    base = CLINICIAN_SD**2 + CASE_SD**2 + change**2
    centre = INTERCEPT + LATER
    return float(
        expit(centre + effect + np.sqrt(base + slope**2) * nodes) @ weights
        - expit(centre + np.sqrt(base) * nodes) @ weights
    )


def without_slope(design: contrasts.Design) -> glmm.GlmmFit:
    """The intercepts-only model of the same data."""
    clinician, case = design.factors
    clinician = glmm.Factor(clinician.name, clinician.labels)
    return glmm.fit(design.y, design.x, [clinician, glmm.Factor(case.name, case.labels)], names=design.names)


def main() -> None:
    """Simulate, fit, count."""
    parser = argparse.ArgumentParser()
    for name, kind, default in (
        ("runs", int, 200),
        ("clinicians", int, 60),
        ("cases", int, 24),
        ("slope", float, 0.6),
        ("effect", float, 0.0),
        ("change", float, 0.0),
        ("seed", int, 1),
    ):
        parser.add_argument(f"--{name}", type=kind, default=default)
    parser.add_argument("--clinician-slope", action="store_true")
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    true = truth(asked.effect, asked.slope, asked.change)
    hits = dict.fromkeys((*KINDS, "intercepts"), 0)
    usable, values, errors, singular = 0, [], [], 0
    for _ in range(asked.runs):
        design = study(
            rng, asked.clinicians, asked.cases, asked.effect, asked.slope, asked.change, asked.clinician_slope
        )
        fit, bare = contrasts.fit(design), without_slope(design)
        if not fit.converged or not bare.converged:
            continue
        usable += 1
        singular += bool(fit.singular)
        one, other = design.cells["exposed"], design.cells["control"]
        for kind in KINDS:
            found = marginal.risk_difference(fit, one, other, df=kind)
            hits[kind] += found.low < true < found.high
        values.append(found.value)
        errors.append(found.se)
        cells = {
            key: marginal.Cell(key, cell.x, {"clinician": np.ones(1), "case": np.ones(1)})
            for key, cell in design.cells.items()
        }
        found = marginal.risk_difference(bare, cells["exposed"], cells["control"], df="normal")
        hits["intercepts"] += found.low < true < found.high
    print(
        f"{asked.clinicians} clinicians x {asked.cases} cases, slope SD {asked.slope}, change SD {asked.change}"
        f"{', clinician slope fitted' if asked.clinician_slope else ''}: "
        f"{usable} of {asked.runs} usable, "
        f"{singular} singular, truth {100 * true:+.2f} points, bias {100 * (np.mean(values) - true):+.2f}, "
        f"SD of estimates {100 * np.std(values):.2f}, mean SE {100 * np.mean(errors):.2f}"
    )
    for kind, count in hits.items():
        share = count / usable
        print(
            f"  {kind:14} coverage {share:.3f} (Monte-Carlo SE {np.sqrt(share * (1 - share) / usable):.3f}), "
            f"rejected {1 - share:.3f}"
        )


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main()
