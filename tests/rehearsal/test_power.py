"""A grid is counted rightly, gives the same numbers whoever computes it, and agrees with what can be worked out."""

import json
from math import sqrt

import numpy as np
import pytest
from scipy import stats

from simlab.rehearsal import bounds, calibration, dataset, designs, power, replicate
from simlab.rehearsal.grid import grid_from, identity
from simlab.rehearsal.power import Study, count, enough
from simlab.rehearsal.replicate import Outcome, Simulator, Target
from simlab.rehearsal.traits import generator
from simlab.rehearsal.truth import BadTruth
from simlab.stats import plans, proportions

DIFFERENCE = Target("deskilling", "difference", "difference", None)


def grid(**given):
    return grid_from({"clinicians": [16], "batch": 2, "most": 10, "seed": 5, **given})


@pytest.fixture
def quick(monkeypatch):
    """What a cell costs once, made small: the numbers are others, what is held of them is not."""
    for name, value in (("SCHEDULES", 2), ("PILOTS", 1), ("PEOPLE_TO_SOLVE", 300)):
        monkeypatch.setattr(replicate, name, value)


def outcome(value: float | None, se: float = 0.05, shown: bool | None = None, **given) -> Outcome:
    low, high = (None, None) if value is None else (value - 2 * se, value + 2 * se)
    said = value is not None and not low <= 0 <= high if shown is None else shown
    rest = {"advised": 8, "undefined_rair": 2, "undefined_rsr": 1, "rsr_width": 0.4, "kept": 0.9, **given}
    return Outcome(value, low, high, None if value is None else se, said, **rest)


class Told:
    """A simulator whose cell and truth are given, for what only counts."""

    invented = 0

    def __init__(self, asked, number: int, truth: float) -> None:
        self.grid, self.cell, self.true_value = asked, asked.cells()[number], truth


def test_cells_are_every_combination_in_one_order():
    asked = grid(clinicians=[60, 30], cases=[6, 12], wrong=[1, 2], effects=[-0.05, 0.0])
    cells = asked.cells()
    assert len(cells) == 16
    assert [one.clinicians for one in cells[:2]] == [30, 60]
    assert (cells[0].effect, cells[-1].effect) == (-0.05, 0.0)
    assert asked.numbers(4) == range(8, 10)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"clinicians": []}, "clinicians"),
        ({"clinicians": [30, 30]}, "twice"),
        ({"effects": [1.2]}, "effects"),
        ({"clinicians": list(range(10, 310)), "wrong": [1, 2]}, "at most 200"),
        ({"luck": 1}, "luck"),
    ],
)
def test_a_grid_that_cannot_be_run_is_refused_by_name(given, said):
    with pytest.raises(BadTruth, match=said):
        grid(**given)


def test_the_identity_of_a_study_changes_with_all_that_decides_it(truth):
    one = identity(grid(), truth, "a")
    assert one == identity(grid(), truth, "a")
    assert len({one, identity(grid(seed=6), truth, "a"), identity(grid(), truth, "b")}) == 3


def test_a_replicate_is_the_same_whoever_runs_it_first(protocol, packs, truth, quick):
    first, second = (Simulator(protocol, packs, truth, grid(), 0) for _ in range(2))
    ahead = [first.run(number) for number in (0, 1)]
    assert [second.run(1), second.run(0)] == ahead[::-1]
    assert ahead[0] != ahead[1]


def test_the_fast_analysis_is_the_locked_one(protocol, packs, truth):
    table = dataset.simulate(protocol, packs, truth, 24, 4)
    fast = Simulator(protocol, packs, truth, grid(), 0).outcome(table)
    result = plans.run(table, {**protocol.plan(), "analyses": ["deskilling"], "bootstrap": 100})
    locked = next(one for one in result["analyses"] if one["name"] == "deskilling")["estimates"][0]
    for name in ("value", "low", "high", "se"):
        assert getattr(fast, name) == pytest.approx(locked[name], rel=1e-6, abs=1e-8)


def test_a_study_of_a_power_run_is_analysed_as_the_locked_plan_does(protocol, packs, truth, quick):
    """Neither the start of the search nor the trimmed table changes a number."""
    made = Simulator(protocol, packs, truth, grid(clinicians=[30]), 0)
    for number in (0, 1):
        seed = int(generator(5, "power", 0, number).integers(2**53))
        table = dataset.simulate_plan(made.layout(number).plan, truth, seed)
        fast = made.run(number)
        result = plans.run(table, {**protocol.plan(), "analyses": ["deskilling"], "bootstrap": 100})
        locked = next(one for one in result["analyses"] if one["name"] == "deskilling")["estimates"][0]
        for name in ("value", "low", "high", "se"):
            assert getattr(fast, name) == pytest.approx(locked[name], abs=1e-6)
        assert vars(fast) == pytest.approx(vars(made.outcome(table)), abs=1e-6)


