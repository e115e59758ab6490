"""When forms are parallel, and what is refused in a table of answers."""

import pandas as pd
import pytest

from simlab.stats.errors import BadTable
from simlab.stats.form_equivalence import answers_of, compare, verdict


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(-0.2, 0.2, "parallel"), (0.31, 0.6, "not-parallel"), (-0.6, -0.31, "not-parallel"), (-0.1, 0.3, "undecided"),
     (None, None, "undecided")],
)  # fmt: skip
def test_the_whole_interval_must_lie_within(low, high, said):
    assert verdict(low, high, 0.3) == said


def test_a_case_nobody_answered_differently_leaves_the_form_unplaced():
    rows = [(f"p{n}", case, str(int(case == "b2" or (n + k) % 3 == 0)))
            for n in range(30) for k, case in enumerate(("a1", "a2", "b1", "b2"))]  # fmt: skip
    table = pd.DataFrame(rows, columns=["participant", "case", "correct"])
    found = compare(answers_of(table), {"A": ["a1", "a2"], "B": ["b1", "b2"]})
    assert found[0].gap is None
    assert found[0].note
    assert found[0].verdict(1) == "undecided"


def test_faults_name_row_and_remedy():
    table = pd.DataFrame({"participant": ["p", "p"], "case": ["a", "a"], "correct": ["1", "maybe"]})
    with pytest.raises(BadTable, match="row 2"):
        answers_of(table)
    with pytest.raises(BadTable, match="second time"):
        answers_of(table.assign(correct="1"))
    with pytest.raises(BadTable, match="no such column"):
        answers_of(table.drop(columns="case"))
