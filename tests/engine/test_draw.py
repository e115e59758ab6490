from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.engine.draw import Deck, Draws

# Computed from the definition in the module's docstring with hashlib alone, without the class under test.
INTEGERS = [815, 526, 708, 207, 596, 593, 797, 208]
SHUFFLED = ["f", "b", "d", "g", "c", "e", "a", "h"]
UNIFORM = 0.4804614197446405
CHILD = 17036654916072321261


def test_stream_matches_its_vectors():
    draws = Draws("simlab")
    assert [draws.integer(1000) for _ in range(8)] == INTEGERS
    assert Draws("simlab").shuffle("abcdefgh") == SHUFFLED
    assert Draws("simlab").uniform() == UNIFORM
    assert Draws("simlab").child("allocation", "gp").integer(1 << 64) == CHILD


def test_text_and_its_bytes_are_one_seed():
    assert Draws("Prüfung").integer(1 << 64) == Draws("Prüfung".encode()).integer(1 << 64)


def test_child_does_not_depend_on_what_was_drawn_before():
    fresh, used = Draws("x"), Draws("x")
    used.shuffle(range(100))
    assert fresh.child("a").integer(1 << 64) == used.child("a").integer(1 << 64)
    assert fresh.child("a").integer(1 << 64) != fresh.child("b").integer(1 << 64)


def test_integer_refuses_nothing_to_draw_from():
    with pytest.raises(ValueError, match="at least 1"):
        Draws("x").integer(0)


@given(st.text(max_size=10), st.integers(1, 2**200))
def test_integer_stays_below_its_bound(seed, n):
    assert 0 <= Draws(seed).integer(n) < n


def test_every_order_of_four_is_equally_frequent():
    draws = Draws("orders")
    counts = Counter(tuple(draws.shuffle(range(4))) for _ in range(12_000))
    assert set(counts) == set(permutations(range(4)))
    chi_square = sum((count - 500) ** 2 / 500 for count in counts.values())
    assert chi_square < 49.7  # 23 degrees of freedom, p = 0.001


def test_uniform_lies_in_the_unit_interval_and_centres():
    draws = Draws("uniform")
    numbers = [draws.uniform() for _ in range(5_000)]
    assert all(0 <= number < 1 for number in numbers)
    assert abs(sum(numbers) / len(numbers) - 0.5) < 0.0123  # three standard errors


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 12), st.lists(st.integers(1, 12), min_size=1, max_size=30), st.integers())
def test_deck_deals_evenly_and_never_twice_in_a_hand(size, hands, seed):
    items = [str(number) for number in range(size)]
    deck = Deck(items, Draws(str(seed)))
    dealt = Counter(dict.fromkeys(items, 0))
    for count in hands:
        hand = deck.deal(min(count, size))
        assert len(set(hand)) == len(hand)
        dealt.update(hand)
        assert max(dealt.values()) - min(dealt.values()) <= 1


def test_deck_refuses_a_hand_larger_than_itself():
    with pytest.raises(ValueError, match="hand of 3"):
        Deck(["a", "b"], Draws("x")).deal(3)
