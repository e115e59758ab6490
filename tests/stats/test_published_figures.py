"""Figures that papers printed, from their own data. SIMLAB_REAL_DATA names the folder of the data sets."""

import os
from pathlib import Path

import pytest

from simlab.stats import foreign, foreign_mapping, foreign_table

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SIMLAB_REAL_DATA", ROOT.parent / "shared" / "data"))
EXAMPLES = ROOT / "docs" / "examples"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="published data sets are not here; name their folder in SIMLAB_REAL_DATA"
)


def analysed(table, example):
    document = foreign_mapping.read(EXAMPLES / f"{example}.yaml") | {"bootstrap": "200"}
    made = foreign.analyse(foreign_table.read(DATA / table), document).document
    return {(a["name"], e["name"]): e for a in made["analyses"] for e in a["estimates"]}


@pytest.mark.parametrize(
    ("table", "example", "condition", "exact", "printed"),
    [
        ("MD-dx.tsv", "levine48-physicians-diagnosis", "all", 0.956, 0.96),
        ("MD-triage.tsv", "levine48-physicians-triage", "all", 0.913, 0.91),
        ("human-triage.tsv", "levine48-lay-triage", "before search", 0.744, 0.74),
        ("human-dx.tsv", "levine48-lay-diagnosis", "after search", 0.537, 0.54),
    ],
)
def test_levine_accuracy_is_the_printed_one(table, example, condition, exact, printed):
    found = analysed(f"levine48/{table}", example)["accuracy", f"case-mean/{condition}"]
    assert round(found["value"], 3) == exact
    assert round(found["value"], 2) == printed
    assert found["low"] < found["value"] < found["high"]


@pytest.mark.parametrize(
    ("table", "exact", "printed"), [("calib_dx.csv", 0.1777, 0.18), ("calib_triage_dich.csv", 0.2208, 0.22)]
)
def test_levine_brier_score_is_the_printed_one(table, exact, printed):
    found = analysed(f"levine48/{table}", "levine48-calibration")["calibration-final", "brier/all"]
    assert round(found["value"], 4) == exact
    assert round(found["value"], 2) == printed
    assert found["n_used"] == 48
