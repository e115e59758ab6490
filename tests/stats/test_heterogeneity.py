"""Effects that differ, against glmmTMB (tests/reference/dynamics.R), and in a plan."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlab.stats import heterogeneity, plans
from simlab.stats.planfile import parse

REFERENCE = Path(__file__).parents[1] / "reference"
EXPECTED = json.loads((REFERENCE / "expected" / "dynamics.json").read_text())


def _rows() -> tuple[pd.DataFrame, Any]:
    d = pd.read_csv(REFERENCE / "data" / "heterogeneity.csv")
    rows = pd.DataFrame({"participant": d["participant"].astype(str), "case": d["case"].astype(str)})
    return rows.assign(final_correct=(d["right"] == 1).astype("boolean"), grade=None), d


@pytest.mark.parametrize("by", ["senior", "hard"])
def test_interactions_equal_glmmtmb(by: str, plan: dict[str, Any]) -> None:
    rows, d = _rows()
    exposed, columns = d["exposed"].to_numpy(dtype=float), d[[by]].to_numpy(dtype=float)
    fit = heterogeneity.fit(rows, exposed, columns, (by,), parse(plan))
    wanted = EXPECTED["heterogeneity"][by]
    assert fit.converged
    assert fit.loglik == pytest.approx(wanted["loglik"], abs=1e-4)
    assert (np.abs(fit.beta - wanted["beta"]) < 1e-3 * np.array(wanted["se"])).all()
    assert fit.se == pytest.approx(wanted["se"], rel=1e-3)


def test_effects_of_cases_are_shrunk_as_glmmtmb_shrinks_them(plan: dict[str, Any]) -> None:
    rows, d = _rows()
    fit = heterogeneity.fit(rows, d["exposed"].to_numpy(dtype=float), np.zeros((len(d), 0)), (), parse(plan))
    cases, wanted = fit.effect("case"), EXPECTED["shrunk"]
    mine = dict(zip(map(str, cases.levels), cases.modes[:, 1], strict=True))
    assert [mine[name] for name in wanted["names"]] == pytest.approx(wanted["modes"], abs=2e-4)


def _study(study: Any) -> pd.DataFrame:
    table: pd.DataFrame = study(people=40, cases=8)
    number = table["participant"].str[1:].astype(int)
    return table.assign(grade=np.where(number % 4 < 2, "gp", "registrar"))


def _run(table: pd.DataFrame, plan: dict[str, Any], **options: Any) -> dict[str, Any]:
    asked = plan | {"analyses": ["heterogeneity"]} | ({"options": {"heterogeneity": options}} if options else {})
    found: dict[str, Any] = plans.run(table, asked)["analyses"][0]
    return found


def test_modifiers_not_in_the_plan_are_exploratory(study: Any, plan: dict[str, Any]) -> None:
    made = _run(_study(study), plan)
    names = {e["name"] for e in made["estimates"]}
    for effect in ("advice", "primary"):
        for by in ("grade", "baseline", "difficulty"):
            assert f"interaction/{effect}/{by}" in names
            assert f"difference/{effect}/{by}" in names
    assert all("exploratory" in e["label"] for e in made["estimates"] if e["name"].startswith("interaction"))
    assert "exploratory" in made["tables"][0]["rows"][0][0]
    by_name = {e["name"]: e for e in made["estimates"]}
    low, high = (by_name[f"effect/advice/baseline/{who} clinicians"]["value"] for who in ("less able", "abler"))
    assert by_name["difference/advice/baseline"]["value"] == pytest.approx(high - low, abs=1e-12)
    assert any("is measured by 8 decisions a clinician" in said for said in made["warnings"])


def test_a_declared_modifier_is_the_only_one(study: Any, plan: dict[str, Any]) -> None:
    made = _run(_study(study), plan, modifiers=["grade"])
    asked = {e["name"].split("/")[2] for e in made["estimates"]}
    assert asked == {"grade"}
    assert not any("exploratory" in e["label"] for e in made["estimates"])


def test_a_grade_of_few_is_left_out_with_the_reason(study: Any, plan: dict[str, Any]) -> None:
    table = _study(study)
    table.loc[table["participant"] == "p00", "grade"] = "nurse"
    made = _run(table, plan, modifiers=["grade"])
    one = next(e for e in made["estimates"] if e["name"] == "interaction/primary/grade")
    assert one["dropped"][-1]["n"] == 8
    assert "fewer than 5 clinicians" in one["dropped"][-1]["reason"]


def test_without_grades_or_earlier_decisions_it_says_why(study: Any, plan: dict[str, Any]) -> None:
    table = study()
    table = table[table["phase"] != "baseline"]
    asked = plan | {"phases": ["exposure", "withdrawal", "retention"], "primary": None}
    made = _run(table, asked)
    assert made["estimates"] == []
    assert sum("not done" in said for said in made["warnings"]) == 3
