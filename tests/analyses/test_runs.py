"""A run happens once, ends in words, and gives the same bytes as the command line."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from simlab.analyses import actions, heartbeat
from simlab.analyses.models import AnalysisRun, Figure, RunState
from simlab.stats.errors import BadPlan
from tests.factories import DAY, NOW, a_participant, a_study, close, sit_through

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def data_dir(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def study():
    made = a_study()
    for _ in range(4):
        sit_through(a_participant(made), NOW)
    return made


@pytest.fixture
def queued(monkeypatch):
    sent = []
    monkeypatch.setattr(actions, "_queue", sent.append)
    return sent


@pytest.fixture
def silent_heart(monkeypatch):
    """No thread: a test's transaction is not seen from another connection."""
    monkeypatch.setattr(heartbeat, "_beat", lambda run, stop: None)


def clock():
    return NOW + DAY


def run_of(study):
    return actions.request_analysis(study=study, by=None, now=NOW)


def test_request_queues_once_the_transaction_is_there(study, queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        run = run_of(study)
    assert len(callbacks) == 1
    assert queued == [run.pk]
    assert run.state == RunState.QUEUED


def test_request_of_a_run_under_way_returns_it(study, queued):
    assert run_of(study) == run_of(study)
    assert AnalysisRun.objects.count() == 1


def test_execute_saves_result_figures_and_data(study, queued, silent_heart, data_dir):
    run = run_of(study)
    actions.execute(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.DONE, "")
    assert run.result["data_sha256"] == run.dataset.sha256
    assert run.result["plan_sha256"] == run.plan_sha256
    assert {analysis["name"] for analysis in run.result["analyses"]} >= {"flow", "accuracy", "reliance", "time"}
    assert (data_dir / run.dataset.path).is_file()
    assert Figure.objects.filter(run=run).count() >= 2
    assert all(figure.alt and figure.svg.startswith("<?xml") for figure in run.figures.all())


def test_second_execution_does_nothing(study, queued, silent_heart):
    run = run_of(study)
    actions.execute(run_id=run.pk, clock=clock)
    before = AnalysisRun.objects.get(pk=run.pk).finished_at
    actions.execute(run_id=run.pk, clock=lambda: NOW + 2 * DAY)
    assert AnalysisRun.objects.get(pk=run.pk).finished_at == before


def test_command_line_gives_the_same_bytes(study, queued, silent_heart, data_dir, tmp_path):
    run = run_of(study)
    actions.execute(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(run.plan))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "simlab.stats", "run", data_dir / run.dataset.path, plan, "--out", out]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    assert (out / "result.json").read_text() == run.result_json


def test_same_rows_are_frozen_once_and_computed_once(study, queued, silent_heart, monkeypatch):
    first = run_of(study)
    actions.execute(run_id=first.pk, clock=clock)
    computed = []
    monkeypatch.setattr(actions.plans, "run", lambda *given: computed.append(given))
    second = run_of(study)
    actions.execute(run_id=second.pk, clock=clock)
    assert study.datasets.count() == 1
    assert computed == []
    runs = [AnalysisRun.objects.get(pk=run.pk) for run in (first, second)]
    assert runs[0].result_json == runs[1].result_json
    drawn = [list(run.figures.values_list("name", "svg", "csv", "alt")) for run in runs]
    assert drawn[0] == drawn[1] != []


def test_new_code_computes_again(study, queued, silent_heart, monkeypatch):
    actions.execute(run_id=run_of(study).pk, clock=clock)
    AnalysisRun.objects.update(code_version="an older one")
    second = run_of(study)
    actions.execute(run_id=second.pk, clock=clock)
    second.refresh_from_db()
    assert second.code_version == actions.plans.code_version()


