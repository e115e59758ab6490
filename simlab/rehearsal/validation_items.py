"""Checks of items and forms: difficulty, spread of ability, differences between forms, and alpha."""

import numpy as np
from scipy.special import expit

from simlab.rehearsal.validation import WITHHELD, Check, Law, Replicate
from simlab.stats import classical, equating, item_persons, item_response
from simlab.stats.intervals import CannotFit, quantile
from simlab.stats.item_response import Answers

_PERSONS, _CASES, _GAP, _SD = 150, 8, 0.5, 1.0
_MANY, _STEEP = 400, np.array([0.7, 1.0, 1.4, 1.2, 0.9, 1.6, 1.1, 0.8])
_FORMS = {form: [f"{form}{n}" for n in range(_CASES)] for form in "AB"}
_EASY = np.linspace(-1.2, 1.2, _CASES)
_DIFFICULTY = np.concatenate([_EASY, _EASY + _GAP])
_STUDY = f"{_PERSONS} persons, two forms of {_CASES} cases; a third took both, the others one"
_Z = quantile(0.95, None)
_NODES = np.linspace(-8, 8, 401)
_WEIGHTS = np.exp(-0.5 * _NODES**2) / np.exp(-0.5 * _NODES**2).sum()


def _linked(rng: np.random.Generator) -> Answers:
    ability = rng.normal(0, _SD, _PERSONS)
    right = (rng.random((_PERSONS, 2 * _CASES)) < expit(ability[:, None] - _DIFFICULTY)).astype(float)
    group = np.arange(_PERSONS) % 3
    right[group == 0, :_CASES] = np.nan
    right[group == 1, _CASES:] = np.nan
    return Answers(tuple(str(n) for n in range(_PERSONS)), tuple(_FORMS["A"] + _FORMS["B"]), right)


def _difficulty(rng: np.random.Generator) -> Replicate:
    try:
        model = item_response.fit(_linked(rng))
    except CannotFit:
        return WITHHELD
    if not model.converged or "A1" not in model.items:
        return WITHHELD
    place = model.items.index("A1")
    b, se = float(model.difficulty[place]), float(model.difficulty_se[place])
    return Replicate(b, b - _Z * se, b + _Z * se, se)


def _spread(rng: np.random.Generator) -> Replicate:
    model = item_response.fit(_linked(rng))
    if not model.converged or model.singular:
        return WITHHELD
    turn = float(np.exp(_Z * model.sd_se / model.sd))
    return Replicate(model.sd, model.sd / turn, model.sd * turn, model.sd_se)


def _gap(rng: np.random.Generator) -> Replicate:
    answers = _linked(rng)
    try:
        model = equating.concurrent(answers, _FORMS)
    except CannotFit:
        return WITHHELD
    if not model.converged:
        return WITHHELD
    found = equating.mean_difficulties(model, _FORMS)["A", "B"]
    return Replicate(found.value, found.low, found.high, found.se)


def _slope(rng: np.random.Generator) -> Replicate:
    """log slope of one case in a two-parameter model, the limits from the log scale."""
    ability = rng.normal(0, 1, _MANY)
    right = (rng.random((_MANY, _CASES)) < expit(_STEEP * (ability[:, None] - _EASY))).astype(float)
    try:
        model = item_response.fit(Answers(tuple(map(str, range(_MANY))), tuple(_FORMS["A"]), right), "2pl")
    except CannotFit:
        return WITHHELD
    if not model.converged or model.slope[3] <= 0:
        return WITHHELD
    log, se = float(np.log(model.slope[3])), float(model.slope_se[3] / model.slope[3])
    return Replicate(log, log - _Z * se, log + _Z * se, se)


def _person(rng: np.random.Generator) -> Replicate:
    """Warm's measure of one person who took two forms, less the person's ability."""
    ability = rng.normal(0, _SD, _PERSONS)
    right = (rng.random((_PERSONS, 2 * _CASES)) < expit(ability[:, None] - _DIFFICULTY)).astype(float)
    answers = Answers(tuple(str(n) for n in range(_PERSONS)), tuple(_FORMS["A"] + _FORMS["B"]), right)
    try:
        model = item_response.fit(answers)
    except CannotFit:
        return WITHHELD
    if not model.converged:
        return WITHHELD
    measured = item_persons.of(model, answers)
    error, se = float(measured.wle[0] - ability[0]), float(measured.wle_se[0])
    return Replicate(error, error - _Z * se, error + _Z * se, se)


def _true_alpha() -> float:
    p = expit(_SD * _NODES[:, None] - _EASY)
    mean = _WEIGHTS @ p
    covariance = (p * _WEIGHTS[:, None]).T @ p - np.outer(mean, mean)
    np.fill_diagonal(covariance, mean * (1 - mean))
    found = classical.alpha_of(covariance)
    if found is None:
        raise ValueError("these items have an alpha")
    return found


def _alpha(rng: np.random.Generator) -> Replicate:
    ability = rng.normal(0, _SD, _PERSONS)
    right = (rng.random((_PERSONS, _CASES)) < expit(ability[:, None] - _EASY)).astype(float)
    found = classical.alpha(right, rng=rng, draws=400)
    return Replicate(found.value, found.low, found.high)


def _turned(rng: np.random.Generator) -> str | None:
    """Counting wrong answers in place of right ones turns every difficulty round and changes nothing else."""
    answers = _linked(rng)
    other = Answers(answers.persons, answers.items, 1 - answers.right)
    one, two = item_response.fit(answers), item_response.fit(other)
    gap = float(np.abs(one.difficulty + two.difficulty).max())
    return None if gap < 1e-4 else f"difficulties differ by {gap:.2g} after turning right into wrong"


CHECKS = (
    Check("items/difficulty", "cases as items", _STUDY, _difficulty, truth=float(_DIFFICULTY[1])),
    Check("items/spread", "cases as items", f"{_STUDY}; SD of ability {_SD:g}", _spread, truth=_SD),
    Check("items/form-difference", "forms compared", f"{_STUDY}; {_GAP:g} logits apart", _gap, truth=_GAP),
    Check("items/alpha", "cases as items", f"{_PERSONS} persons, {_CASES} cases", _alpha, truth=_true_alpha(),
          note="Alpha of a sample lies a little below that of its population, by the order of 1 ÷ persons."),
    Check("items/slope", "cases as items, two-parameter model: slope (log)", f"{_MANY} persons, {_CASES} cases", _slope,
          truth=float(np.log(_STEEP[3]))),
    Check("items/person", "measures of persons, less the ability", f"{_PERSONS} persons, {2 * _CASES} cases", _person,
          truth=0.0, slack=0.05, note="Limits are of normal shape; those near the ends of the scale are wide."),
    Law("items/turned", "cases as items", "counting wrong for right turns difficulties round", _turned, runs=5),
)  # fmt: skip
