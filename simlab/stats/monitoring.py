"""Watching each clinician: LC-CUSUM until competence is reached, then CUSUM for its loss (Biau and Porcher 2010).

Only unaided decisions count, in the order in which they were made; a missing case neither advances nor resets a chart.
"""

import math

import numpy as np

from simlab.stats import resample, skill
from simlab.stats.accuracy import judged
from simlab.stats.change import ordered
from simlab.stats.described import Words, nothing
from simlab.stats.planfile import Plan
from simlab.stats.planoptions import SkillOptions
from simlab.stats.prepare import Prepared, Sieved, no
from simlab.stats.result import Analysis, Estimate, Table

TITLE = "Competence watched case by case"
MOST_PEOPLE = 500
RUNS, LONGEST = 1000, 2000  # simulated charts, and the case at which one that has not signalled is stopped


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Share that reached competence and, of these, that lost it, by arm; a chart a participant; how long charts run."""
    kept = judged(prepared.encounters)
    rows = ordered(kept.rows[no(kept.rows["advice_shown"])])
    if not len(rows):
        return nothing(
            "monitoring", TITLE, "No decision in these data was made without advice, so there is nothing to watch."
        )
    settings = plan.options.skill
    people: list[tuple[str, str, int, int | None, int | None, float]] = []
    for (arm, person), own in rows.groupby(["arm", "participant"], sort=True):
        people.append((str(person), str(arm), *watched(no(own["final_correct"]).tolist(), settings)))
    estimates: list[Estimate] = []
    for arm in plan.arms:
        own_people = [p for p in people if p[1] == arm]
        if own_people:
            about = Sieved(rows[(rows["arm"] == arm).to_numpy(dtype=bool)], kept.dropped)
            estimates += _of_arm(arm, own_people, about, plan)
    tables = [_lengths(settings, plan.seed)]
    if len(people) <= MOST_PEOPLE:
        columns = ("participant", "arm", "unaided cases", "competent at case", "loss signalled at case", "last CUSUM")
        tables.append(Table("participants", columns, tuple(people)))
    return Analysis("monitoring", TITLE, tuple(estimates), tables=tuple(tables))


def watched(failures: list[bool], settings: SkillOptions) -> tuple[int, int | None, int | None, float]:
    """Cases; the case at which competence was reached and that at which its loss was signalled; the CUSUM's end."""
    p0, p1 = settings.acceptable, settings.unacceptable
    reached = skill.learning_cusum(failures, p0, p1, settings.competence_limit).signal
    if reached is None:
        return len(failures), None, None, 0.0
    chart = skill.cusum(failures[reached:], p0, p1, settings.loss_limit)
    lost = None if chart.signal is None else reached + chart.signal
    return len(failures), reached, lost, chart.path[-1] if chart.path else 0.0


def _of_arm(
    arm: str, people: list[tuple[str, str, int, int | None, int | None, float]], about: Sieved, plan: Plan
) -> list[Estimate]:
    reached = np.array([[p[3] is not None] for p in people], dtype=np.float64)
    lost = np.array([[p[4] is not None] for p in people], dtype=np.float64)
    made = []
    for words, over, under in (
        (Words(f"competent/{arm}", f"Reached competence (LC-CUSUM), {arm} arm"), reached, np.ones_like(reached)),
        (Words(f"loss/{arm}", f"Loss signalled after competence (CUSUM), {arm} arm"), lost, reached),
    ):
        rng = resample.generator(plan.seed, f"monitoring/{words.name}")
        found = resample.ratios(over, under, rng=rng, draws=plan.bootstrap, level=plan.level)[0]
        made.append(resample.estimate(words.name, words.label, found, about, plan.level))
    cases = [p[3] for p in people if p[3] is not None]
    label = f"Unaided cases until competence, median of those who reached it, {arm} arm"
    value = float(np.median(cases)) if cases else None
    made.append(
        Estimate(
            f"cases-to-competence/{arm}", label, value, "count", "described, no interval; the others are censored",
            n_used=len(cases), n_dropped=len(people) - len(cases),
            note=None if cases else "Undefined: nobody reached competence.",
        )
    )  # fmt: skip
    return made


def _lengths(settings: SkillOptions, seed: int) -> Table:
    """Mean number of cases until each chart signals, by simulation at both rates: a limit means nothing without it."""
    up, down = (
        math.log(settings.unacceptable / settings.acceptable),
        math.log((1 - settings.unacceptable) / (1 - settings.acceptable)),
    )
    rows = []
    for chart, failed, passed, limit in (
        ("CUSUM", up, down, settings.loss_limit),
        ("LC-CUSUM", -up, -down, settings.competence_limit),
    ):
        for rate in (settings.acceptable, settings.unacceptable):
            rng = resample.generator(seed, f"run length/{chart}/{rate}")
            mean, cut = run_length(failed, passed, limit, rate, rng)
            rows.append((chart, limit, rate, mean, cut))
    columns = ("chart", "limit", "rate of failures", "mean cases to the signal", f"charts stopped at {LONGEST} cases")
    return Table("run lengths", columns, tuple(rows))


def run_length(failed: float, passed: float, limit: float, rate: float, rng: np.random.Generator) -> tuple[float, int]:
    """Mean run length of RUNS simulated charts, and how many were stopped at LONGEST; those count as that long."""
    total, length = np.zeros(RUNS), np.full(RUNS, LONGEST)
    alive = np.ones(RUNS, dtype=bool)
    for case in range(1, LONGEST + 1):
        step = np.where(rng.random(RUNS) < rate, failed, passed)
        total = np.maximum(0.0, total + step)
        now = alive & (total >= limit)
        length[now] = case
        alive &= ~now
        if not alive.any():
            break
    return float(length.mean()), int(alive.sum())