def test_a_layout_holds_what_the_table_of_a_study_holds(protocol, packs, truth):
    made = Simulator(protocol, packs, truth, grid(clinicians=[30]), 0)
    layout = made.layout(0)
    filled, table = layout.filled(done := dataset.sit(layout.plan, truth, 3)), dataset.table(layout.plan, done)
    for name in set(layout.COLUMNS) - {"initial"}:
        assert filled[name].astype(object).where(filled[name].notna(), None).tolist() == (
            table[name].astype(object).where(table[name].notna(), None).tolist()
        )


def test_schedules_are_used_in_turn(protocol, packs, truth, quick):
    made = Simulator(protocol, packs, truth, grid(clinicians=[12], most=200), 0)
    one, again = made.study(0), made.study(replicate.SCHEDULES)
    assert one["case"].tolist() == again["case"].tolist()
    assert one["final_correct"].tolist() != again["final_correct"].tolist()


def test_batches_in_any_order_give_the_same_bytes(protocol, packs, truth, quick):
    asked = grid(clinicians=[12], batch=1, most=10, precision=0.45)
    study, other = (Study(protocol, packs, truth, asked) for _ in range(2))
    forward = {(0, batch): study.batch(0, batch) for batch in range(4)}
    backward = {(0, batch): other.batch(0, batch) for batch in (2, 0, 1)}
    assert enough(asked, power.prefix(backward, 0)) is not None
    assert power.dump(study.result(forward)) == power.dump(other.result(backward))
    assert power.dump(study.result(forward)) == power.dump(study.run())


def test_a_gap_in_the_batches_is_not_jumped():
    done = {(0, 0): [outcome(0.1)], (0, 2): [outcome(0.1)]}
    assert len(power.prefix(done, 0)) == 1


def test_a_cell_stops_when_its_interval_is_narrow_enough_and_no_earlier():
    asked = grid(batch=10, most=200, precision=0.1)
    sure = [[outcome(0.5)] * 10] * 20
    needed = enough(asked, sure)
    widths = [np.subtract(*power.wilson(10 * n, 10 * n, 0.95)[::-1]) / 2 for n in (needed - 1, needed)]
    assert widths[1] <= 0.1 < widths[0]
    assert enough(asked, sure[: needed - 1]) is None
    coin = [[outcome(0.5), outcome(0.0)] * 5] * 20
    assert enough(asked, coin) == 10  # at one half 90 runs give ± 10.1 points by Wilson, 100 runs ± 9.6


def test_a_cell_is_counted_as_it_says():
    told = Told(grid(), 0, -0.1)
    found = [outcome(-0.2), outcome(-0.05), outcome(0.15), outcome(None, shown=False)]
    cell = count(told, found)
    assert (cell.runs, cell.withheld) == (4, 1)
    assert cell.power == 0.5
    assert cell.type_s == 0.5
    assert cell.type_m == pytest.approx(0.175 / 0.1)
    assert cell.bias == pytest.approx(-1 / 30 + 0.1)
    assert cell.coverage == pytest.approx(2 / 3)
    assert (cell.undefined_rair, cell.undefined_rsr, cell.advised) == (2, 1, 8)
    assert cell.drop_out == pytest.approx(0.1)
    assert cell.width == pytest.approx(0.2)
    json.loads(power.dump({"cell": vars(cell)}))


def test_no_effect_has_neither_a_wrong_sign_nor_an_exaggeration():
    cell = count(Told(grid(), 0, 0.0), [outcome(0.3), outcome(-0.01)])
    assert (cell.type_s, cell.type_m) == (None, None)


def made(clinicians: int, se2: float, **given) -> power.CellResult:
    asked = grid(clinicians=[clinicians], effects=[-0.1], cases=[given.pop("cases", 6)], wrong=[given.pop("wrong", 2)])
    cell = count(Told(asked, 0, -0.1), [outcome(-0.1, sqrt(se2)), outcome(-0.1, sqrt(se2))])
    return type(cell)(**{**vars(cell), **given})


def test_the_ceiling_is_what_the_cases_leave_unknown():
    cells = [made(n, 0.001 + 0.12 / n) for n in (30, 60, 240)]
    (ceiling,) = bounds.ceilings(cells, DIFFERENCE)
    assert ceiling.from_cases == pytest.approx(0.001, rel=1e-6)
    assert ceiling.from_clinicians == pytest.approx(0.12, rel=1e-6)
    z = 0.1 / sqrt(0.001)
    assert ceiling.power == pytest.approx(stats.norm.sf(1.959964 - z) + stats.norm.cdf(-1.959964 - z), abs=1e-6)
    assert ceiling.binds == "cases"
    (few,) = bounds.ceilings(cells[:2], DIFFERENCE)
    assert few.binds == "clinicians"
    assert bounds.ceilings(cells[:1], DIFFERENCE) == []


