"""Trust over time against glmmTMB (tests/reference/dynamics.R), and in a plan."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlab.stats import plans, trust
from simlab.stats.planfile import parse
from simlab.stats.prepare import Prepared, prepare

REFERENCE = Path(__file__).parents[1] / "reference"
EXPECTED = json.loads((REFERENCE / "expected" / "dynamics.json").read_text())["trust"]


def _table() -> pd.DataFrame:
    """The reference decisions in the columns of the analysis table; every answer that differs is "X"."""
    d = pd.read_csv(REFERENCE / "data" / "trust.csv")
    advice = np.where(d["wrong"] == 1, "W", "R")
    first = np.where(d["differs"] == 1, "X", advice)
    return pd.DataFrame(
        {
            "participant": "p" + d["participant"].astype(str),
            "case": "c" + d["case"].astype(str),
            "arm": "advised",
            "phase": "exposure",
            "phase_index": 0,
            "sitting": 1,
            "position": d["position"],
            "status": "complete",
            "structure": "two-stage",
            "advice_shown": True,
            "initial": first,
            "advice": advice,
            "final": np.where(d["follows"] == 1, advice, "X"),
            "truth": "R",
        }
    )


@pytest.fixture
def asked(plan: dict[str, Any]) -> dict[str, Any]:
    return plan | {"arms": ["advised"], "control": None, "phases": ["exposure"], "primary": None, "analyses": ["trust"]}


def _prepared(asked: dict[str, Any]) -> Prepared:
    return prepare(_table(), parse(asked))


def test_what_was_met_before_is_counted_in_the_order_of_the_sitting(asked: dict[str, Any]) -> None:
    rows = trust.exposed(_prepared(asked).encounters, parse(asked)).rows
    own = rows[rows["participant"] == "p1"].sort_values("position")
    wrong = (own["advice"] == "W").tolist()
    assert own["before"].tolist() == list(range(24))
    assert own["errors"].tolist() == [sum(wrong[:n]) for n in range(24)]
    assert own["last_wrong"].tolist() == [0, *map(float, wrong[:-1])]


def test_reliance_after_wrong_advice_equals_glmmtmb(asked: dict[str, Any]) -> None:
    made = {a["name"]: a for a in plans.run(_table(), asked)["analyses"]}
    found = {e["name"]: e for e in made["trust-switch"]["estimates"]}
    for name, place in (("last-wrong/switch", 1), ("per-error/switch", 2)):
        se = EXPECTED["se"][place]
        assert np.log(found[name]["value"]) == pytest.approx(EXPECTED["beta"][place], abs=1e-3 * se)
        assert found[name]["n_used"] == int(pd.read_csv(REFERENCE / "data" / "trust.csv")["differs"].sum())
        # The interval is the reference's standard error with this package's degrees of freedom.
        half = np.log(found[name]["high"] / found[name]["low"]) / 2
        assert half > 1.96 * se * 0.999
        assert half < 2.2 * se
    assert found["difference/switch"]["value"] < 0
    assert found["difference/switch"]["low"] < found["difference/switch"]["value"] < found["difference/switch"]["high"]
    expected = next(t for t in made["trust-switch"]["tables"] if "by the model" in t["name"])["rows"]
    assert [row[1] for row in expected] == sorted((row[1] for row in expected), reverse=True)
    assert "no trust score" in made["trust-scores"]["convergence"]["detail"]


def test_trust_scores_are_set_beside_the_accuracy_that_was_met(asked: dict[str, Any]) -> None:
    table = _table()
    last = table.groupby("participant")["position"].transform("max") == table["position"]
    # Drop some advice of odd persons, so that shares of right advice differ.
    odd = table["participant"].str[1:].astype(int) % 2 == 1
    table.loc[odd & (table["position"] <= 8), ["advice", "advice_shown"]] = [None, False]
    level = np.where(odd, 3, 4)
    table["questionnaire"] = [
        json.dumps({"merritt-trust": [int(v)] * 6}) if end else None for v, end in zip(level, last, strict=True)
    ]
    made = next(a for a in plans.run(table, asked)["analyses"] if a["name"] == "trust-scores")
    one = made["estimates"][0]
    assert one["name"] == "correlation/merritt-trust"
    assert one["n_used"] == 40
    shown = table[table["advice_shown"].astype(bool)]
    share = (shown["advice"] == "R").groupby(shown["participant"]).mean()
    score = pd.Series(level[last.to_numpy()], index=table.loc[last, "participant"])
    assert one["value"] == pytest.approx(float(np.corrcoef(share.sort_index(), score.sort_index())[0, 1]), abs=1e-12)


def test_too_few_decisions_say_so(study: Any, plan: dict[str, Any]) -> None:
    table = study(people=4, cases=3)
    made = plans.run(table, plan | {"analyses": ["trust"], "primary": None})["analyses"]
    assert all(a["estimates"] == [] for a in made)
    assert "too few" in made[0]["convergence"]["detail"]
