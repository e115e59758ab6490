"""Is the truth found again? Many data sets of one truth, each analysed by the protocol's own plan."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from simlab.engine.casefile import Pack, load_pack
from simlab.engine.protocol import Protocol, load_protocol
from simlab.rehearsal import dataset, truths
from simlab.rehearsal.truth import BadTruth, Truth, load_truth
from simlab.rehearsal.truths import Value
from simlab.stats import plans, resample

FEWEST_RESAMPLES = 100
"""Bootstrap draws of a run; the model-based numbers that are looked at here need none."""


@dataclass(frozen=True)
class World:
    """A protocol with its packs and its truth, as read from one folder."""

    protocol: Protocol
    packs: Mapping[str, Pack]
    truth: Truth


@dataclass(frozen=True)
class Found:
    """One estimate of one run; all None when the analysis withheld it."""

    value: float | None
    low: float | None
    high: float | None
    se: float | None


@dataclass(frozen=True)
class Recovered:
    """One estimand over all runs: how often the interval held the truth, bias, and whether the SE is honest.

    ``coverage`` counts runs in which the number was shown; ``withheld`` the others. ``bias_se`` is Monte-Carlo error.
    ``spread`` is the standard deviation of the estimates, ``mean_se`` what the analysis said it was.
    """

    name: str
    truth: Value
    shown: int
    withheld: int
    covered: int
    coverage: float | None
    coverage_low: float | None
    coverage_high: float | None
    mean: float | None
    bias: float | None
    bias_se: float | None
    spread: float | None
    mean_se: float | None


def load_world(folder: Path, cases: Path) -> World:
    """Read ``study.yaml`` and ``truth.yaml`` of a folder and the packs they name, found in the folder ``cases``."""
    if not (folder / "study.yaml").is_file():
        raise BadTruth(str(folder), "holds no study.yaml", "give the folder of a protocol")
    protocol = load_protocol(folder / "study.yaml")
    packs = {name: load_pack(cases / name) for name in protocol.cases.packs}
    return World(protocol, packs, load_truth(folder / "truth.yaml"))


def asked_of(protocol: Protocol) -> tuple[str, ...]:
    """What is looked at: the primary contrast, and accuracy with advice against control in each advised phase."""
    plan = protocol.plan()
    advised = [(arm, phase) for phase, arms in plan["advised"].items() for arm in arms]
    control = plan["control"]
    names = ["deskilling/difference"] if plan["primary"] else []
    names += [f"accuracy/difference/{arm}/{phase}" for arm, phase in advised if control is not None]
    if not names:
        raise BadTruth("the protocol", "has no contrast between arms to recover", "name a primary contrast")
    return tuple(names)


def one_run(world: World, clinicians: int, seed: int, names: Sequence[str]) -> dict[str, Found]:
    """Simulate one data set, run the plan's model-based analyses on it, and pick the estimates named."""
    table = dataset.simulate(world.protocol, world.packs, world.truth, clinicians, seed)
    wanted = {name.split("/")[0] for name in names}
    plan = world.protocol.plan()
    analyses = [name for name in ("accuracy", "deskilling") if name in wanted]
    result = plans.run(table, {**plan, "analyses": analyses, "bootstrap": FEWEST_RESAMPLES})
    estimates = {f"{one['name']}/{two['name']}": two for one in result["analyses"] for two in one["estimates"]}
    return {name: _found(estimates.get(name)) for name in names}


def _found(estimate: Mapping[str, float | None] | None) -> Found:
    if estimate is None:
        return Found(None, None, None, None)
    return Found(estimate["value"], estimate["low"], estimate["high"], estimate["se"])


def recover(
    folder: Path,
    cases: Path,
    *,
    runs: int,
    clinicians: int,
    seed: int = 1,
    jobs: int = 1,
    people: int = 40_000,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Recovered], float]:
    """Run the study ``runs`` times with seeds seed, seed + 1, …; returns what was recovered and the seconds per run.

    The seconds are of one core: total time of all processes over the number of runs.
    """
    world = load_world(folder, cases)
    names = asked_of(world.protocol)
    true = truths.marginal(world.truth, world.protocol, world.packs, people)
    work = [(folder, cases, clinicians, seed + run, names) for run in range(runs)]
    found, seconds = [], 0.0
    for count, (one, spent) in enumerate(_all(work, jobs), start=1):
        found.append(one)
        seconds += spent
        if progress:
            progress(count, runs)
    return [_recovered(name, true[name], [one[name] for one in found]) for name in names], seconds / runs


Work = tuple[Path, Path, int, int, tuple[str, ...]]


def _all(
    work: Sequence[Work], jobs: int
) -> "list[tuple[dict[str, Found], float]] | map[tuple[dict[str, Found], float]]":
    if jobs == 1:
        return map(_timed, work)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_timed, work, chunksize=5))


_read: dict[Path, World] = {}


def _timed(work: Work) -> tuple[dict[str, Found], float]:
    folder, cases, clinicians, seed, names = work
    if folder not in _read:
        _read[folder] = load_world(folder, cases)
    started = time.perf_counter()
    found = one_run(_read[folder], clinicians, seed, names)
    return found, time.perf_counter() - started


def _recovered(name: str, true: Value, found: Sequence[Found]) -> Recovered:
    shown = [one for one in found if one.value is not None and one.low is not None and one.high is not None]
    values = np.array([one.value for one in shown], dtype=np.float64)
    covered = sum(bool(one.low <= true.value <= one.high) for one in shown)  # type: ignore[operator]
    n = len(shown)
    low, high = resample.wilson(covered, n, 0.95) if n else (None, None)
    errors = [one.se for one in shown if one.se is not None]
    spread = float(values.std(ddof=1)) if n > 1 else None
    mean = float(values.mean()) if n else None
    return Recovered(
        name=name,
        truth=true,
        shown=n,
        withheld=len(found) - n,
        covered=covered,
        coverage=covered / n if n else None,
        coverage_low=low,
        coverage_high=high,
        mean=mean,
        bias=None if mean is None else mean - true.value,
        bias_se=None if spread is None else float(np.hypot(spread / np.sqrt(n), true.mc_se)),
        spread=spread,
        mean_se=float(np.mean(errors)) if errors else None,
    )
