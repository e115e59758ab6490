"""Time to decision: do its intervals hold the truth where clinicians differ and a limit cuts decisions short?"""

import numpy as np

from simlab.rehearsal.validation import WITHHELD, Check, Law, Replicate
from simlab.stats.intervals import Array, CannotFit, Codes, Interval
from simlab.stats.survival_curves import kaplan_meier
from simlab.stats.survival_models import accelerated, cox

PEOPLE, CASES, LIMIT = 40, 12, 90.0
CENTRE, SLOWER = 4.0, 0.2  # log seconds
STUDY = f"{PEOPLE} clinicians, {CASES} cases, a limit of {LIMIT:g} seconds that about a third of decisions meet"
NAME = "Time to decision with a limit"


def _study(rng: np.random.Generator, effect: float) -> tuple[Array, Array, Array, Codes]:
    """Seconds, decided, arm and clinician: clinicians differ (SD 0.3), and decisions within them (SD 0.5)."""
    person = np.repeat(np.arange(PEOPLE), CASES)
    arm = (person % 2).astype(np.float64)
    log = CENTRE + effect * arm + rng.normal(0, 0.3, PEOPLE)[person] + rng.normal(0, 0.5, len(person))
    time = np.exp(log)
    return np.minimum(time, LIMIT), (time < LIMIT).astype(np.float64), arm, person.astype(np.int64)


def _log(found: Interval) -> Replicate:
    low, high = found.low, found.high
    if low is None or high is None:
        return WITHHELD
    return Replicate(float(np.log(found.value)), float(np.log(low)), float(np.log(high)))


def _time_ratio(rng: np.random.Generator) -> Replicate:
    time, decided, arm, person = _study(rng, SLOWER)
    x = np.column_stack([np.ones(len(arm)), arm])
    return _log(accelerated(time, decided, x, person, names=["intercept", "arm"]).ratio("arm", df=PEOPLE - 1))


def _hazard_ratio(rng: np.random.Generator) -> Replicate:
    time, decided, arm, person = _study(rng, 0.0)
    try:
        return _log(cox(time, decided, arm[:, None], person, names=["arm"]).ratio("arm", df=PEOPLE - 1))
    except CannotFit:
        return WITHHELD


def _median(rng: np.random.Generator) -> Replicate:
    time, decided, _, person = _study(rng, 0.0)
    value, low, high = kaplan_meier(time, decided, person, df=PEOPLE - 1).reached(0.5)
    if value is None or low is None or high is None:
        return WITHHELD
    return Replicate(float(np.log(value)), float(np.log(low)), float(np.log(high)))


def _other_way_round(rng: np.random.Generator) -> str | None:
    time, decided, arm, person = _study(rng, SLOWER)
    one, other = (cox(time, decided, a[:, None], person, names=["arm"]) for a in (arm, 1 - arm))
    return None if np.allclose(one.beta, -other.beta, atol=1e-9) else "exchanging the arms did not invert the ratio"


CHECKS = (
    Check("survival/hazard-ratio-null", f"{NAME}: hazard ratio (log)", f"{STUDY}; no effect", _hazard_ratio, 0.0, 0.0),
    Check("survival/time-ratio", f"{NAME}: ratio of times (log)", f"{STUDY}; 22 % slower", _time_ratio, SLOWER, 0.0),
    Check("survival/median", f"{NAME}: median (log)", f"{STUDY}; no effect", _median, CENTRE),
    Law("survival/exchange", f"{NAME}: hazard ratio", "exchanging the arms inverts the ratio", _other_way_round),
)
