"""What a run may be called follows from the locked plan and from nothing else."""

import pytest

from simlab.analyses import actions
from simlab.analyses.reading import label_of
from simlab.studies.actions import lock_study, make_twin
from simlab.studies.models import ProtocolVersion, Study
from simlab.studies.reading import protocol_of
from tests.factories import NOW, a_study, close

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(monkeypatch):
    """A trial after its lock."""
    return a_locked(monkeypatch, "main")


def a_locked(monkeypatch, kind):
    monkeypatch.setattr(actions, "_queue", lambda run_id: None)
    made = a_study(kind=kind)
    close(made) if kind == "main" else lock_study(study=made, by=None, now=NOW)
    return Study.objects.get(pk=made.pk)


def run_of(study, plan=None):
    return actions.request_analysis(study=study, by=None, now=NOW, plan=plan)


def test_the_locked_plan_is_confirmatory(study):
    assert label_of(run_of(study)) == "confirmatory"


@pytest.mark.parametrize("change", [{"alpha": 0.1}, {"seed": 1}, {"analyses": ["flow"]}, {"multiplicity": "none"}])
def test_any_other_plan_is_exploratory(study, change):
    assert label_of(run_of(study, protocol_of(study).plan() | change)) == "exploratory"


def test_a_plan_that_is_not_locked_yet_is_exploratory(study):
    run = run_of(study)
    run.study.protocol = ProtocolVersion(
        study=study, number=9, source="", document={}, sha256=run.protocol_sha256, locked_at=None
    )
    assert label_of(run) == "exploratory"


def test_a_run_of_another_protocol_is_exploratory(study):
    run = run_of(study)
    run.protocol_sha256 = "0" * 64
    assert label_of(run) == "exploratory"


@pytest.mark.parametrize("kind", ["demonstration", "training"])
def test_what_is_no_trial_is_never_confirmatory(monkeypatch, kind):
    made = a_locked(monkeypatch, kind)
    assert label_of(run_of(made)) == kind
    assert label_of(run_of(made, protocol_of(made).plan() | {"alpha": 0.1})) == "exploratory"


def test_a_rehearsal_is_called_one(monkeypatch):
    monkeypatch.setattr(actions, "_queue", lambda run_id: None)
    twin = make_twin(study=a_study(kind="main"), seed="x", by=None, now=NOW)
    assert label_of(run_of(Study.objects.get(pk=twin.pk))) == "rehearsal"


def test_a_trial_under_way_is_blinded(monkeypatch):
    monkeypatch.setattr(actions, "_queue", lambda run_id: None)
    assert label_of(run_of(Study.objects.get(pk=a_study(kind="pilot").pk))) == "blinded"
