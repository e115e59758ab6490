"""Figures that papers printed, from their own data. SIMLAB_REAL_DATA names the folder of the data sets."""

import os
from pathlib import Path

import pytest

from simlab.stats import foreign, foreign_file, foreign_mapping

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SIMLAB_REAL_DATA", ROOT.parent / "shared" / "data"))
EXAMPLES = ROOT / "docs" / "examples"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="published data sets are not here; name their folder in SIMLAB_REAL_DATA"
)


def analysed(table, example, without=(), **other):
    document = foreign_mapping.read(EXAMPLES / f"{example}.yaml") | {"bootstrap": "200"}
    document["columns"] = {k: v for k, v in document["columns"].items() if k not in without} | other
    made = foreign.analyse(foreign_file.read(DATA / table), document).document
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


@pytest.fixture(scope="module")
def viper():
    return analysed("viper-mammography/viper_trials.csv", "viper-mammography", without=("final", "time"))


VIPER = {
    "screeningLowP": (0.7007190, 0.7292454, -0.02853),
    "screeningMedP": (0.7235994, 0.7290462, -0.00545),
    "screeningHighP": (0.7128009, 0.7378646, -0.02506),
    "challengeMedP": (0.6522797, 0.6759056, -0.02363),
}


@pytest.mark.parametrize("name", VIPER)
def test_viper_areas_and_differences_are_the_published_ones(viper, name):
    digital, film, gap = VIPER[name]
    assert round(viper[f"auc/{name}", "auc/FFDM"]["value"], 7) == digital
    assert round(viper[f"auc/{name}", "auc/SFM"]["value"], 7) == film
    assert round(viper[f"auc/{name}", "auc-difference/FFDM/SFM"]["value"], 5) == gap


def test_viper_variance_p_and_largest_difference_are_the_published_ones(viper):
    low = viper["auc/screeningLowP", "auc-difference/FFDM/SFM"]
    assert round(low["se"] ** 2, 7) == 0.0005956
    assert round(low["p"], 2) == 0.25
    largest = viper["auc/challengeHighP", "auc-difference/FFDM/SFM"]
    assert [round(abs(largest[k]), 3) for k in ("value", "se", "p")] == [0.047, 0.023, 0.047]


def reader_table(name):
    table = DATA / "mrmcaov" / f"{name}.csv"
    if not table.is_file():
        pytest.skip(
            f"{name} is distributed with the R package MRMCaov; save it as mrmcaov/{name}.csv beside the others"
        )
    return f"mrmcaov/{name}.csv"


def test_van_dyke_is_the_print_out_of_or_dbm():
    found = analysed(reader_table("VanDyke"), "vandyke")
    gap = found["auc", "auc-difference/1/2"]
    assert [round(gap[k], 5) for k in ("value", "low", "high")] == [-0.0438, -0.08796, 0.00036]
    assert [round(gap["df"], 2), round(gap["p"], 4)] == [15.26, 0.0517]


def test_franken_with_a_negative_component_is_the_print_out_of_or_dbm():
    gap = analysed(reader_table("Franken"), "vandyke")["auc", "auc-difference/1/2"]
    assert [round(gap["df"], 2), round(gap["p"], 4)] == [3.0, 0.1188]


@pytest.mark.parametrize(("case", "df", "p"), [("case2", 4, 0.04195875), ("case3", 68.42325, 0.1514363)])
def test_van_dyke_with_nested_cases_is_the_print_out_of_mrmcaov(case, df, p):
    found = analysed(reader_table("VanDyke"), "vandyke", case=case)["auc-readers-alike", "auc-difference/1/2"]
    assert found["df"] == pytest.approx(df, rel=1e-6)
    assert found["p"] == pytest.approx(p, rel=1e-6)
