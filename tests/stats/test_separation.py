"""Separation is found exactly, and only where it is."""

import numpy as np
import pytest

from simlab.stats import separation


def design(*columns):
    return np.column_stack([np.ones(len(columns[0])), *columns])


def test_cells_at_the_ends_are_named_with_their_size():
    labels = [("advised", "late")] * 3 + [("unaided", "late")] * 2 + [("unaided", "early")] * 2
    assert separation.cells([1, 1, 1, 0, 0, 0, 1], labels) == ["advised × late: 100 % of 3", "unaided × late: 0 % of 2"]


def test_overlapping_data_are_not_separated():
    x = design([0, 0, 1, 1])
    assert separation.separated([0, 1, 0, 1], x, ["a", "treated"]) is None


def test_a_pure_cell_is_quasi_separation():
    x = design([0, 0, 1, 1])
    assert separation.separated([0, 1, 1, 1], x, ["a", "treated"]) == "separation: no finite estimate for treated"


def test_one_pure_cell_of_an_interaction_does_not_accuse_the_others():
    arm, late = np.array([0, 0, 0, 0, 1, 1, 1, 1.0]), np.array([0, 0, 1, 1, 0, 0, 1, 1.0])
    y = [0, 1, 0, 1, 0, 1, 1, 1]
    found = separation.separated(y, design(arm, late, arm * late), ["a", "arm", "late", "arm × late"])
    assert found == "separation: no finite estimate for arm × late"


def test_a_pure_cell_of_an_additive_model_can_be_harmless():
    arm, late = np.array([0, 0, 0, 0, 1, 1, 1, 1.0]), np.array([0, 0, 1, 1, 0, 0, 1, 1.0])
    y = [0, 1, 0, 1, 0, 1, 1, 1]
    assert separation.separated(y, design(arm, late), ["a", "arm", "late"]) is None


@pytest.mark.parametrize("flip, answer", [(False, True), (True, False)])
def test_a_threshold_in_a_continuous_covariate_separates(flip, answer):
    age = np.array([30, 35, 41, 47, 52, 58.0])
    y = np.array([0, 0, 0, 1, 1, 1.0])
    if flip:
        y[[1, 4]] = y[[4, 1]]
    assert (separation.separated(y, design(age), ["a", "age"]) is not None) == answer
