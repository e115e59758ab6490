"""Figures: repeatable bytes, words, data; nothing that a strict page would refuse."""

import csv
import io
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from simlab.stats import figure_style, figures, plans
from simlab.stats.figures_accuracy import spread


@pytest.fixture(scope="module")
def drawn():
    """Filled by the first test that draws, so that one plan is run for all of them."""
    return {}


def made(study, plan, drawn):
    if not drawn:
        table = study()
        drawn["table"], drawn["result"] = table, plans.run(table, plan)
        drawn["figures"] = figures.draw(drawn["result"], table, plan)
    return drawn


def test_draw_gives_the_figures_of_a_report_in_order(study, plan, drawn):
    names = [f.name for f in made(study, plan, drawn)["figures"]]
    assert names == [
        "flow", "accuracy", "reliance", "time", "unaided", "cases", "reliance-over-time", "calibration",
    ]  # fmt: skip


def test_draw_twice_and_from_shuffled_rows_gives_the_same_bytes(study, plan, drawn):
    held = made(study, plan, drawn)
    again = figures.draw(held["result"], held["table"].sample(frac=1, random_state=1), plan)
    assert [(f.svg, f.csv, f.alt) for f in again] == [(f.svg, f.csv, f.alt) for f in held["figures"]]


def test_figures_are_svg_without_script_date_or_outside_reference(study, plan, drawn):
    for figure in made(study, plan, drawn)["figures"]:
        root = ET.fromstring(figure.svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert b"<script" not in figure.svg
        assert b"dc:date" not in figure.svg
        links = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith("href")]
        assert all(link.startswith("#") for link in links)


def test_alternative_text_says_the_numbers(study, plan, drawn):
    held = made(study, plan, drawn)
    by_name = {f.name: f for f in held["figures"]}
    observed = next(e for e in held["result"]["analyses"][1]["estimates"] if e["name"] == "observed/advised/exposure")
    assert f"advised {figure_style.percent(observed['value'])}" in by_name["accuracy"].alt
    assert "percentage points" in by_name["unaided"].alt
    assert "24 were allocated" in by_name["flow"].alt
    assert "median" in by_name["time"].alt


def test_csv_holds_what_is_drawn(study, plan, drawn):
    held = made(study, plan, drawn)
    by_name = {f.name: list(csv.DictReader(io.StringIO(f.csv))) for f in held["figures"]}
    cell = next(r for r in by_name["accuracy"] if (r["phase"], r["arm"]) == ("exposure", "advised"))
    rows = held["table"]
    rows = rows[(rows["phase"] == "exposure") & (rows["arm"] == "advised")]
    assert float(cell["right"]) == (rows["final"] == "R").sum()
    assert float(cell["decisions"]) == len(rows)
    assert {r["measure"] for r in by_name["reliance"]} == {"rair", "rsr"}
    assert len(by_name["flow"]) == 8


def test_draw_leaves_out_what_the_data_do_not_hold(study, plan):
    table = pd.DataFrame([{"participant": "p1", "status": "declined"}])
    names = [f.name for f in figures.draw(plans.run(table, plan), table, plan)]
    assert names == ["flow"]
    unaided = study()
    unaided = unaided[unaided["arm"] == "unaided"]
    names = [f.name for f in figures.draw(plans.run(unaided, plan), unaided, plan)]
    assert "reliance" not in names
    assert "accuracy" in names


def test_draw_takes_three_arms(study, plan):
    table = study()
    third = table[table["arm"] == "advised"].assign(arm="reconsider", participant="z" + table["participant"])
    three = plan | {"arms": ["unaided", "advised", "reconsider"], "analyses": ["flow", "accuracy", "reliance", "time"]}
    three |= {"advised": {"exposure": ["advised", "reconsider"]}}
    table = pd.concat([table, third], ignore_index=True)
    made_figures = figures.draw(plans.run(table, three), table, three)
    square = next(f for f in made_figures if f.name == "reliance")
    assert "Reconsider arm" in square.alt
    assert "Advised arm" in square.alt


def test_numbers_in_words():
    assert figure_style.percent(0.625) == "63%"
    assert figure_style.points(-0.061) == "−6"
    assert figure_style.points(0.055) == "+6"
    assert figure_style.points(-0.004) == "0"


def test_labels_that_crowd_are_moved_apart_and_others_stay():
    assert spread([0.1, 0.5, 0.9], 0.2) == [0.1, 0.5, 0.9]
    assert spread([0.50, 0.52], 0.1) == pytest.approx([0.46, 0.56])
    assert spread([0.5, 0.5, 0.5], 0.1) == pytest.approx([0.4, 0.5, 0.6])
