"""What a run may be called follows from the locked plan and from nothing else."""

import pytest

from simlab.analyses import actions
from simlab.analyses.reading import label_of
from simlab.studies.models import ProtocolVersion, Study
from simlab.studies.reading import protocol_of
from tests.factories import NOW, a_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(monkeypatch):
    monkeypatch.setattr(actions, "_queue", lambda run_id: None)
    return Study.objects.get(pk=a_study().pk)


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
