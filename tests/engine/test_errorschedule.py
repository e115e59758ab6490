from collections import Counter
from itertools import groupby, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.engine.draw import Draws
from simlab.engine.errorschedule import Rules, count, draw_pattern


def keeps(pattern, rules):
    runs = [len(list(run)) for wrong, run in groupby(pattern) if wrong]
    return (
        all(sum(pattern[i : i + rules.of]) == rules.wrong for i in range(0, len(pattern), rules.of))
        and not any(pattern[: rules.first_wrong_after])
        and (rules.longest_run is None or max(runs, default=0) <= rules.longest_run)
    )


def all_patterns(rules, size):
    return [pattern for pattern in product([False, True], repeat=size) if keeps(pattern, rules)]


rules_and_size = st.integers(1, 6).flatmap(
    lambda of: st.tuples(
        st.builds(Rules, st.integers(0, of), st.just(of), st.integers(0, 4), st.none() | st.integers(1, 4)),
        st.integers(1, 12 // of).map(lambda blocks: blocks * of),
    )
)


@settings(max_examples=60, deadline=None)
@given(rules_and_size, st.integers())
def test_count_and_draw_agree_with_listing_every_pattern(case, seed):
    rules, size = case
    patterns = all_patterns(rules, size)
    assert count(rules, size) == len(patterns)
    if patterns:
        assert tuple(draw_pattern(rules, size, Draws(str(seed)))) in patterns
    else:
        with pytest.raises(ValueError, match="no pattern"):
            draw_pattern(rules, size, Draws(str(seed)))


def test_every_pattern_is_equally_frequent():
    rules = Rules(2, 6, first_wrong_after=1, longest_run=1)
    draws = Draws("patterns")
    counts = Counter(tuple(draw_pattern(rules, 6, draws)) for _ in range(3_000))
    assert set(counts) == set(all_patterns(rules, 6))
    assert sum((number - 500) ** 2 / 500 for number in counts.values()) < 20.5  # 5 df, p = 0.001


def test_size_must_be_whole_blocks():
    with pytest.raises(ValueError, match="not a multiple"):
        count(Rules(2, 6), 8)


def test_long_sequences_are_drawn():
    rules = Rules(60, 200, longest_run=3)
    assert keeps(draw_pattern(rules, 200, Draws("long")), rules)
