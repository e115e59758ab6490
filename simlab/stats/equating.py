"""Are two forms equally hard? Links between forms, concurrent calibration, and mean/sigma linking.

Difficulties of two forms are comparable only through persons who took both or items that are in both. Where there are
neither, a model with one distribution of ability would compare them all the same, by taking both groups of persons to
be equally able; nothing in the data says so, and here it is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
from scipy.special import expit

from simlab.stats import item_persons, item_response
from simlab.stats.intervals import Array, CannotFit, Interval, symmetric
from simlab.stats.item_response import Answers, ItemModel, Model

Forms = Mapping[str, Sequence[str]]  # form → its items


@dataclass(frozen=True)
class Shared:
    """What two forms have in common: persons who answered items of both, and items that are in both."""

    one: str
    other: str
    persons: int
    items: int


@dataclass(frozen=True)
class Linking:
    """Ability on the scale of `onto` = slope × ability on that of `form` + shift. `se` of the shift is over the
    common units alone; None with one of them."""

    form: str
    onto: str
    by: Literal["items", "persons"]
    units: int
    slope: float
    shift: float
    se: float | None


def shared(answers: Answers, forms: Forms) -> list[Shared]:
    """Every pair of forms."""
    took = {form: _took(answers, items) for form, items in forms.items()}
    return [
        Shared(one, other, int((took[one] & took[other]).sum()), len(set(forms[one]) & set(forms[other])))
        for one, other in combinations(forms, 2)
    ]


def _took(answers: Answers, items: Sequence[str]) -> np.ndarray:
    return np.asarray(np.isfinite(answers.right[:, _places(answers, items)]).any(axis=1))


def _places(answers: Answers, items: Sequence[str]) -> list[int]:
    place = {item: i for i, item in enumerate(answers.items)}
    return [place[item] for item in items]


def groups(answers: Answers, forms: Forms) -> list[tuple[str, ...]]:
    """Forms that are linked, directly or through others, in the order of `forms`."""
    joined = [{form} for form in forms]
    for pair in shared(answers, forms):
        if pair.persons or pair.items:
            met = [group for group in joined if pair.one in group or pair.other in group]
            joined = [group for group in joined if group not in met] + [set().union(*met)]
    made = [tuple(form for form in forms if form in group) for group in joined]
    return sorted(made, key=lambda group: list(forms).index(group[0]))


def concurrent(answers: Answers, forms: Forms, model: Model = "rasch") -> ItemModel:
    """One calibration of all forms on one scale. Raises CannotFit where some forms share nothing with the others."""
    apart = groups(answers, forms)
    if len(apart) > 1:
        named = " and ".join(", ".join(group) for group in apart[:2])
        raise CannotFit(
            f"Forms {named} share neither a person nor an item, so no data can tell whether one is harder; "
            "let some persons take both or put some items in both."
        )
    return item_response.fit(answers, model)


def mean_difficulties(model: ItemModel, forms: Forms, *, level: float = 0.95) -> dict[tuple[str, str], Interval]:
    """Mean difficulty of each later form minus that of each earlier one, in logits."""
    weights = {form: _weights(model, items) for form, items in forms.items()}
    k = len(model.items)
    made = {}
    for one, other in combinations(forms, 2):
        w = weights[other] - weights[one]
        se = float(np.sqrt(w @ model.vcov[:k, :k] @ w))
        method = f"concurrent calibration, {_WORDS[model.model]}, observed information"
        made[one, other] = symmetric(float(w @ model.difficulty), se, None, level, method, "logits")
    return made


_WORDS = {"rasch": "Rasch", "2pl": "two-parameter logistic"}


def _weights(model: ItemModel, items: Sequence[str]) -> Array:
    held = np.array([float(item in set(items)) for item in model.items])
    if not held.any():
        raise CannotFit("A form has no item with a finite difficulty; look for items that all had right or wrong.")
    made: Array = held / held.sum()
    return made


def expected_shares(model: ItemModel, forms: Forms, *, level: float = 0.95) -> dict[str, Interval]:
    """Share of a form that a person of mean ability gets right; the interval is symmetric on the logit scale."""
    p = expit(-model.slope * model.difficulty)
    made = {}
    for form, items in forms.items():
        w = _weights(model, items)
        value = float(w @ p)
        inner = w * p * (1 - p)
        gradient = np.concatenate([-inner * model.slope, -inner * model.difficulty if model.model == "2pl" else [0.0]])
        se = float(np.sqrt(gradient @ np.nan_to_num(model.vcov) @ gradient)) if model.converged else float("nan")
        spread = value * (1 - value)
        method = f"{_WORDS[model.model]} at mean ability, delta method on the logit"
        logit = symmetric(float(np.log(value / (1 - value))), se / spread, None, level, method, "proportion")
        low, high = (None if x is None else float(expit(x)) for x in (logit.low, logit.high))
        made[form] = replace(logit, value=value, low=low, high=high, se=se if low is not None else None, p=None)
    return made


def mean_sigma(one: Array, other: Array, model: Model = "2pl") -> tuple[float, float, float | None]:
    """Slope and shift that carry `one` to `other`, values of the same units on two scales; and SE of the shift.

    Mean/sigma: slope = SD(other)/SD(one), shift = mean(other) − slope × mean(one) (Marco 1977). For Rasch the unit is
    the same, so the slope is 1. Raises CannotFit without units, or without spread where a slope is wanted.
    """
    if not len(one):
        raise CannotFit("The two scales have no unit in common.")
    slope = 1.0
    if model == "2pl":
        if len(one) < 2 or np.ptp(one) == 0:
            raise CannotFit("A slope needs two common units that differ.")
        slope = float(np.std(other, ddof=1) / np.std(one, ddof=1))
    gaps = other - slope * one
    se = float(np.std(gaps, ddof=1) / np.sqrt(len(gaps))) if len(gaps) > 1 else None
    return slope, float(gaps.mean()), se


def separate(answers: Answers, form: str, onto: str, forms: Forms, model: Model = "rasch") -> Linking:
    """Each form calibrated by itself; `form` put on the scale of `onto` by common items, else by common persons.

    Persons are placed by weighted likelihood. Their error widens both spreads, so a slope from persons is taken from
    SDs less the error. Raises CannotFit where a form cannot be calibrated or nothing is common.
    """
    fits = {name: item_response.fit(_only(answers, forms[name]), model) for name in (form, onto)}
    if bad := [name for name, fitted in fits.items() if not fitted.converged]:
        raise CannotFit(f"Form {bad[0]} cannot be calibrated by itself: {fits[bad[0]].verdict}.")
    common = [item for item in fits[form].items if item in fits[onto].items]
    if common:
        b = [np.array([fits[name].difficulty[fits[name].items.index(i)] for i in common]) for name in (form, onto)]
        slope, shift, se = mean_sigma(b[0], b[1], model)
        return Linking(form, onto, "items", len(common), slope, shift, se)
    found = [item_persons.of(fits[name], _only(answers, forms[name])) for name in (form, onto)]
    both = np.isfinite(found[0].wle) & np.isfinite(found[1].wle)
    one, other = found[0].wle[both], found[1].wle[both]
    slope = 1.0
    if model == "2pl" and both.sum() > 2:
        true = [float(np.var(f.wle[both], ddof=1) - np.mean(f.wle_se[both] ** 2)) for f in found]
        if min(true) <= 0:
            raise CannotFit("The common persons differ by no more than the error of their measures.")
        slope = float(np.sqrt(true[1] / true[0]))
    _, shift, se = mean_sigma(slope * one, other, "rasch")
    return Linking(form, onto, "persons", int(both.sum()), slope, shift, se)


def _only(answers: Answers, items: Sequence[str]) -> Answers:
    return Answers(answers.persons, tuple(items), answers.right[:, _places(answers, items)])
