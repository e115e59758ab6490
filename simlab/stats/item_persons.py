"""Measures of persons from a model of items: expected a posteriori, Warm's weighted likelihood, and reliability."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logsumexp

from simlab.stats.intervals import Array
from simlab.stats.item_response import NODES, Answers, ItemModel

_GRID = np.linspace(-12.0, 12.0, 481)  # logits; fine enough for the peaks that steep items make
_AT_ONCE = 4000  # persons
_HALVINGS = 50
_LOG_WEIGHTS = -0.5 * NODES**2 - logsumexp(-0.5 * NODES**2)


@dataclass(frozen=True)
class Abilities:
    """Of each person (N), NaN for one without any answer to an item of the model.

    eap, eap_sd: mean and SD of the posterior, so drawn towards the mean of all. wle, wle_se: Warm (1989), finite for
    those who had all right or all wrong; where slopes differ, the highest of its peaks.
    """

    persons: tuple[str, ...]
    answered: Array
    right: Array
    eap: Array
    eap_sd: Array
    wle: Array
    wle_se: Array


def of(model: ItemModel, answers: Answers) -> Abilities:
    """Measures of the persons of these answers, on the scale of the model."""
    place = {item: i for i, item in enumerate(answers.items)}
    given = answers.right[:, [place[item] for item in model.items]]
    asked = np.isfinite(given)
    right = np.where(asked, given, 0.0)
    n = asked.sum(axis=1).astype(np.float64)
    eap, eap_sd = _posterior(model, asked.astype(np.float64), right)
    parts = range(0, len(right), _AT_ONCE)
    wle = np.concatenate([_weighted(model, asked[s : s + _AT_ONCE] * 1.0, right[s : s + _AT_ONCE]) for s in parts])
    with np.errstate(divide="ignore"):
        se = 1 / np.sqrt(_information(model, asked, wle))
    none = n == 0
    made = [np.where(none, np.nan, values) for values in (eap, eap_sd, wle, se)]
    return Abilities(answers.persons, n, right.sum(axis=1), *made)


def _posterior(model: ItemModel, asked: Array, right: Array) -> tuple[Array, Array]:
    ability = model.sd * NODES
    eta = model.slope[:, None] * (ability - model.difficulty[:, None])
    joint = right @ eta - asked @ np.logaddexp(0, eta) + _LOG_WEIGHTS
    weight = np.exp(joint - logsumexp(joint, axis=1)[:, None])
    mean = weight @ ability
    return mean, np.sqrt(np.maximum(weight @ ability**2 - mean**2, 0.0))


def _weighted(model: ItemModel, asked: Array, right: Array) -> Array:
    """Highest point of log likelihood + ½ log information. Slopes that differ can make several peaks: the highest is
    found on a grid, and then the root of the derivative beside it by halving."""
    eta = model.slope[:, None] * (_GRID - model.difficulty[:, None])
    p = expit(eta)
    spread = asked @ (model.slope[:, None] ** 2 * p * (1 - p))
    with np.errstate(divide="ignore"):
        height = right @ eta - asked @ np.logaddexp(0, eta) + 0.5 * np.log(spread)
    peak = _GRID[np.argmax(height, axis=1)]
    low, high = peak - (_GRID[1] - _GRID[0]), peak + (_GRID[1] - _GRID[0])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = _warm(model, asked > 0, right, middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    made: Array = (low + high) / 2
    return made


def _warm(model: ItemModel, asked: np.ndarray, right: Array, ability: Array) -> Array:
    p = model.probability(ability)
    spread = np.where(asked, p * (1 - p), 0.0)
    score = np.where(asked, right - p, 0.0) @ model.slope
    information = spread @ model.slope**2
    third = (spread * (1 - 2 * p)) @ model.slope**3
    bias = np.divide(third, 2 * information, out=np.zeros_like(third), where=information > 0)
    made: Array = score + bias
    return made


def _information(model: ItemModel, asked: np.ndarray, ability: Array) -> Array:
    p = expit(model.slope * (ability[:, None] - model.difficulty))
    made: Array = np.where(asked, p * (1 - p), 0.0) @ model.slope**2
    return made


def marginal_reliability(found: Abilities) -> float | None:
    """Share of the variance of ability that the answers tell: Var(EAP) over Var(EAP) + mean posterior variance."""
    held = np.isfinite(found.eap)
    if held.sum() < 2:
        return None
    told = float(found.eap[held].var(ddof=1))
    total = told + float((found.eap_sd[held] ** 2).mean())
    return told / total if total > 0 else None


def separation_reliability(found: Abilities) -> float | None:
    """1 − mean squared error of the weighted likelihood estimates over their variance; below zero it is zero."""
    held = np.isfinite(found.wle) & np.isfinite(found.wle_se)
    spread = float(found.wle[held].var(ddof=1)) if held.sum() > 1 else 0.0
    return max(0.0, 1 - float((found.wle_se[held] ** 2).mean()) / spread) if spread > 0 else None
