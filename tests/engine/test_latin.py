from collections import Counter
from itertools import pairwise

import pytest

from simlab.engine.latin import latin_square


@pytest.mark.parametrize("n", range(1, 10))
def test_every_number_stands_equally_often_in_every_column(n):
    rows = latin_square(n)
    assert len(rows) == (n if n % 2 == 0 or n == 1 else 2 * n)
    for row in rows:
        assert sorted(row) == list(range(n))
    for column in zip(*rows, strict=True):
        assert set(Counter(column).values()) == {len(rows) // n}


@pytest.mark.parametrize("n", range(2, 10))
def test_every_number_follows_every_other_equally_often(n):
    follows = Counter(pair for row in latin_square(n) for pair in pairwise(row))
    assert len(follows) == n * (n - 1)
    assert set(follows.values()) == {1 if n % 2 == 0 else 2}


def test_square_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        latin_square(0)
