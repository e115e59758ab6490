"""Every measure is produced by some analysis, explained, and refused in words where a table lacks its columns."""

import jsonschema
import pandas as pd
import pytest

from simlab.stats import measures, measuring, planfile, plans, skill
from simlab.stats.__main__ import main
from simlab.stats.reliance import MEASURES
from simlab.stats.scales import SCALES
from simlab.stats.schemas import result_schema

# Every measure of the field that has a name of its own, section by section.
NAMES = {
    "reliance": {m.name for m in MEASURES} | {"net-consultation", "mcnemar", "macro-mean", "agreement-rise"},
    "weights": {"weight-of-advice", "weight-clipped", "bounded-weight", "weight-regression"},
    "losses": {"reliance-losses", "cross-fitted-losses"},
    "detection": {"discernment", "mixed-discernment", "automation-effect", "commission", "omission", "inheritance",
                  "wrong-with-wrong-advice", "wrong-with-right-advice", "anticipatory-slack"},
    "seeking": {"request-rate", "appropriate-request", "time-to-request", "items-opened", "opened-before-following"},
    "performance": {"observed-accuracy", "accuracy", "accuracy-difference", "sensitivity", "specificity", "auc",
                    "positive-predictive-value", "negative-predictive-value", "balanced-accuracy", "augmentation",
                    "synergy", "performance-gain", "augmentation-g", "synergy-g"},
    "calibration": {"brier", "brier-skill", "calibration-error", "calibration-curve", "calibration-spline",
                    "overconfidence", "confidence-gap", "type2-auroc", "gamma", "confidence-shift"},
    "answers": {"top-k", "reciprocal-rank", "ndcg", "score"},
    "time": {"time-ratio", "geometric-mean-time", "time-to-initial", "time-after-advice", "timed-out"},
    "skill": {"deskilling", "persistence", "decay", "change", "deskilling-index", "difference-in-differences",
              "dependency-gap", "retention-ratio", "retention-corrected", "savings", "forgetting-slope", "power-curve",
              "exponential-curve", "ebbinghaus", "learning-curve", "cusum", "learning-cusum", "run-length", "competent",
              "loss", "noninferiority", "noninferiority-n"},
    "questionnaires": {"sus", "tlx", "jian", "trust-in-automation", "merritt", "trust-calibration"},
}  # fmt: skip
# Where an estimate's name and that of its entry differ.
ENTRY = {
    "d-prime": "discernment", "criterion": "discernment", "mixed-d-prime": "mixed-discernment",
    "mixed-criterion": "mixed-discernment", "reliance-loss": "cross-fitted-losses",
    "discrimination-loss": "cross-fitted-losses", "reliance-loss-scaled": "cross-fitted-losses",
    "discrimination-loss-scaled": "cross-fitted-losses", "weight-mean": "weight-of-advice",
    "weight-median": "weight-of-advice", "weight-bounded": "bounded-weight", "shift": "confidence-shift",
    "learning": "learning-curve", "learning-ratio": "learning-curve", "cases-to-competence": "learning-cusum",
    "score-difference": "score", "tlx-raw": "tlx", "tlx-weighted": "tlx", "top-1": "top-k", "top-3": "top-k",
    "top-5": "top-k", "time-hidden": "geometric-mean-time", "merritt-trust": "merritt",
    "merritt-propensity": "merritt", "perceived-accuracy": "trust-calibration",
}  # fmt: skip
SUS = [4, 2, 5, 1, 4, 2, 5, 1, 4, 2]


@pytest.mark.parametrize("section", NAMES)
def test_every_measure_is_explained(section, capsys):
    explained = {e.name for e in measures.CATALOGUE}
    assert NAMES[section] <= explained
    for name in NAMES[section]:
        assert main(["explain", name]) == 0
    said = capsys.readouterr().out
    for heading in ("Formula: ", "Undefined: ", "Source: ", "Example: "):
        assert said.count(heading) >= len(NAMES[section])


def test_the_plan_names_the_analyses_that_there_are():
    assert set(planfile.ANALYSES) == set(plans.ANALYSERS)


def full(study):
    """A study in which every analysis has its columns: on-demand advice, numbers, scores, lures, questionnaires."""
    table = study(people=24, cases=6)
    place = list(range(len(table)))
    aided = table["advice"].notna()
    table["advice_confidence"] = [None if not a else (0.9 if i % 3 else 0.6) for i, a in zip(place, aided, strict=True)]
    table["advice_sought"] = [None if not a else i % 2 == 0 for i, a in zip(place, aided, strict=True)]
    table["time_to_advice_s"] = [
        10.0 + i % 7 if s else None for i, s in zip(place, table["advice_sought"], strict=True)
    ]
    table["items_opened"] = [None if not a else i % 3 for i, a in zip(place, aided, strict=True)]
    table["final_rank"] = [1 if f == "R" else 3 for f in table["final"]]
    table["score"] = [0.9 if f == "R" else 0.3 + 0.1 * (i % 3) for i, f in zip(place, table["final"], strict=True)]
    table["time_initial_s"] = [20.0 + i % 9 if a else None for i, a in zip(place, aided, strict=True)]
    table["time_after_advice_s"] = [5.0 + i % 5 if a else None for i, a in zip(place, aided, strict=True)]
    first = ~table.duplicated(["participant", "phase"])
    table["questionnaire"] = [
        f'{{"sus": {SUS}, "perceived-accuracy": [80]}}' if one and p == "exposure" else None
        for one, p in zip(first, table["phase"], strict=True)
    ]
    return table