def test_more_cases_than_needed_leave_no_ceiling():
    cells = [made(n, 0.12 / n - 1e-5) for n in (30, 60)]
    (ceiling,) = bounds.ceilings(cells, DIFFERENCE)
    assert (ceiling.from_cases, ceiling.power, ceiling.binds) == (0.0, 1.0, "clinicians")


def test_the_smallest_design_reaches_the_target_with_fewest_decisions():
    cells = [
        made(30, 0.002, power=0.6), made(60, 0.001, power=0.85, power_low=0.78),
        made(30, 0.001, power=0.82, cases=12), made(120, 0.001, power=0.95, power_low=0.9, cases=12),
    ]  # fmt: skip
    (best,) = bounds.smallest(cells, 0.8)
    assert (best.clinicians, best.cases, best.sure) == (30, 12, False)
    assert bounds.smallest(cells[:1], 0.8) == []


def test_what_wrong_advice_buys_is_said_step_by_step():
    cells = [made(60, 0.001, wrong=w, rsr_width=width) for w, width in ((1, 0.5), (3, 0.3), (2, 0.4))]
    steps = bounds.bought(cells)
    assert [(one.wrong, one.to, one.rsr_width, one.rsr_width_then) for one in steps] == [
        (1, 2, 0.5, 0.4),
        (2, 3, 0.4, 0.3),
    ]


def test_non_inferiority_is_shown_at_the_margin_in_one_of_forty():
    target = Target("deskilling", "difference", "noninferiority", 0.1)
    assert bounds.shown_by(target, -0.1, 0.03) == pytest.approx(0.025)
    assert bounds.shown_by(DIFFERENCE, 0.0, 0.03) == pytest.approx(0.05)


@pytest.mark.parametrize("n", [100, 200, 400])
def test_the_power_curve_is_the_closed_form_of_two_proportions(n):
    """Counted power of a difference of shares against the normal approximation, within three Monte-Carlo errors."""
    p, q, runs = 0.62, 0.5, 2000
    rng = np.random.default_rng([20261123, n])
    found = []
    for a, b in zip(rng.binomial(n, p, runs), rng.binomial(n, q, runs), strict=True):
        one = proportions.wald(int(b), n, int(a), n)
        found.append(Outcome(one.value, one.low, one.high, one.se, not one.low <= 0 <= one.high, 0, 0, 0, None, 1.0))
    cell = count(Told(grid(effects=[q - p]), 0, q - p), found)
    expected = bounds.shown_by(DIFFERENCE, q - p, sqrt(p * (1 - p) / n + q * (1 - q) / n))
    assert abs(cell.power - expected) < 3 * sqrt(expected * (1 - expected) / runs) + 0.005
    assert cell.coverage_low < 0.95 < cell.coverage_high + 0.01


def test_a_bigger_study_has_more_cases_of_the_same_kind(protocol, packs):
    made = designs.sized(protocol, packs, 9, 3)
    assert set(made.protocol.cases.forms.values()) == {9}
    assert made.protocol.advice["two-stage"].wrong == "3 of 9"
    assert made.invented == 12
    assert len({case for members in made.packs["primary-care"].forms.values() for case in members}) == 36
    assert designs.sized(protocol, packs, None, None).protocol.hash == protocol.hash
    assert designs.sized(protocol, packs, 3, None).protocol.advice["two-stage"].wrong == "1 of 3"


def test_a_size_that_the_protocol_forbids_is_named(protocol, packs):
    with pytest.raises(BadTruth, match="breaks a rule of the protocol"):
        designs.sized(protocol, packs, None, 5)


def test_a_truth_is_solved_for_its_effect(protocol, packs, truth):
    plan = calibration.people_of(protocol, packs, truth, 800, 1)
    for figure, wanted in (("deskilling/difference", -0.05), ("accuracy/difference/advised/exposure", 0.12)):
        solved = calibration.solve(truth, protocol, plan, figure, wanted, calibration.knob_of(figure))
        found = calibration.truths.of_plan(solved, protocol, plan, 1, with_reliance=False)[figure]
        assert found.value == pytest.approx(wanted, abs=0.003)


def test_an_effect_that_cannot_be_had_says_what_can(protocol, packs, truth):
    plan = calibration.people_of(protocol, packs, truth, 200, 1)
    with pytest.raises(BadTruth, match=r"it lies from -0\.\d+ to [+-]0\.\d+"):
        calibration.solve(
            truth, protocol, plan, "deskilling/difference", 0.2, calibration.KNOBS["practice.loss-per-aided-case"]
        )


def test_a_protocol_without_arms_to_compare_has_no_power(protocol):
    bare = protocol.model_copy(update={"arms": {"advised": 1}, "analysis": type(protocol.analysis)()})
    with pytest.raises(BadTruth, match="no comparison between arms"):
        replicate.target_of(bare)
