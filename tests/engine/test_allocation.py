import hashlib
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations, pairwise
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.engine.allocation import SlotPlan, commitment, draw_slots
from simlab.engine.protocol import parse_protocol
from simlab.engine.schedule import PlannedEncounter


def with_arms(demo_text, arms, sizes):
    ratio = ", ".join(f"{arm}: {weight}" for arm, weight in arms.items())
    kinds = ", ".join(f"{arm}: {'two-stage' if arm == 'advised' else 'reconsider'}" for arm in arms)
    text = demo_text.replace("unaided: 1, advised: 1", ratio).replace("sizes: [4, 6]", f"sizes: {list(sizes)}")
    text = text.replace("unaided: reconsider, advised: two-stage", kinds)
    return parse_protocol(text.replace("between: arms", "between: [unaided, advised]"))


@settings(max_examples=30, deadline=None)
@given(
    seed=st.binary(max_size=8),
    ratio=st.tuples(*[st.integers(1, 3)] * 3),
    factors=st.sets(st.integers(1, 3), min_size=1),
    wanted=st.integers(1, 60),
)
def test_every_block_holds_the_exact_ratio(demo_text, seed, ratio, factors, wanted):
    arms = dict(zip(("unaided", "advised", "other"), ratio, strict=True))
    protocol = with_arms(demo_text, arms, [factor * sum(ratio) for factor in factors])
    slots = draw_slots(protocol, seed, per_stratum=wanted)
    blocks = defaultdict(Counter)
    for slot in slots:
        blocks[slot.stratum, slot.block][slot.arm] += 1
    for members in blocks.values():
        assert {arm: members[arm] * sum(ratio) for arm in arms} == {arm: arms[arm] * members.total() for arm in arms}
    for stratum in protocol.strata:
        ordinals = [slot.ordinal for slot in slots if slot.stratum == stratum]
        assert ordinals == list(range(1, len(ordinals) + 1))
        assert wanted <= len(ordinals) < wanted + max(factors) * sum(ratio)


@pytest.fixture(scope="module")
def listing(demo):
    return draw_slots(demo, b"seed", per_stratum=40)


def test_same_seed_draws_the_same_list(demo, listing):
    assert draw_slots(demo, b"seed", per_stratum=40) == listing
    assert commitment(listing, [], b"salt") == "9d8a6bcd85cb3fca9e759195441e87179312f26961382079947f7d9878e2d7f5"
    assert draw_slots(demo, b"seee", per_stratum=40) != listing


ENCOUNTERS = [
    PlannedEncounter("gp", 1, "advised", "exposure", 1, position, "A", "mini", f"case-{position}", advice)
    for position, advice in ((1, "right-1"), (2, None))
]


def test_commitment_is_that_of_the_test_vector():
    slots = [SlotPlan("gp", 1, "advised", 1), SlotPlan("gp", 2, "unaided", 1)]
    listing = (
        '[[["gp",1,"advised",1],["gp",2,"unaided",1]],[["gp",1,"advised","exposure",1,1,"A","mini","case-1","right-1"],'
        '["gp",1,"advised","exposure",1,2,"A","mini","case-2",null]]]'
    )
    digest = hashlib.sha256(b"simlab/allocation/2\0\0\0\0\4salt" + listing.encode()).hexdigest()
    assert commitment(slots, ENCOUNTERS, b"salt") == digest
    assert digest == "c7c9bd8aa88b5863be4a4f1d13a71e402d5de4d317fe6bb1a96252b655a65f06"


def test_commitment_is_broken_by_any_change(listing):
    made = commitment(listing, ENCOUNTERS, "salt")
    assert commitment(list(reversed(listing)), ENCOUNTERS[::-1], "salt") == made
    assert commitment(listing, ENCOUNTERS, "salz") != made
    assert commitment(listing[:-1], ENCOUNTERS, "salt") != made
    first = listing[0]
    other = "advised" if first.arm == "unaided" else "unaided"
    assert commitment([SlotPlan(first.stratum, 1, other, 1), *listing[1:]], ENCOUNTERS, "salt") != made


@pytest.mark.parametrize("change", [{"advice_id": "wrong-1"}, {"case_id": "case-3"}, {"form": "B"}, {"sitting": 2}])
def test_commitment_is_broken_by_another_planned_encounter(listing, change):
    made = commitment(listing, ENCOUNTERS, "salt")
    assert commitment(listing, [replace(ENCOUNTERS[0], **change), ENCOUNTERS[1]], "salt") != made
    assert commitment(listing, ENCOUNTERS[:1], "salt") != made


def test_list_of_a_stratum_does_not_depend_on_the_others(demo, listing):
    alone = draw_slots(demo, b"seed", strata=["gp-registrar"], per_stratum=40)
    assert alone == [slot for slot in listing if slot.stratum == "gp-registrar"]


def test_block_sizes_are_mixed(listing):
    sizes = Counter((slot.stratum, slot.block) for slot in listing)
    assert set(sizes.values()) == {4, 6}


def test_every_order_within_a_block_is_equally_frequent(demo):
    slots = draw_slots(demo, b"orders", strata=["gp"], per_stratum=12_000)
    blocks = defaultdict(list)
    for slot in slots:
        blocks[slot.block].append(slot.arm)
    fours = [arms for arms in blocks.values() if len(arms) == 4]
    orders = Counter(tuple(place for place, arm in enumerate(arms) if arm == "advised") for arms in fours)
    expected = orders.total() / 6
    assert set(orders) == set(combinations(range(4), 2))
    assert sum((count - expected) ** 2 / expected for count in orders.values()) < 20.5  # 5 df, p = 0.001


def test_nothing_to_draw_is_refused(demo):
    with pytest.raises(ValueError, match="per_stratum"):
        draw_slots(demo, b"seed", per_stratum=0)


def test_blocks_follow_one_another_without_a_pattern(demo):
    """RND-11: the first arms of successive blocks are a fair coin, by the runs test (Wald and Wolfowitz 1940) and by
    the correlation with the block before; both within the bounds of p = 0.001."""
    first = {}
    for slot in draw_slots(demo, b"orders", strata=["gp"], per_stratum=12_000):
        first.setdefault(slot.block, slot.arm == "advised")
    coins = list(first.values())
    n, ones = len(coins), sum(coins)
    zeros = n - ones
    runs = 1 + sum(a != b for a, b in pairwise(coins))
    expected = 1 + 2 * ones * zeros / n
    spread = sqrt((expected - 1) * (expected - 2) / (n - 1))
    assert abs(runs - expected) < 3.29 * spread
    centre = ones / n
    together = sum((a - centre) * (b - centre) for a, b in pairwise(coins))
    assert abs(together / sum((a - centre) ** 2 for a in coins)) < 3.29 / sqrt(n)
