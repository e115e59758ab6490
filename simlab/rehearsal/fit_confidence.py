"""What a pilot tells of stated confidence: how it follows the chance to be right, and what advice does to it."""

from typing import Any

import numpy as np
import pandas as pd

from simlab.rehearsal.traits import Flags, Floats
from simlab.stats import lmm
from simlab.stats.glmm import Factor, GlmmFit
from simlab.stats.prepare import no, yes

FEWEST = 60
LEAST = 0.05  # logits; an SD below this cannot be told from the error of the log-odds

Value = tuple[str, float, float | None, int]
"""The place in a truth, the estimate, its standard error, and the number of answers used."""


def stated(rows: pd.DataFrame, skill: GlmmFit) -> list[Value]:
    """Bias, slope, spread between persons and noise of the logit of confidence, over the log-odds to be right.

    `rows` are the answers given alone that `skill` was fitted to. Its log-odds stand for the true ones; being means
    given the data they leave the slope unbiased (Berkson). What they lack of a person is taken from the spread between
    persons, what they lack of a case from the noise. Nothing where fewer than FEWEST answers have a confidence.
    """
    first = rows["initial_confidence"].where(rows["initial_confidence"].notna(), rows["final_confidence"])
    sure = first.to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(sure)
    if known.sum() < FEWEST:
        return []
    logit = _log_odds(skill)
    people = rows["participant"].to_numpy()[known]
    x = np.column_stack([np.ones(int(known.sum())), logit[known]])
    found = lmm.fit(_logit(sure[known]), x, [Factor("clinician", people)], names=("(intercept)", "log-odds"))
    n, slope, sigma = int(known.sum()), float(found.beta[1]), float(found.sigma)
    noise = float(np.sqrt(max(sigma**2 - slope**2 * _lacking(skill, "case", known), LEAST**2)))
    between = float(found.effects[0].sd[0]) ** 2 - slope**2 * _lacking(skill, "clinician", known)
    spread = float(np.sqrt(max(between, LEAST**2)))
    levels = len(found.effects[0].levels)
    return [
        ("confidence.bias", float(found.beta[0]), float(found.se[0]), n),
        ("confidence.slope", slope, float(found.se[1]), n),
        ("confidence.person_sd", spread, spread / float(np.sqrt(2 * max(levels - 1, 1))), n),
        ("confidence.noise", noise, sigma / float(np.sqrt(2 * n)), n),
    ]


def moved(done: pd.DataFrame) -> list[Value]:
    """By how many logits advice that agrees or disagrees with the first answer moves confidence, in the mean."""
    before = done["initial_confidence"].to_numpy(dtype=np.float64, na_value=np.nan)
    after = done["final_confidence"].to_numpy(dtype=np.float64, na_value=np.nan)
    change = _logit(after) - _logit(before)
    both = yes(done["advice_shown"]) & np.isfinite(change)
    made: list[Value] = []
    for name, of in (("agreement", yes(done["initial_agrees"])), ("disagreement", no(done["initial_agrees"]))):
        use: Flags = both & of
        n = int(use.sum())
        if n >= FEWEST:
            error = float(change[use].std(ddof=1)) / float(np.sqrt(n))
            made.append((f"confidence.{name}", float(change[use].mean()), error, n))
    return made


def _logit(share: Floats) -> Floats:
    inside: Any = np.clip(share, 0.01, 0.99)
    made: Floats = np.log(inside / (1.0 - inside))
    return made


def _log_odds(skill: GlmmFit) -> Floats:
    """The fitted log-odds of each row."""
    made: Floats = skill.rows.x @ skill.beta
    for coded, effect in zip(skill.rows.factors, skill.effects, strict=True):
        made = made + effect.modes[coded.codes, 0]
    return made


def _lacking(skill: GlmmFit, factor: str, rows: Flags) -> float:
    """The mean variance by which the fitted part of this factor may lie beside the true one."""
    codes = next(coded.codes for coded in skill.rows.factors if coded.name == factor)
    return float((skill.effect(factor).mode_sd[codes, 0] ** 2)[rows].mean())
