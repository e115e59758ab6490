"""Kappa against the implementation of statsmodels and against values by hand."""

import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from simlab.stats.agreement import cohen_kappa

TABLES = [((20, 5), (10, 15)), ((3, 9), (2, 40)), ((50, 1), (0, 7)), ((4, 4), (4, 4))]


def pairs_of(table):
    rows = [(False, False)] * table[0][0] + [(False, True)] * table[0][1]
    return rows + [(True, False)] * table[1][0] + [(True, True)] * table[1][1]


@pytest.mark.parametrize("table", TABLES)
def test_kappa_and_its_interval_are_those_of_statsmodels(table):
    theirs = cohens_kappa([list(row) for row in table])
    ours = cohen_kappa(pairs_of(table))
    assert ours.kappa == pytest.approx(theirs.kappa)
    assert ours.se == pytest.approx(theirs.std_kappa)
    assert ours.low == pytest.approx(max(-1, theirs.kappa_low))
    assert ours.high == pytest.approx(min(1, theirs.kappa_upp))


# 35 of 50 agree; by chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5 would: (0.7 − 0.5) / 0.5 = 0.4.
def test_kappa_by_hand():
    found = cohen_kappa(pairs_of(TABLES[0]))
    assert (found.n, found.agreed, found.kappa) == (50, 35, pytest.approx(0.4))


def test_standard_error_of_nought_gives_no_interval():
    found = cohen_kappa([(True, True), (True, False)])
    assert (found.kappa, found.se, found.low, found.high) == (0.0, 0.0, None, None)


@pytest.mark.parametrize("pairs", [[], [(True, True)] * 5])
def test_nothing_beyond_chance_gives_no_kappa(pairs):
    found = cohen_kappa(pairs)
    assert (found.n, found.kappa, found.se) == (len(pairs), None, None)
