"""Refusals, faults and warnings of a fit become data; plans that are no plans are refused."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from simlab.stats import planfile, plans
from simlab.stats.errors import BadPlan
from simlab.stats.intervals import CannotFit
from simlab.stats.modelling import Naming, fitted
from simlab.stats.prepare import Sieved
from simlab.stats.result import Analysis


def refuse(error):
    raise error


@pytest.mark.parametrize("error", [CannotFit("Factor case has one level."), np.linalg.LinAlgError("singular matrix")])
def test_a_refusal_becomes_a_verdict(error, study):
    found = fitted(lambda: refuse(error))
    assert found.fit is None
    assert not found.readable
    assert str(error) in found.convergence.detail
    withheld = Naming(0.95, Sieved(study(), ())).withheld("x", "X", "difference", found.convergence)
    assert withheld.value is None
    assert "not fitted" in withheld.note


@pytest.mark.parametrize(
    ("clinicians", "cases", "named"),
    [(24, 12, []), (23, 12, ["23 clinicians"]), (24, 11, ["11 cases"]), (5, 3, ["5 clinicians", "3 cases"])],
)
def test_a_design_smaller_than_those_tested_is_said(clinicians, cases, named):
    effects = [SimpleNamespace(name="clinician", levels=range(clinicians)),
               SimpleNamespace(name="case", levels=range(cases))]  # fmt: skip
    fit = SimpleNamespace(converged=True, verdict="converged", singular=(), n_used=9, effects=effects)
    said = fitted(lambda: fit).warnings
    assert len(said) == len(named)
    assert all(words in sentence for words, sentence in zip(named, said, strict=True))


def test_the_default_analyses_of_a_small_study_warn(study, plan):
    found = plans.run(study(people=16), {**plan, "analyses": ["accuracy", "deskilling"], "bootstrap": 100})
    warned = [one["name"] for one in found["analyses"] if any("16 clinicians" in said for said in one["warnings"])]
    assert {"accuracy", "deskilling"} <= set(warned)


def test_an_error_of_the_program_is_not_swallowed():
    with pytest.raises(KeyError):
        fitted(lambda: refuse(KeyError("arm")))


def test_warnings_of_an_analysis_are_kept_in_the_result(study, plan, monkeypatch):
    def worried(prepared, parsed):
        warnings.warn("the ice is thin", stacklevel=1)
        return Analysis("flow", "Flow", warnings=("Nobody came.",))

    monkeypatch.setitem(plans.ANALYSERS, "flow", ("Counting", worried))
    found = plans.run(study(), plan | {"analyses": ["flow"]})
    assert found["analyses"][0]["warnings"] == ["Nobody came.", "UserWarning: the ice is thin"]


def test_a_plan_without_control_describes_and_does_not_compare(study, plan):
    found = plans.run(study(), plan | {"control": None, "analyses": ["accuracy", "time"]})
    names = [e["name"] for a in found["analyses"] for e in a["estimates"]]
    assert not [n for n in names if n.startswith(("difference/", "ratio/"))]
    assert "accuracy/advised/exposure" in names
    assert "names no control arm" in found["analyses"][0]["warnings"][0]


def test_what_is_no_plan_is_refused(plan, tmp_path):
    with pytest.raises(BadPlan, match="not a set of named fields"):
        planfile.parse(["plan/1"])
    with pytest.raises(BadPlan, match="no such file"):
        planfile.read(tmp_path / "none.json")
    with pytest.raises(BadPlan, match="primary names the arm"):
        planfile.parse(plan | {"primary": plan["primary"] | {"between": ["unaided", "x"]}})
    assert planfile.parse(planfile.parse(plan)) == planfile.parse(plan)


def test_plan_hash_is_of_content_and_not_of_key_order(plan):
    turned = dict(reversed(plan.items()))
    assert planfile.plan_hash(turned) == planfile.plan_hash(plan)
    assert planfile.plan_hash(plan | {"seed": 1}) != planfile.plan_hash(plan)
