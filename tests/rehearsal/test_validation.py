"""Checks are found by the name of their module, counted and judged; the page says what is out of range."""

import numpy as np
import pytest

from simlab.rehearsal import checkpage, validation
from simlab.rehearsal.validation import WITHHELD, Check, Law, Replicate


def fair(rng: np.random.Generator) -> Replicate:
    value = 1.0 + 0.1 * rng.standard_normal()
    return Replicate(value, value - 0.196, value + 0.196, 0.1)


def biased(rng: np.random.Generator) -> Replicate:
    one = fair(rng)
    return Replicate(one.value + 0.1, one.low + 0.1, one.high + 0.1, one.se)


def told(simulate, runs=400, **given):
    check = Check("a/b", "a", "a study", simulate, **{"truth": 1.0, "null": 1.0, **given})
    return validation.tally(check, list(validation.replicates(check, 1, 0, runs)))


def test_a_fair_analysis_is_in_range():
    tally = told(fair)
    assert tally.problems == ()
    assert tally.covered + tally.excluded_null == tally.intervals == 400
    assert tally.coverage[0] < 0.95 < tally.coverage[1]


def test_bias_and_lost_coverage_are_said():
    tally = told(biased)
    assert len(tally.problems) == 2
    assert "bias +0.1" in tally.problems[0]
    assert "coverage" in tally.problems[1]


def test_a_longer_run_begins_with_the_same_studies():
    check = Check("a/b", "a", "s", fair, truth=1.0)
    long = list(validation.replicates(check, 5, 0, 6))
    assert [*validation.replicates(check, 5, 0, 2), *validation.replicates(check, 5, 2, 4)] == long


def test_what_is_withheld_is_counted_and_nothing_else_is_made_of_it():
    tally = told(lambda rng: WITHHELD, runs=5)
    assert (tally.withheld, tally.bias, tally.covered) == (5, None, None)
    assert tally.problems == ("every run was withheld",)


def test_a_law_that_breaks_says_how_once():
    law = Law("a/law", "a", "s", lambda rng: "it broke", runs=3)
    assert validation.broken(law, 1) == ("it broke",)
    assert validation.broken(Law("a/law", "a", "s", lambda rng: None), 1) == ()


def test_two_thousand_runs_tell_93_and_a_half_from_95_per_cent():
    low, high = validation.coverage_allowed(2000)
    assert (round(low, 3), round(high, 3)) == (0.935, 0.965)


def test_shipped_checks_have_names_of_their_own_and_cover_the_primary_analyses():
    names = [one.name for one in validation.discover()]
    assert len(set(names)) == len(names)
    assert {"accuracy/null", "deskilling/null", "proportions/newcombe"} <= set(names)


@pytest.mark.parametrize("name", ["accuracy/null", "deskilling/effect", "time/effect", "proportions/score"])
def test_a_shipped_check_gives_an_interval(name):
    check = next(one for one in validation.discover() if one.name == name)
    one = next(validation.replicates(check, 2, 0, 1))
    assert one.low < one.value < one.high


def test_shipped_laws_hold():
    for law in (one for one in validation.discover() if one.name in {"proportions/arms"}):
        assert validation.broken(law, 3) == ()


def test_the_page_has_a_line_for_each_check_and_survives_its_own_file(tmp_path):
    lines = {
        "a/b": checkpage.line_of(told(biased), seed=1, day="2026-11-23"),
        "a/law": checkpage.line_of_law(Law("a/law", "a", "s", lambda rng: None), [], seed=1, day="2026-11-23"),
    }
    checkpage.write(tmp_path, lines)
    text = (tmp_path / checkpage.PAGE).read_text()
    assert "1 of 2 checks are in range. Out of range: `a/b`. Fewer than 2,000 runs" in text
    assert "| `a/law` | s | 20 | holds | 1, 2026-11-23 |" in text
    again = checkpage.kept(tmp_path)
    checkpage.write(tmp_path, again)
    assert (tmp_path / checkpage.PAGE).read_text() == text
