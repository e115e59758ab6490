"""Items, forms, ordered answers, looks and readers on tables too thin for them: a sentence, a schema, no failure."""

import jsonschema
import pandas as pd
import pytest

from simlab.stats import plans, result
from simlab.stats.schemas import result_schema

ANALYSES = ["items", "equating", "ordinal", "interim", "readers"]
THIN = {
    "two people": lambda t: t[t["participant"].isin(["p00", "p01"])],
    "one case each": lambda t: t[t["position"] == 1],
    "all right": lambda t: t.assign(final="R"),
    "all wrong": lambda t: t.assign(final="W"),
    "one case": lambda t: t.assign(case="c1"),
    "one confidence": lambda t: t.assign(final_confidence=0.5),
    "most missing": lambda t: t.assign(status=["complete" if i % 5 == 0 else "missing" for i in range(len(t))]),
    "no forms": lambda t: t.drop(columns="form"),
}


@pytest.fixture
def wanted(plan):
    options = {
        "interim": {"participants": 20, "looks": [0.4, 1.0]},
        "readers": {"target": "R"},
    }
    return plan | {"analyses": ANALYSES, "options": options, "bootstrap": 100}


@pytest.mark.parametrize("thin", THIN)
def test_thin_data_withhold_and_never_fail(study, wanted, thin):
    found = plans.run(THIN[thin](study(people=8, cases=3)), wanted)
    jsonschema.validate(found, result_schema())
    assert {a["name"] for a in found["analyses"]} >= set(ANALYSES)
    for a in found["analyses"]:
        refused = a["convergence"] is not None and not a["convergence"]["converged"]
        modelled = [
            e for e in a["estimates"] if e["name"].split("/")[0] in {"difference", "mean", "difficulty", "spread"}
        ]
        assert all(e["value"] is None and e["note"] for e in modelled) or not refused
        assert not [w for w in a["warnings"] if "Warning:" in w]


def test_nobody_enrolled_yet_is_said_by_every_analysis(wanted):
    found = plans.run(pd.DataFrame([{"participant": "p1", "status": "declined"}]), wanted)
    jsonschema.validate(found, result_schema())
    assert all(a["warnings"] for a in found["analyses"])


def test_shuffled_rows_give_the_same_bytes(study, wanted):
    table = study(people=12)
    shuffled = table.sample(frac=1, random_state=3)[sorted(table.columns)]
    assert result.dump(plans.run(table, wanted)) == result.dump(plans.run(shuffled, wanted))
