"""What every model-based analysis does alike: fit without noise, judge the fit, name the numbers, or withhold them."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import pandas as pd

from simlab.stats.intervals import CannotFit, Interval
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Sieved
from simlab.stats.result import Convergence, Estimate


class Fit(Protocol):
    """What the judgement needs of a fitted model."""

    @property
    def converged(self) -> bool: ...
    @property
    def verdict(self) -> str: ...
    @property
    def singular(self) -> tuple[str, ...]: ...
    @property
    def n_used(self) -> int: ...


F = TypeVar("F", bound=Fit)

# The smallest design in which studies of no effect were simulated and their type I error counted: docs/validation.md.
# With fewer the Laplace approximation, the variances and their degrees of freedom rest on too little to be vouched for.
FEWEST = {"clinician": 24, "case": 12}


@dataclass(frozen=True)
class Fitted(Generic[F]):
    """A fit, or why there is none, with the verdict and every warning that was raised on the way."""

    fit: F | None
    convergence: Convergence
    warnings: tuple[str, ...]

    @property
    def readable(self) -> bool:
        """Whether numbers of this model may be shown."""
        return self.fit is not None and self.convergence.converged


def fitted(fit: Callable[[], F]) -> Fitted[F]:
    """Run `fit`; a refusal and any warning become data."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        try:
            made = fit()
        except CannotFit as refusal:
            return Fitted(None, Convergence(False, "not fitted", str(refusal)), said(caught))
        except np.linalg.LinAlgError as fault:
            detail = f"the data cannot support the model: {fault}"
            return Fitted(None, Convergence(False, "not fitted", detail), said(caught))
    return Fitted(made, _judge(made), said(caught) + too_few(made))


def said(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """Caught warnings as sentences, each once, in the order they came."""
    return tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))


def too_few(fit: object) -> tuple[str, ...]:
    """A sentence for each random factor of the model (`effects`) with fewer levels than FEWEST."""
    counts = {effect.name: len(effect.levels) for effect in getattr(fit, "effects", ())}
    return tuple(
        f"The model rests on {counts[name]} {name}s. Its intervals were tested by simulation from {least} {name}s on; "
        "with fewer they may be too narrow, and a p near 0.05 proves little."
        for name, least in FEWEST.items()
        if name in counts and counts[name] < least
    )


def sites(rows: pd.DataFrame, plan: Plan) -> list[str] | None:
    """The site of each decision where the plan allocated sites, else None. Raises CannotFit where one is not known."""
    if plan.cluster is None:
        return None
    unknown = rows["site"].isna()
    if unknown.any():
        who = rows.loc[unknown, "participant"]
        others = f", nor have {who.nunique() - 1} more" if who.nunique() > 1 else ""
        raise CannotFit(
            f"Participant {who.iloc[0]} has no site{others}, and the plan says that sites were allocated; give the "
            "site of each."
        )
    return [str(site) for site in rows["site"]]


def _judge(fit: Fit) -> Convergence:
    separation = getattr(fit, "separation", None)
    if separation is not None:
        return Convergence(False, "separated", fit.verdict)
    if not fit.converged:
        return Convergence(False, "not converged", fit.verdict)
    return Convergence(True, "singular" if fit.singular else "converged", fit.verdict)


@dataclass(frozen=True)
class Naming:
    """The parts of an estimate that the model does not know: its level, and the decisions it is about."""

    level: float
    about: Sieved

    def estimate(self, name: str, label: str, interval: Interval, scale: str) -> Estimate:
        """An Estimate of a model's Interval; `scale` in this package's words."""
        return Estimate(
            name,
            label,
            interval.value,
            scale,
            interval.method,
            low=interval.low,
            high=interval.high,
            se=interval.se,
            df=interval.df,
            level=interval.level,
            p=interval.p,
            n_used=len(self.about.rows),
            n_dropped=self.about.n_dropped,
            dropped=self.about.dropped,
        )

    def withheld(self, name: str, label: str, scale: str, why: Convergence) -> Estimate:
        """An estimate that is not shown because its model may not be read."""
        return Estimate(
            name,
            label,
            None,
            scale,
            "withheld",
            n_used=len(self.about.rows),
            n_dropped=self.about.n_dropped,
            dropped=self.about.dropped,
            note=f"Withheld: the model is {why.verdict} ({why.detail}).",
        )