@pytest.fixture(scope="module")
def everything():
    from tests.stats.conftest import make_study

    plan = {
        "simlab": "plan/1", "title": "All", "arms": ["unaided", "advised"], "control": "unaided",
        "phases": ["baseline", "exposure", "withdrawal", "retention"], "advised": {"exposure": ["advised"]},
        "analyses": [*measuring.ANALYSERS, "calibration", "complementarity", "differential"],
        "options": {"skill": {"guessing": 0.25, "acceptable": 0.3, "unacceptable": 0.6}},
        "seed": 3, "bootstrap": 100,
    }  # fmt: skip
    return plans.run(full(make_study), plan)


def test_every_estimate_has_an_entry_and_obeys_the_schema(everything):
    jsonschema.validate(everything, result_schema())
    explained = {e.name for e in measures.CATALOGUE}
    for analysis in everything["analyses"]:
        for estimate in analysis["estimates"]:
            name = estimate["name"].split("/")[0]
            if name.startswith(("mixed-d-prime-difference", "weight-regression", "jian", "trust-in")):
                continue
            assert ENTRY.get(name, name) in explained, estimate["name"]


@pytest.mark.parametrize(
    "name",
    ["d-prime", "mixed-d-prime/advised", "reliance-loss/advice-confidence", "agreement-rise/advised/exposure",
     "commission/advised/exposure", "inheritance/advised", "request-rate", "appropriate-request", "time-to-request",
     "items-opened", "opened-before-following", "score/advised/exposure", "score-difference/advised/exposure",
     "time-to-initial/advised/exposure", "time-after-advice/advised/exposure", "timed-out/advised/exposure",
     "change/advised", "deskilling-index/advised", "difference-in-differences/advised", "dependency-gap/advised",
     "retention-ratio/advised", "retention-corrected/advised", "savings/advised", "learning/advised",
     "competent/advised", "sus/advised/exposure", "trust-calibration/advised/exposure", "type2-auroc/advised/exposure",
     "gamma/advised/exposure", "calibration-error/advised/exposure", "brier-skill/advised/exposure",
     "shift/disagreed/right/advised/exposure", "augmentation-g/advised/exposure", "ndcg/advised/exposure"],
)  # fmt: skip
def test_a_plan_produces(everything, name):
    by_name = {e["name"]: e for a in everything["analyses"] for e in a["estimates"]}
    made = by_name[name]
    assert made["value"] is not None
    assert made["n_used"] > 0


@pytest.mark.parametrize("analysis", ["losses", "weight-of-advice", "seeking", "detection", "scores", "questionnaires"])
def test_a_table_without_the_columns_is_told_so_in_one_sentence(study, plan, analysis):
    found = plans.run(study(people=4), plan | {"analyses": [analysis], "advised": {"exposure": ["advised"]}})
    made = found["analyses"][0]
    if analysis == "losses":  # the clinicians' own confidence is a signal
        assert made["estimates"]
        return
    assert made["estimates"] == []
    assert len(made["warnings"]) == 1
    assert made["warnings"][0].count(". ") == 0
    assert made["warnings"][0].endswith(".")


@pytest.mark.parametrize("thin", ["one person", "nobody allocated", "all missing", "nobody advised"])
def test_thin_tables_never_fail(study, plan, thin):
    table = {
        "one person": lambda: study(people=2, cases=2).query("participant == 'p01'"),
        "nobody allocated": lambda: pd.DataFrame([{"participant": "p1", "status": "declined"}]),
        "all missing": lambda: study(people=3, cases=2).assign(status="missing"),
        "nobody advised": lambda: study(people=4, cases=2).query("arm == 'unaided'"),
    }[thin]()
    asked = [*measuring.ANALYSERS, "calibration", "complementarity", "differential"]
    found = plans.run(table, plan | {"analyses": asked, "bootstrap": 100})
    jsonschema.validate(found, result_schema())
    assert len(found["analyses"]) >= len(asked)
    for made in found["analyses"]:
        assert made["estimates"] or made["warnings"], made["name"]
        assert not [w for w in made["warnings"] if "Warning:" in w]
        assert all(e["value"] is not None or e["note"] for e in made["estimates"])


def test_every_scale_has_an_entry():
    explained = {e.name for e in measures.CATALOGUE}
    for scale in SCALES:
        family = next(
            n for n in ("sus", "tlx", "jian", "trust-in-automation", "merritt", "perceived") if n in scale.name
        )
        assert {"perceived": "trust-calibration"}.get(family, family) in explained


def test_streaks():
    assert skill.cases_to_streak([True, False, True, True, True], 3) == 5
    assert skill.cases_to_streak([True, False, True, True], 3) is None
    assert skill.cases_to_streak([], 1) is None


def test_a_protocol_may_ask_for_every_analysis_of_a_measure():
    from simlab.engine.secondary import SECONDARY, SkillOptions
    from simlab.stats import planoptions

    assert set(measuring.ANALYSERS) <= set(SECONDARY)
    assert planoptions.SkillOptions(**SkillOptions().model_dump()) == planoptions.SkillOptions()
