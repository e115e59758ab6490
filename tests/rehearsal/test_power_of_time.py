"""The way from a protocol to its report gives the interval that the exact power of a closed form rests on."""

import importlib.util
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from simlab.engine.protocol import parse_protocol

BENCH = Path(__file__).resolve().parents[2] / "docs" / "bench" / "power_of_time.py"
CLINICIANS, RUNS = 48, 6


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("power_of_time", BENCH)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_closed_form_is_that_of_r(bench):
    # R 4.2.2: power.t.test(n = 24, delta = log(1.4), sd = sqrt(0.25 + 0.04 / 12), strict = TRUE)$power
    assert bench.exact_power(CLINICIANS, log(1.4)) == pytest.approx(0.620688133504, abs=1e-9)


def test_each_report_has_the_t_interval_of_clinicians_means(bench, packs, truth):
    protocol, known = parse_protocol(bench.STUDY), bench.with_known_times(truth)
    strayed = []
    for table, estimate in bench.estimates(protocol, packs, known, CLINICIANS, RUNS, seed=7):
        assert table.groupby("case")["arm"].value_counts().eq(CLINICIANS / 2).all()
        value, low, high = by_hand(table)
        assert estimate["value"] == pytest.approx(exp(value), rel=1e-6)
        assert log(estimate["high"] / estimate["low"]) == pytest.approx(high - low, rel=0.01)
        assert bench.shows(estimate) == (not low <= 0.0 <= high)
        strayed.append((value - log(bench.SLOWER)) / bench.standard_error(CLINICIANS))
    # Sum of squares of six standard normal numbers: outside these bounds once in a thousand.
    assert stats.chi2.ppf(0.0005, RUNS) < np.square(strayed).sum() < stats.chi2.ppf(0.9995, RUNS)


def by_hand(table):
    """Difference of mean log times between the arms and its 95 % t-interval over clinicians."""
    means = np.log(table["time_active_s"]).groupby([table["arm"], table["participant"]]).mean()
    one, two = (means[arm].to_numpy() for arm in ("advised", "unaided"))
    df = len(one) + len(two) - 2
    pooled = (one.var(ddof=1) * (len(one) - 1) + two.var(ddof=1) * (len(two) - 1)) / df
    reach = stats.t.ppf(0.975, df) * sqrt(pooled * (1 / len(one) + 1 / len(two)))
    difference = one.mean() - two.mean()
    return difference, difference - reach, difference + reach