def test_study_without_participants_fails_in_words(queued, silent_heart):
    run = run_of(a_study())
    actions.execute(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "no participants yet" in run.error
    assert run.finished_at


def test_unforeseen_fault_is_on_the_row_and_raised(study, queued, silent_heart, monkeypatch):
    def broken(*arguments):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(actions.plans, "run", broken)
    run = run_of(study)
    with pytest.raises(ZeroDivisionError):
        actions.execute(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    assert (run.state, "ZeroDivisionError" in run.error) == (RunState.FAILED, True)


def test_bad_plan_is_refused_by_name(study, queued):
    with pytest.raises(BadPlan, match="phase"):
        actions.request_analysis(study=study, by=None, now=NOW, plan={"simlab": "plan/1", "title": "x", "arms": ["a"]})
    assert not AnalysisRun.objects.exists()


def test_cancelled_run_stops_at_its_next_step_and_saves_nothing(study, queued, silent_heart, monkeypatch):
    run = run_of(study)
    real = actions.plans.run

    def cancel_then_run(table, plan, report):
        actions.cancel_analysis(run=run, now=NOW)
        return real(table, plan, report)

    monkeypatch.setattr(actions.plans, "run", cancel_then_run)
    actions.execute(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    assert (run.state, run.result_json, run.figures.count()) == (RunState.CANCELLED, "", 0)


def test_finished_run_cannot_be_cancelled(study, queued, silent_heart):
    run = run_of(study)
    actions.execute(run_id=run.pk, clock=clock)
    assert actions.cancel_analysis(run=run, now=NOW) is False


@pytest.mark.parametrize(("silent_for", "taken_over"), [(timedelta(seconds=30), False), (timedelta(minutes=2), True)])
def test_run_of_a_dead_worker_is_taken_over(study, queued, silent_heart, silent_for, taken_over):
    run = run_of(study)
    AnalysisRun.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, started_at=NOW, beat_at=clock() - silent_for, requested_at=clock()
    )
    assert actions.requeue_silent_runs(now=clock()) == int(taken_over)
    actions.execute(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    assert run.state == (RunState.DONE if taken_over else RunState.RUNNING)


def test_run_that_kills_its_workers_is_given_up(study, queued, silent_heart):
    run = run_of(study)
    for attempt in range(actions.MOST_ATTEMPTS):
        now = NOW + attempt * timedelta(minutes=2)
        assert actions._claim(run.pk, now).attempts == attempt + 1
        assert actions._claim(run.pk, now) is None
    queued.clear()
    assert actions.requeue_silent_runs(now=now + timedelta(minutes=2)) == 0
    run.refresh_from_db()
    assert (run.state, "died 3 times" in run.error, queued) == (RunState.FAILED, True, [])


def test_trial_under_way_gets_its_figures_a_second_time_in_letters(queued, silent_heart):
    trial = a_study(kind="main")
    sit_through(a_participant(trial), NOW)
    sit_through(a_participant(trial), NOW)
    run = run_of(trial)
    actions.execute(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.DONE, "")
    assert run.figures.filter(blinded=True).exists()
    close(trial)
    again = run_of(trial)
    actions.execute(run_id=again.pk, clock=clock)
    again.refresh_from_db()
    assert again.state == RunState.DONE


def test_data_file_that_was_lost_is_written_again(study, queued, silent_heart, data_dir):
    actions.execute(run_id=run_of(study).pk, clock=clock)
    (path,) = data_dir.rglob("*.parquet")
    path.unlink()
    again = run_of(study)
    actions.execute(run_id=again.pk, clock=clock)
    again.refresh_from_db()
    assert (again.state, path.is_file(), list(data_dir.rglob("*.part"))) == (RunState.DONE, True, [])


def test_run_that_lost_its_message_is_queued_again(study, queued):
    run = run_of(study)
    queued.clear()
    assert actions.requeue_silent_runs(now=NOW + timedelta(seconds=30)) == 0
    assert actions.requeue_silent_runs(now=NOW + timedelta(minutes=2)) == 1
    assert queued == [run.pk]


def test_breaking_the_figures_saves_no_result(study, queued, silent_heart, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("disk full")

    monkeypatch.setattr(Figure.objects, "bulk_create", broken)
    run = run_of(study)
    with pytest.raises(RuntimeError):
        actions.execute(run_id=run.pk, clock=clock)
    run.refresh_from_db()
    assert (run.state, run.result_json) == (RunState.FAILED, "")
    assert Path(settings.DATA_DIR).is_dir()


def test_rehearsing_where_nothing_answers_makes_no_twin(study, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with pytest.raises(CommandError, match=r"Nothing answers at http://127\.0\.0\.1:9"):
        call_command("rehearse", study.slug, url="http://127.0.0.1:9", truth=ROOT / "protocols" / "demo" / "truth.yaml")
    assert not study.twins.exists()
