"""Time to decision against R's package survival: tests/reference/survival.R."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlab.stats import figures_survival, planfile, plans
from simlab.stats.intervals import CannotFit
from simlab.stats.survival_curves import kaplan_meier
from simlab.stats.survival_models import accelerated, cox, proportionality

REFERENCE = Path(__file__).parents[1] / "reference"
EXPECTED = json.loads((REFERENCE / "expected" / "survival.json").read_text())
SETS = ("plain", "limited", "tied")


def _read(name: str) -> tuple[Any, Any, Any, Any]:
    table = pd.read_csv(REFERENCE / "data" / f"survival_{name}.csv")
    clusters = np.unique(table["clinician"], return_inverse=True)[1]
    seconds, decided, arm = (table[c].to_numpy(dtype=float) for c in ("seconds", "decided", "arm"))
    return seconds, decided, arm, clusters


def _array(values: list[float | None]) -> Any:
    return np.array([np.nan if v is None else v for v in values], dtype=float)


@pytest.mark.parametrize("name", SETS)
def test_curve_and_its_clustered_limits_equal_r(name: str) -> None:
    seconds, decided, arm, clusters = _read(name)
    own = arm == 1
    curve = kaplan_meier(seconds[own], decided[own], np.unique(clusters[own], return_inverse=True)[1])
    wanted = EXPECTED[name]["km"]
    times = _array(wanted["time"])
    events = _array(wanted["events"]) > 0
    assert curve.time == pytest.approx(times[events], abs=1e-9)
    assert curve.at_risk == pytest.approx(_array(wanted["risk"])[events])
    assert curve.survival == pytest.approx(_array(wanted["survival"])[events], rel=1e-10, abs=1e-12)
    for got, key in ((curve.low, "low"), (curve.high, "high")):
        reference = _array(wanted[key])[events]
        inner = np.isfinite(got)
        assert inner.sum() >= len(got) - 1
        assert got[inner] == pytest.approx(reference[inner], rel=1e-10)


@pytest.mark.parametrize("name", SETS)
def test_quantiles_and_their_limits_equal_r(name: str) -> None:
    seconds, decided, arm, clusters = _read(name)
    own = arm == 1
    curve = kaplan_meier(seconds[own], decided[own], np.unique(clusters[own], return_inverse=True)[1])
    wanted = EXPECTED[name]["quantiles"]
    for place, share in enumerate((0.25, 0.5, 0.75)):
        got = _array(list(curve.reached(share)))
        reference = _array([wanted[key][place] for key in ("quantile", "lower", "upper")])
        assert got == pytest.approx(reference, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", SETS)
def test_hazard_ratio_with_tied_times_equals_r(name: str) -> None:
    seconds, decided, arm, clusters = _read(name)
    fit = cox(seconds, decided, arm[:, None], clusters, names=["arm"])
    wanted = EXPECTED[name]["cox"]
    assert fit.converged
    assert fit.beta[0] == pytest.approx(wanted["beta"], abs=1e-8)
    assert fit.loglik == pytest.approx(wanted["loglik"], abs=1e-8)
    assert np.sqrt(np.diag(fit.vcov))[0] == pytest.approx(wanted["se"], rel=1e-7)
    assert fit.naive[0] == pytest.approx(wanted["naive"], rel=1e-7)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("law", "key"), [("log-normal", "lognormal"), ("Weibull", "weibull")])
def test_accelerated_failure_time_equals_r(name: str, law: Any, key: str) -> None:
    seconds, decided, arm, clusters = _read(name)
    x = np.column_stack([np.ones(len(arm)), arm])
    fit = accelerated(seconds, decided, x, clusters, names=["intercept", "arm"], law=law)
    wanted = EXPECTED[name][key]
    assert fit.converged
    assert fit.beta == pytest.approx([*wanted["beta"], wanted["log_scale"]], abs=1e-6)
    assert fit.loglik == pytest.approx(wanted["loglik"], abs=1e-6)
    assert fit.se == pytest.approx(wanted["se"], rel=1e-5)
    assert fit.naive == pytest.approx(wanted["naive"], rel=1e-5)


def test_no_decision_before_the_limit_is_said() -> None:
    nothing, codes = np.zeros(4), np.arange(4)
    with pytest.raises(CannotFit, match="cut short"):
        kaplan_meier(np.full(4, 60.0), nothing, codes)
    with pytest.raises(CannotFit, match="cut short"):
        cox(np.full(4, 60.0), nothing, np.arange(4.0)[:, None], codes, names=["arm"])


def _limited(study: Any, limit: float = 90.0) -> pd.DataFrame:
    """The small study with a limit: what took longer ran out of time and has no answer."""
    table: pd.DataFrame = study(people=30, cases=8)
    over = table["time_active_s"] > limit
    table.loc[over, "status"] = "timed-out"
    table.loc[over, ["final", "final_confidence", "time_total_s", "time_active_s"]] = None
    return table


def _analysis(table: pd.DataFrame, plan: dict[str, Any], **options: Any) -> dict[str, Any]:
    asked = plan | {"analyses": ["survival"]} | ({"options": {"survival": options}} if options else {})
    found: dict[str, Any] = next(a for a in plans.run(table, asked)["analyses"] if a["name"] == "survival")
    return found


def test_time_beyond_the_limit_is_cut_short_and_not_dropped(study: Any, plan: dict[str, Any]) -> None:
    table = _limited(study)
    made = _analysis(table, plan, limit_seconds=90)
    named = {e["name"]: e for e in made["estimates"]}
    median = named["median/unaided/baseline"]
    cell = table[(table["arm"] == "unaided") & (table["phase"] == "baseline")]
    times = cell["time_active_s"].fillna(90.0)
    assert (median["n_used"], median["n_dropped"]) == (len(cell), 0)
    # With every cut at the same limit the curve comes down with the times themselves.
    assert median["value"] == pytest.approx(float(np.sort(times)[len(times) // 2]), abs=2.0)
    assert median["low"] < median["value"] < median["high"]
    ratio = named["time-ratio/advised/exposure"]
    assert ratio["low"] < np.exp(0.2) < ratio["high"]  # the truth of the simulated study
    assert named["hazard-ratio/advised/exposure"]["value"] < 1
    assert made["convergence"]["converged"]
    assert any("cut short" in said for said in made["warnings"])


def test_without_a_known_limit_a_time_out_without_time_is_dropped_with_the_reason(
    study: Any, plan: dict[str, Any]
) -> None:
    made = _analysis(_limited(study), plan)
    dropped = [d for e in made["estimates"] for d in e["dropped"]]
    assert {d["reason"] for d in dropped} == {"ran out of time, and neither the time nor a limit is known"}


def test_data_without_times_are_refused_in_words(study: Any, plan: dict[str, Any]) -> None:
    table = study().drop(columns=["time_total_s", "time_active_s"])
    made = _analysis(table, plan)
    assert made["estimates"] == []
    assert "has a time" in made["convergence"]["detail"]


def test_figures_of_time_and_of_speed_have_words_and_data(study: Any, plan: dict[str, Any]) -> None:
    table = _limited(study)
    asked = planfile.parse(plan | {"analyses": ["survival"], "options": {"survival": {"limit_seconds": 90}}})
    for figure in (figures_survival.undecided(table, asked), figures_survival.speed_and_accuracy(table, asked)):
        assert figure is not None
        assert figure.svg.startswith(b"<?xml")
        assert "unaided arm" in figure.alt
        assert figure.csv.count("\n") > 8
    nothing = table.assign(time_total_s=None, time_active_s=None, status="missing")
    assert figures_survival.undecided(nothing, asked) is None


@pytest.mark.parametrize("name", SETS)
def test_proportional_hazards_are_tested_as_cox_zph_does(name: str) -> None:
    seconds, decided, arm, clusters = _read(name)
    fit = cox(seconds, decided, arm[:, None], clusters, names=["arm"])
    found = proportionality(seconds, decided, arm, float(fit.beta[0]))
    assert found is not None
    wanted = EXPECTED[name]["zph"]
    assert (found.statistic, found.p) == pytest.approx((wanted["chisq"], wanted["p"]), rel=1e-8)


def test_hazards_that_cross_are_found_and_said() -> None:
    rng = np.random.default_rng(3)
    arm = np.repeat([0.0, 1.0], 200)
    seconds = np.exp(4 + rng.normal(0, 0.2 + 0.6 * arm))
    fit = cox(seconds, np.ones(400), arm[:, None], np.arange(400) // 10, names=["arm"])
    found = proportionality(seconds, np.ones(400), arm, float(fit.beta[0]))
    assert found is not None
    assert found.p < 0.001
