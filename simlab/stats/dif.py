"""Does a case treat two groups of equally able persons alike? Differential item functioning.

Mantel and Haenszel's common odds ratio over strata of the total score, with the ETS classes; and logistic regression
on score and group, which tells a uniform difference from one that changes with ability (Swaminathan and Rogers 1990).
"""

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from scipy import stats

from simlab.stats.intervals import Array, quantile
from simlab.stats.separation import separated

LARGE, MODERATE = 1.5, 1.0  # ETS delta units
FEWEST_IN_GROUP = 20


@dataclass(frozen=True)
class MantelHaenszel:
    """Odds ratio of being right, focal group ÷ reference group at equal score, with interval (Robins, Breslow and
    Greenland 1986), chi-square with continuity correction, ETS delta (below 0: harder for the focal group) and class.
    None where no stratum holds both groups and both outcomes."""

    odds_ratio: float | None
    low: float | None
    high: float | None
    chi_square: float | None
    p: float | None
    delta: float | None
    grade: str | None
    n_reference: int
    n_focal: int


@dataclass(frozen=True)
class Logistic:
    """Likelihood-ratio tests: `uniform` of group at equal score, `changing` of its interaction with the score."""

    uniform: float | None
    uniform_p: float | None
    changing: float | None
    changing_p: float | None
    note: str | None


def mantel_haenszel(right: Array, score: Array, focal: Array, *, level: float = 0.95) -> MantelHaenszel:
    """right (n): 0 or 1; score (n): what persons are matched on; focal (n): 1 in the focal group. NaN is left out."""
    right, score, focal = _complete(right, score, focal)
    sizes = int((focal == 0).sum()), int((focal == 1).sum())
    tables = []
    for value in np.unique(score):
        here = score == value
        a, b = right[here & (focal == 1)], right[here & (focal == 0)]
        table = np.array([[a.sum(), len(a) - a.sum()], [b.sum(), len(b) - b.sum()]])
        if table.sum(axis=0).min() > 0 and table.sum(axis=1).min() > 0:
            tables.append(table)
    if not tables:
        return MantelHaenszel(None, None, None, None, None, None, None, *sizes)
    t = np.array(tables)
    n = t.sum(axis=(1, 2))
    a, b, c, d = t[:, 0, 0], t[:, 0, 1], t[:, 1, 0], t[:, 1, 1]
    expected = (a + b) * (a + c) / n
    variance = (a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))
    chi = max(0.0, abs(float((a - expected).sum())) - 0.5) ** 2 / float(variance.sum())
    p = float(stats.chi2.sf(chi, 1))
    r, s = a * d / n, b * c / n
    if r.sum() == 0 or s.sum() == 0:
        return MantelHaenszel(None, None, None, chi, p, None, None, *sizes)
    ratio = float(r.sum() / s.sum())
    one, other = (a + d) / n, (b + c) / n
    log_variance = (
        (one * r).sum() / (2 * r.sum() ** 2)
        + (one * s + other * r).sum() / (2 * r.sum() * s.sum())
        + (other * s).sum() / (2 * s.sum() ** 2)
    )
    se = float(np.sqrt(log_variance))
    turn = float(np.exp(quantile(level, None) * se))
    delta = -2.35 * float(np.log(1 / ratio))
    return MantelHaenszel(ratio, ratio / turn, ratio * turn, chi, p, delta, _grade(delta, 2.35 * se, p), *sizes)


def _grade(delta: float, se: float, p: float) -> str:
    """A: negligible; C: at least 1.5 and beyond 1.0 by more than chance; B: between (Zieky 1993)."""
    if abs(delta) < MODERATE or p >= 0.05:
        return "A"
    surely = (abs(delta) - MODERATE) / se > stats.norm.ppf(0.95)
    return "C" if abs(delta) >= LARGE and surely else "B"


def logistic(right: Array, score: Array, focal: Array) -> Logistic:
    """Tests of group and of group by score; none where a group is small or the model is separated."""
    right, score, focal = _complete(right, score, focal)
    if min((focal == 0).sum(), (focal == 1).sum()) < FEWEST_IN_GROUP:
        return Logistic(None, None, None, None, f"a group has fewer than {FEWEST_IN_GROUP} persons")
    centred = score - score.mean()
    x = np.column_stack([np.ones(len(right)), centred, focal, focal * centred])
    apart = separated(right, x, ("(intercept)", "score", "group", "group × score"))
    if apart is not None:
        return Logistic(None, None, None, None, apart)
    height = [float(sm.GLM(right, x[:, :k], family=sm.families.Binomial()).fit().llf) for k in (2, 3, 4)]
    uniform, changing = 2 * (height[1] - height[0]), 2 * (height[2] - height[1])
    return Logistic(uniform, float(stats.chi2.sf(uniform, 1)), changing, float(stats.chi2.sf(changing, 1)), None)


def _complete(right: Array, score: Array, focal: Array) -> tuple[Array, Array, Array]:
    held = np.isfinite(right) & np.isfinite(score) & np.isfinite(focal)
    return right[held], score[held], focal[held]
