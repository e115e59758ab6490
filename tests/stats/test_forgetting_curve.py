"""Exponential forgetting against nlme (tests/reference/forgetting_curve.R), and what is said without a curve."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlab.stats import exponential, plans
from simlab.stats.exponential import Shares
from simlab.stats.intervals import CannotFit

REFERENCE = Path(__file__).parents[1] / "reference"
EXPECTED = json.loads((REFERENCE / "expected" / "forgetting_curve.json").read_text())


def _data(name: str) -> Shares:
    d = pd.read_csv(REFERENCE / "data" / f"forgetting_curve_{name}.csv")
    share, n, time = (d[column].to_numpy(dtype=float) for column in ("share", "n", "time"))
    return Shares(share, n, time, d["arm"].to_numpy(), d["clinician"].to_numpy() - 1)


@pytest.mark.parametrize("name", ["seven", "five"])
def test_curves_equal_nlme(name: str) -> None:
    fit, wanted = exponential.fit(_data(name), ("control", "exposed")), EXPECTED[name]
    beta, se = (np.array(wanted[key]).reshape(3, 2).T for key in ("beta", "se"))
    assert fit.converged
    assert fit.loglik == pytest.approx(wanted["loglik"], abs=1e-5)
    assert (np.abs(fit.coefficients - beta) < 1e-3 * se).all()
    assert fit.se == pytest.approx(se, rel=1e-3)
    assert fit.level_sd == pytest.approx(wanted["level_sd"], rel=1e-3)
    assert fit.sigma == pytest.approx(wanted["sigma"], rel=1e-3)


def _made(mean: Any, days: list[float], people: int = 60) -> Shares:
    rng = np.random.default_rng(4)
    time = np.tile(np.array(days, dtype=float), people)
    person = np.repeat(np.arange(people), len(days))
    arm = person % 2
    share = rng.binomial(20, mean(time, arm)) / 20
    return Shares(share, np.full(len(time), 20.0), time, arm, person)


@pytest.mark.parametrize(
    ("mean", "said"),
    [
        (lambda t, arm: 0.6 + 0.002 * t, "lost nothing|limit of the search|slower"),
        (lambda t, arm: 0.9 - 0.004 * t, "slower than the study is long|floor"),
        (lambda t, arm: np.where(t > 0, 0.6, 0.9), "faster than the first time|factor of seven"),
    ],
)
def test_what_does_not_identify_is_said(mean: Any, said: str) -> None:
    fit = exponential.fit(_made(mean, [0, 5, 10, 20, 40]), ("control", "exposed"))
    assert not fit.converged
    assert any(part in fit.verdict for part in said.split("|"))


def test_three_times_are_too_few() -> None:
    with pytest.raises(CannotFit, match="3 times after advice"):
        exponential.fit(_made(lambda t, arm: 0.7 + 0 * t, [1, 10, 30]), ("control", "exposed"))


def _long(study: Any) -> pd.DataFrame:
    """A study whose later phase has five sittings; accuracy of both arms falls by a half-life of ten days to 45 %."""
    rng = np.random.default_rng(2)
    rows = []
    for person in range(80):
        arm = ("unaided", "advised")[person % 2]
        level = rng.normal(0, 0.03)
        phases = [("baseline", 0, [-20]), ("exposure", 1, [0]), ("withdrawal", 2, [1, 5, 12, 30, 70])]
        for phase, index, days in phases:
            for sitting, day in enumerate(days, start=1):
                for position in range(1, 17):
                    share = 0.45 + 0.4 * np.exp(-np.log(2) / 10 * max(day, 0)) + level
                    aided = phase == "exposure" and arm == "advised"
                    rows.append(
                        {
                            "participant": f"p{person}",
                            "arm": arm,
                            "phase": phase,
                            "phase_index": index,
                            "sitting": sitting,
                            "position": position,
                            "case": f"c{position}",
                            "status": "complete",
                            "structure": "concurrent" if aided else "unaided",
                            "advice_shown": aided,
                            "advice": "R" if aided else None,
                            "truth": "R",
                            "final": "R" if rng.random() < share else "W",
                            "day": float(day + 20),
                        }
                    )
    return pd.DataFrame(rows)


def test_a_plan_tells_loss_floor_and_half_life(study: Any, plan: dict[str, Any]) -> None:
    asked = plan | {"analyses": ["forgetting-curve"], "phases": ["baseline", "exposure", "withdrawal"]}
    made = plans.run(_long(study), asked)["analyses"][0]
    found = {e["name"]: e for e in made["estimates"]}
    assert made["convergence"]["converged"]
    for arm in ("unaided", "advised"):
        assert found[f"floor/{arm}"]["low"] < 0.45 < found[f"floor/{arm}"]["high"]
        assert found[f"half-life/{arm}"]["low"] < 10 < found[f"half-life/{arm}"]["high"]
        assert found[f"loss/{arm}"]["low"] < 0.4 < found[f"loss/{arm}"]["high"]
    assert found["half-life-ratio"]["low"] < 1 < found["half-life-ratio"]["high"]
    assert found["loss-difference"]["n_used"] == 80 * 5 * 16


def test_a_study_with_few_times_gets_no_curve_and_the_reason(study: Any, plan: dict[str, Any]) -> None:
    made = plans.run(study(), plan | {"analyses": ["forgetting-curve"]})["analyses"][0]
    assert made["estimates"] == []
    assert "not identified: the unaided arm was asked at 2 times" in made["warnings"][0]
