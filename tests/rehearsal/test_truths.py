"""True values agree with brute force, and the report's numbers find them again."""

import numpy as np
import pytest

from simlab.rehearsal import __main__ as command
from simlab.rehearsal import dataset, planning, recovery, truths
from simlab.rehearsal.recovery import Found
from simlab.rehearsal.truth import DropOut
from simlab.rehearsal.truths import Value


@pytest.fixture(scope="module")
def true(truth, protocol, packs):
    return truths.marginal(truth, protocol, packs, people=6000)


def test_no_deskilling_is_no_difference(truth, protocol, packs):
    none = truth.changed(practice={"loss_per_aided_case": 0.0})
    found = truths.marginal(none, protocol, packs, people=4000)
    for name in ("deskilling/difference", "persistence/difference", "decay/difference"):
        assert abs(found[name].value) < 4 * found[name].mc_se


def test_deskilling_is_a_loss_that_partly_comes_back(true):
    assert true["deskilling/difference"].value < -0.05
    assert true["deskilling/difference"].value < true["persistence/difference"].value < 0
    change = true["persistence/difference"].value - true["deskilling/difference"].value
    assert true["decay/difference"].value == pytest.approx(change)


def test_true_accuracy_agrees_with_simulated_answers(truth, protocol, packs, true):
    loyal = truth.model_copy(update={"drop_out": DropOut()})
    plan = planning.plan(protocol, packs, loyal, 6000, 2)
    made = truths._sit(loyal, plan, 2)
    for arm in plan.arms:
        for phase in plan.phases:
            simulated = truths._mean(plan, (made.final == 0).astype(float), truths._cell(plan, arm, phase))
            exact = true[f"accuracy/accuracy/{arm}/{phase}"]
            assert abs(simulated.value - exact.value) < 4 * np.hypot(simulated.mc_se, exact.mc_se)


def test_integration_is_sharper_than_counting(truth, protocol, packs, true):
    unaided, aided = true["accuracy/accuracy/unaided/baseline"], true["accuracy/accuracy/advised/exposure"]
    assert unaided.mc_se < 0.5 * aided.mc_se


def test_complements_add_up(true):
    for one, other in (("rair", "under-conditional"), ("rsr", "over-conditional")):
        assert true[f"reliance/{one}"].value + true[f"reliance/{other}"].value == pytest.approx(1.0)


def test_one_run_reports_what_the_plan_asks(truth, protocol, packs):
    world = recovery.World(protocol, packs, truth)
    names = recovery.asked_of(protocol)
    assert names == ("deskilling/difference", "accuracy/difference/advised/exposure")
    found = recovery.one_run(world, 60, 1, names)
    assert all(one.low < one.value < one.high for one in found.values())


def test_coverage_counts_shown_runs_only():
    true = Value(0.1, 0.001, 100)
    found = [Found(0.1, 0.0, 0.2, 0.05)] * 3 + [Found(0.4, 0.3, 0.5, 0.05), Found(None, None, None, None)]
    one = recovery._recovered("x", true, found)
    assert (one.shown, one.withheld, one.covered, one.coverage) == (4, 1, 3, 0.75)
    assert one.bias == pytest.approx(0.075)
    assert one.coverage_low < 0.75 < one.coverage_high


def test_nothing_shown_has_no_coverage():
    one = recovery._recovered("x", Value(0.1, 0.001, 100), [Found(None, None, None, None)] * 2)
    assert (one.coverage, one.bias, one.withheld) == (None, None, 2)
    assert any("withheld in all 2 runs" in line for line in command._lines(one))


def test_the_command_prints_coverage_and_fails_outside_the_range(monkeypatch, capsys):
    good = recovery._recovered(
        "a/b",
        Value(0.1, 0.001, 10),
        [Found(0.1, 0.0, 0.2, 0.05), *[Found(0.12, 0, 1, 0.05)] * 18, Found(0.5, 0.4, 0.6, 0.05)],
    )
    bad = recovery._recovered("a/b", Value(0.1, 0.001, 10), [Found(0.5, 0.4, 0.6, 0.05)] * 4)
    for one, code, word in ((good, 0, "within"), (bad, 1, "OUTSIDE")):
        monkeypatch.setattr(recovery, "recover", lambda *_, one=one, **__: ([one], 0.5))
        assert command.main(["recover", "anywhere"]) == code
        assert word in capsys.readouterr().out


def test_the_command_names_a_missing_protocol(tmp_path, capsys):
    assert command.main(["recover", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_the_command_writes_a_data_set(monkeypatch, tmp_path, truth, protocol, packs, capsys):
    monkeypatch.setattr(recovery, "load_world", lambda *_: recovery.World(protocol, packs, truth))
    assert command.main(["simulate", "demo", "--clinicians", "5", "--out", str(tmp_path / "data.parquet")]) == 0
    from simlab.stats import datafile

    table = datafile.read(tmp_path / "data.parquet")
    assert datafile.data_hash(table) == datafile.data_hash(dataset.simulate(protocol, packs, truth, 5, 1))
