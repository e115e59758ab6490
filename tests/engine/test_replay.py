"""A sitting told again: order, state and time, each worked out by hand."""

import random

from simlab.engine.replay import Told, frames

ORIGIN = 1.7e12


def told(place, at, sent="event", *, case=1, origin=ORIGIN, words="", **body):
    return Told(sent, at, origin, place, case, body, words)


SITTING = [
    told(1, 100.0, name="paint", state="initial"),
    told(2, 600.0, name="opened-item", item="history"),
    told(3, 1100.0, "answer", stage="initial", words="Gout"),
    told(4, 1500.0, name="blur"),
    told(5, 2000.0, name="focus"),
    told(6, 4100.0, "exposure", kind="seen", dwell_ms=2500.0),
    told(7, 5100.0, "answer", stage="final", words="Pseudogout"),
    told(8, 6100.0, case=2, name="paint", state="initial"),
]


def test_the_page_stands_after_each_frame_as_it_stood_then():
    found = frames(SITTING)
    assert [(one.at_ms, one.words) for one in found] == [
        (0.0, "The page was drawn"),
        (500.0, "Opened: history"),
        (1000.0, "First answer: Gout"),
        (1400.0, "Another window had the focus"),
        (1500.0, "Advice came into view"),
        (1900.0, "The page had the focus again"),
        (4000.0, "Advice went out of view"),
        (5000.0, "Last answer: Pseudogout"),
        (6000.0, "The page was drawn"),
    ]
    assert [one.advice_in_view for one in found] == [False] * 4 + [True, True] + [False] * 3
    assert [one.attended for one in found] == [True] * 3 + [False, False] + [True] * 4
    assert (found[7].answer, found[7].opened) == ("Pseudogout", ("history",))
    assert (found[8].case, found[8].answer, found[8].opened) == (2, "", ())


def test_order_of_arrival_does_not_matter():
    mixed = list(SITTING)
    random.Random(1).shuffle(mixed)
    assert frames(mixed) == frames(SITTING)


def test_time_never_runs_backwards_when_a_clock_was_set_back_between_two_loads():
    found = frames([told(1, 100.0, name="paint"), told(2, 900.0, name="blur"),
                    told(3, 50.0, origin=ORIGIN - 86_400_000, name="focus"),
                    told(4, 250.0, origin=ORIGIN - 86_400_000, name="activity")])  # fmt: skip
    assert [one.at_ms for one in found] == [0.0, 800.0, 800.0, 1000.0]


def test_nothing_sent_is_nothing_to_tell():
    assert frames([]) == []
