"""Allocation other than by blocks, and how well each can be foretold."""

import hashlib
import math
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest
from scipy import stats

from simlab.engine.allocation import SlotPlan, draw_slots
from simlab.engine.errors import InvalidFile
from simlab.engine.externallist import read_list
from simlab.engine.foretelling import guess_rate
from simlab.engine.minimisation import choose, uniforms
from simlab.engine.protocol import parse_protocol

BLOCKS = "  method: blocks\n  sizes: [4, 6]\n  strata: [grade]\n"
SITES = "sites: {north: The north practice, south: The south practice}"


def with_allocation(demo_text, allocation, sites=""):
    text = demo_text.replace(BLOCKS, f"  {allocation}\n")
    return parse_protocol(text.replace("allocate-by: person", f"allocate-by: person\n  {sites}" if sites else ""))


def by_site(demo_text, names, allocation="{method: simple}"):
    head, _, _ = demo_text.partition("analysis:\n")
    sites = ", ".join(f"{name}: Practice {name}" for name in names)
    text = head.replace("allocate-by: person", f"allocate-by: site\n  sites: {{{sites}}}")
    return parse_protocol(
        text.replace(f"allocation:\n{BLOCKS}", f"allocation: {allocation}\n") + "analysis: {secondary: []}\n"
    )


# Pocock and Simon's sum of ranges by hand. Levels of the next person: grade gp (unaided 3, advised 1), site north
# (unaided 1, advised 2). Into unaided: |4 - 1| + |2 - 2| = 3. Into advised: |3 - 2| + |1 - 3| = 3: a tie.
TIE = {"grade=gp": {"unaided": 3, "advised": 1}, "site=north": {"unaided": 1, "advised": 2}}
# One more in the north changes it: into unaided |4 - 1| + |3 - 2| = 4, into advised |3 - 2| + |2 - 3| = 2.
CLEAR = {"grade=gp": {"unaided": 3, "advised": 1}, "site=north": {"unaided": 2, "advised": 2}}
ARMS = {"unaided": 1, "advised": 1}


@pytest.mark.parametrize(
    ("counts", "draws", "arm", "cutoff", "eligible"),
    [
        (CLEAR, (0.79, 0.0), "advised", 0.8, ("advised",)),
        (CLEAR, (0.80, 0.0), "unaided", 0.8, ("unaided",)),
        (TIE, (0.99, 0.49), "unaided", 1.0, ("unaided", "advised")),
        (TIE, (0.99, 0.50), "advised", 1.0, ("unaided", "advised")),
        ({}, (0.5, 0.9), "advised", 1.0, ("unaided", "advised")),
    ],
)
def test_choice_is_that_of_the_sum_of_ranges(counts, draws, arm, cutoff, eligible):
    made = choose(ARMS, 0.8, counts, draws)
    assert (made.arm, made.cutoff, made.eligible, made.draw) == (arm, cutoff, eligible, draws[0])


def test_weights_are_the_ratio_that_is_aimed_at():
    """Two to one: 4 and 1 are 2 and 1 a weight, so the second arm is behind."""
    counts = {"grade=gp": {"advised": 4, "unaided": 1}}
    assert choose({"advised": 2, "unaided": 1}, 0.8, counts, (0.1, 0.1)).arm == "unaided"
    arms = Counter(choose({"advised": 2, "unaided": 1}, 0.8, {}, uniforms("ratio", n)).arm for n in range(1, 6001))
    assert abs(arms["advised"] / 6000 - 2 / 3) < 3 * math.sqrt(2 / 9 / 6000)


def test_preferred_arm_is_taken_with_the_stated_probability():
    """RND-12: within three standard errors over 10,000 draws."""
    taken = sum(choose(ARMS, 0.8, CLEAR, uniforms("random element", n)).arm == "advised" for n in range(1, 10_001))
    assert abs(taken / 10_000 - 0.8) < 3 * math.sqrt(0.8 * 0.2 / 10_000)


def test_lists_of_a_minimisation_are_kept_by_arm(demo_text):
    protocol = with_allocation(demo_text, "{method: minimisation, factors: [grade, site]}", SITES)
    slots = draw_slots(protocol, b"seed", per_stratum=3)
    assert slots == [SlotPlan(arm, n, arm, 1) for arm in ("unaided", "advised") for n in (1, 2, 3)]
    assert protocol.stratum_of("gp", "north") == "gp/north"
    assert len(protocol.strata) == 6
    with pytest.raises(ValueError, match="the site “west”"):
        protocol.stratum_of("gp", "west")


def test_simple_allocation_is_like_a_coin(demo_text):
    """RND-11: frequency, runs (Wald and Wolfowitz) and serial correlation of 10,000 draws, p within [0.001, 0.999]."""
    protocol = with_allocation(demo_text, "{method: simple}")
    draws = [slot.arm == "advised" for slot in draw_slots(protocol, b"coin", per_stratum=10_000)]
    n, ones = len(draws), sum(draws)
    assert 0.001 < stats.binomtest(ones, n).pvalue <= 1
    runs = 1 + sum(a != b for a, b in pairwise(draws))
    expected = 2 * ones * (n - ones) / n + 1
    variance = (expected - 1) * (expected - 2) / (n - 1)
    assert 0.001 < stats.norm.cdf((runs - expected) / math.sqrt(variance)) < 0.999
    both = sum(a and b for a, b in pairwise(draws)) / (n - 1) - (ones / n) ** 2
    assert abs(both / 0.25) < 3.3 / math.sqrt(n)


