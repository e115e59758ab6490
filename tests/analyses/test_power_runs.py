"""A power study is computed batch by batch by any number of workers, and comes to the same bytes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from simlab.analyses import actions_power
from simlab.analyses.models import AnalysisRun
from simlab.analyses.powermodels import PowerChunk, PowerStudy
from simlab.analyses.reading_power import cells_so_far
from simlab.rehearsal.grid import grid_from
from simlab.rehearsal.presets import preset, suited
from simlab.rehearsal.truth import BadTruth
from simlab.studies.reading import protocol_of
from tests.factories import DAY, NOW, a_study

pytestmark = pytest.mark.django_db
GRID = {"clinicians": [8, 12], "batch": 2, "most": 10, "precision": 0.45, "seed": 3}


@pytest.fixture(autouse=True)
def no_study_kept_from_another_test():
    actions_power._study.cache_clear()


@pytest.fixture
def queued(monkeypatch):
    sent = []
    monkeypatch.setattr(actions_power, "_queue", lambda power, lanes: sent.append((power, lanes)))
    return sent


def asked(study, **given) -> PowerStudy:
    truth = suited(preset("assumed"), protocol_of(study))
    grid = grid_from({**GRID, **given})
    return actions_power.request_power(study=study, grid=grid, truth=truth, truth_name="x", by=None, now=NOW)


def clock():
    return NOW + DAY


def work_off(power: PowerStudy) -> PowerStudy:
    while actions_power.work(power_id=power.pk, clock=clock):
        pass
    power.refresh_from_db()
    return power


def test_every_cell_is_computed_once_and_the_rest_is_not_needed(queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        power = asked(a_study())
    assert queued == [(power.pk, actions_power.LANES)]
    power = work_off(power)
    assert (power.state, power.error) == ("done", "")
    assert [cell["clinicians"] for cell in power.result["cells"]] == [8, 12]
    states = set(power.chunks.values_list("state", flat=True))
    assert states == {"done", "not-needed"}
    assert all(row["open"] == 0 for row in cells_so_far(power))


def test_the_same_question_gives_the_same_bytes_whoever_takes_which_batch(queued):
    study = a_study()
    first = work_off(asked(study))
    second = asked(study)
    assert second.pk != first.pk
    # Another worker takes the last batches first, and one more than is needed.
    late = second.chunks.order_by("-batch", "-cell")
    for chunk in late[:5]:
        PowerChunk.objects.filter(pk=chunk.pk).update(state="running", started_at=clock(), beat_at=clock())
        PowerStudy.objects.filter(pk=second.pk).update(state="running")
        actions_power._compute(PowerChunk.objects.get(pk=chunk.pk), clock)
    second = work_off(second)
    assert second.result_json == first.result_json != ""


def test_the_same_question_under_way_is_not_asked_twice(queued):
    study = a_study()
    assert asked(study) == asked(study)
    assert asked(study, seed=4) != asked(study)


def test_a_batch_is_claimed_by_one_worker_only(queued):
    power = asked(a_study())
    taken = [actions_power._claim(power.pk, NOW) for _ in range(3)]
    assert len({chunk.pk for chunk in taken}) == 3
    assert [(chunk.batch, chunk.cell) for chunk in taken] == [(0, 0), (0, 1), (1, 0)]


def test_the_batch_of_a_dead_worker_is_taken_again_and_counts_once(queued):
    power = asked(a_study())
    dead = actions_power._claim(power.pk, NOW)
    PowerStudy.objects.filter(pk=power.pk).update(state="running")
    soon = NOW + actions_power.SILENCE / 2
    assert dead.pk not in {actions_power._claim(power.pk, soon).pk for _ in range(4)}
    PowerChunk.objects.filter(power=power).exclude(pk=dead.pk).update(state="open")
    power = work_off(power)
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == ("done", 2)
    assert power.state == "done"
    assert sum(cell["runs"] for cell in power.result["cells"]) <= sum(
        power.chunks.filter(state="done").values_list("runs", flat=True)
    )


def test_who_was_thought_dead_cannot_keep_a_batch_that_was_taken_over(queued):
    power = asked(a_study())
    slow = actions_power._claim(power.pk, NOW)
    PowerStudy.objects.filter(pk=power.pk).update(state="running")
    PowerChunk.objects.filter(pk=slow.pk).update(started_at=clock())
    with pytest.raises(actions_power.CancelledError):
        actions_power._compute(slow, clock)
    slow.refresh_from_db()
    assert (slow.state, slow.outcomes) == ("running", None)


def test_a_cancelled_study_stops_and_keeps_no_result(queued):
    power = asked(a_study())
    actions_power.work(power_id=power.pk, clock=clock)
    assert actions_power.cancel_power(power_study=power, now=NOW)
    assert actions_power.work(power_id=power.pk, clock=clock) is False
    power.refresh_from_db()
    assert (power.state, power.result_json) == ("cancelled", "")
    assert not actions_power.cancel_power(power_study=power, now=NOW)


def test_a_study_that_nobody_works_on_is_queued_again(queued):
    power = asked(a_study())
    assert actions_power.requeue_silent_power(now=NOW + timedelta(seconds=5)) == 0
    assert actions_power.requeue_silent_power(now=NOW + timedelta(minutes=2)) == 1
    actions_power._claim(power.pk, NOW + timedelta(minutes=2))
    assert actions_power.requeue_silent_power(now=NOW + timedelta(minutes=2, seconds=5)) == 0


def test_a_batch_that_kills_its_workers_is_given_up(queued):
    power = asked(a_study())
    for attempt in range(actions_power.MOST_ATTEMPTS):
        PowerChunk.objects.filter(power=power, cell=0, batch=0).update(
            state="running", attempts=attempt + 1, started_at=NOW, beat_at=NOW
        )
    actions_power.requeue_silent_power(now=NOW + timedelta(minutes=2))
    power.refresh_from_db()
    assert (power.state, power.error) == ("failed", actions_power.GIVEN_UP)


def test_what_goes_wrong_is_said_on_the_row(queued, monkeypatch):
    power = asked(a_study(), effects=[0.5])
    work_off(power)
    assert power.state == "failed"
    assert "it lies from" in power.error


def test_a_size_that_the_protocol_forbids_is_refused_before_anything_is_queued(queued):
    with pytest.raises(BadTruth, match="breaks a rule of the protocol"):
        asked(a_study(), wrong=[200])
    assert not PowerStudy.objects.exists()


def test_the_database_keeps_batches_single_and_whole(queued):
    power = asked(a_study())
    with pytest.raises(IntegrityError, match="power_batch_once"), transaction.atomic():
        PowerChunk.objects.create(power=power, cell=0, batch=0)
    with pytest.raises(IntegrityError, match="power_batch_done_has_outcomes"), transaction.atomic():
        power.chunks.update(state="done")
    with pytest.raises(IntegrityError, match="power_result_when_done"), transaction.atomic():
        PowerStudy.objects.update(state="done", finished_at=NOW)


def test_one_simulated_study_has_its_whole_report(queued, tmp_path, settings, monkeypatch):
    from simlab.analyses import actions, heartbeat

    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(heartbeat, "_beat", lambda run, stop: None)
    monkeypatch.setattr(actions_power, "_queue_run", lambda run_id: None)
    power = asked(a_study())
    run = actions_power.request_example(power_study=power, cell=1, by=None, now=NOW)
    actions.execute(run_id=run.pk, clock=clock)
    run = AnalysisRun.objects.get(pk=run.pk)
    assert (run.state, run.error) == ("done", "")
    assert run.study.parent == power.study
    assert run.result["data_sha256"] == run.dataset.sha256
    assert run.study.rehearsals.get().clinicians == 12
