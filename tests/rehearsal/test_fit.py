"""A simulated data set gives its own truth back, within the error of the fit."""

import pytest

from simlab.rehearsal import dataset
from simlab.rehearsal.fit import fit
from simlab.rehearsal.truth import BadTruth, Truth

AS_MADE = {
    "skill.sd": 0.7, "skill.grades.gp": 0.1, "skill.grades.gp-registrar": -0.15,
    "skill.grades.nurse-practitioner": -0.25, "cases.sd": 0.4,
    "practice.learning_per_case": 0.01, "practice.loss_per_aided_case": 0.06,
    "reliance.base": 0.2, "reliance.own_confidence": -2.5, "reliance.right": 0.9, "reliance.person_sd": 0.7,
    "reliance.third": 0.08, "reliance.contrary": 0.02,
    "times.first.median": 60.0, "times.first.sd": 0.45, "times.person_sd": 0.25,
    "times.after_advice.median": 16.0, "times.after_advice.sd": 0.6, "times.disagreement": 1.4,
    "times.reconsider.median": 9.0, "times.hidden_share": 0.06,
    "confidence.bias": 0.25, "confidence.slope": 0.6, "confidence.person_sd": 0.4, "confidence.noise": 0.5,
    "confidence.agreement": 0.6, "confidence.disagreement": -0.3,
    "drop_out.phases.retention.advised": 0.05, "drop_out.phases.retention.unaided": 0.06,
    "drop_out.within_sitting": 0.01, "arrivals.grades.gp": 0.6,
}  # fmt: skip


@pytest.fixture(scope="module")
def fitted(truth: Truth, protocol, packs):
    return fit(dataset.simulate(protocol, packs, truth, 400, 20261123), packs, truth)


@pytest.mark.parametrize("name", AS_MADE)
def test_a_simulated_data_set_gives_its_truth_back(fitted, name):
    value = next(one for one in fitted.values if one.name == name)
    assert value.se is not None
    # Four standard errors for some twenty values; variances by Laplace are a few per cent low.
    slack = 0.06 * AS_MADE[name] if "sd" in name else 0.0
    assert abs(value.value - AS_MADE[name]) < 4 * value.se + abs(slack), value


def test_the_fitted_truth_says_so_and_makes_clinicians(fitted, protocol, packs, truth):
    made = fitted.truth
    assert made.basis == "fitted"
    assert made.confidence != truth.confidence
    assert made.confidence.slope == pytest.approx(0.6, abs=0.1)
    assert made.reliance.base == pytest.approx(0.2, abs=0.6)
    assert "half-lives" in fitted.kept[0]
    assert len(dataset.simulate(protocol, packs, made, 20, 1)) >= 480


def test_too_few_decisions_are_refused(truth, protocol, packs):
    with pytest.raises(BadTruth, match="too few"):
        fit(dataset.simulate(protocol, packs, truth, 2, 1), packs, truth)