def test_sites_keep_their_arm_and_share_the_arms_evenly(demo_text):
    names = [f"s{n}" for n in range(8)]
    protocol = by_site(demo_text, names, "{method: blocks, sizes: [4]}")
    slots = draw_slots(protocol, b"seed", per_stratum=5)
    arms = {site: {slot.arm for slot in slots if slot.stratum == site} for site in names}
    assert all(len(of) == 1 for of in arms.values())
    assert Counter(next(iter(of)) for of in arms.values()) == {"advised": 4, "unaided": 4}
    assert protocol.stratum_of("gp", "s3") == "s3"


def test_analysis_plan_of_allocated_sites_says_so(demo, demo_text):
    assert by_site(demo_text, ["a", "b"]).plan()["cluster"] == "site"
    assert demo.plan()["cluster"] is None


@pytest.mark.parametrize(
    ("allocation", "sites", "rate"),
    [
        ("{method: blocks, sizes: [4]}", "", 0.709),
        ("{method: blocks, sizes: [4, 6]}", "", 0.693),
        ("{method: blocks, sizes: [4, 6, 8]}", "", 0.680),
        ("{method: simple}", "", 0.501),
    ],
)
def test_guess_rate_is_that_of_the_table(demo_text, allocation, sites, rate):
    """RND-13: against rates simulated elsewhere, 1,500 lists of 200."""
    assert guess_rate(with_allocation(demo_text, allocation, sites)) == pytest.approx(rate, abs=0.02)


def test_random_element_makes_a_minimisation_harder_to_foretell(demo_text):
    sure, less = (
        guess_rate(
            with_allocation(demo_text, f"{{method: minimisation, factors: [grade, site], preferred: {p}}}", SITES)
        )
        for p in (1.0, 0.8)
    )
    assert less < 0.68 < sure


@pytest.mark.parametrize(
    ("allocation", "words"),
    [
        (
            "{method: minimisation, factors: [grade], preferred: 1.0}",
            "most allocations of a minimisation can be foretold",
        ),
        ("{method: blocks, sizes: [4]}", "blocks of one size"),
    ],
)
def test_what_can_be_foretold_is_warned_of(demo_text, allocation, words):
    (warning,) = with_allocation(demo_text, allocation).warnings()
    assert words in warning.message


def test_more_strata_than_blocks_are_warned_of(demo_text):
    sites = ", ".join(f"s{n}: Site {n}" for n in range(10))
    text = demo_text.replace("allocate-by: person", f"planned: 120\n  sites: {{{sites}}}").replace(
        "[grade]", "[grade, site]"
    )
    (warning,) = parse_protocol(text).warnings()
    assert "30 strata share about 24 blocks" in warning.message


def test_list_from_outside_is_read_in_its_order(demo_text):
    protocol = with_allocation(demo_text, "{method: list, strata: [grade]}")
    text = "stratum,arm\ngp,advised\ngp-registrar,unaided\ngp,unaided\nnurse-practitioner,advised\n"
    assert read_list(text, protocol)[:3] == [
        SlotPlan("gp", 1, "advised", 1),
        SlotPlan("gp-registrar", 1, "unaided", 1),
        SlotPlan("gp", 2, "unaided", 1),
    ]
    with pytest.raises(ValueError, match="from outside"):
        draw_slots(protocol, b"seed", per_stratum=3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("arm,stratum\n", "allocation.csv:1: the columns are not “stratum,arm”. Begin the file with: stratum,arm"),
        ("stratum,arm\ngp\n", "allocation.csv:2: the row has 1 cells. Write a stratum and an arm."),
        (
            "stratum,arm\ngps,advised\n",
            "allocation.csv:2, column stratum: there is no stratum “gps”. Did you mean “gp”?",
        ),
        (
            "stratum,arm\ngp,adviced\n",
            "allocation.csv:2, column arm: there is no arm “adviced”. Did you mean “advised”?",
        ),
        ("stratum,arm\ngp,advised\n", "allocation.csv:2: the stratum “gp-registrar” has no place. Add rows for it."),
    ],
)
def test_list_that_does_not_fit_is_refused(demo_text, text, told):
    protocol = with_allocation(demo_text, "{method: list, strata: [grade]}")
    with pytest.raises(InvalidFile) as caught:
        read_list(text, protocol)
    assert str(caught.value.faults[0]) == told


VECTOR = "cd275cfc63553b8f491c0916b05610bff7decfa13fadb7017b2342fe7530dfc6"
IN_ANOTHER_PROCESS = """
import hashlib, sys
from simlab.engine.allocation import draw_slots
from simlab.engine.protocol import parse_protocol
slots = draw_slots(parse_protocol(sys.stdin.read()), b"vector", per_stratum=50)
print(hashlib.sha256(repr(slots).encode()).hexdigest())
"""


def test_two_processes_draw_the_same_list(demo, demo_text):
    """RND-01: the hash is kept here, so every version of Python that runs the tests is held to it."""
    here = hashlib.sha256(repr(draw_slots(demo, b"vector", per_stratum=50)).encode()).hexdigest()
    told = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        input=demo_text,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert told.stdout.strip() == here == VECTOR
