import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.engine.timing import Durations, Mark, durations

ORIGIN = 1_800_000_000_000.0


def mark(name, seconds, state="", origin=ORIGIN):
    return Mark(name, seconds * 1000, origin, state)


def test_plain_encounter_in_two_stages():
    found = durations(
        [
            mark("paint", 1, "initial"),
            mark("opened-item", 11),
            mark("answer", 31, "initial"),
            mark("paint", 32, "advice"),
            mark("answer", 42, "final"),
        ]
    )
    assert found == Durations(41_000, 41_000, 41_000, 0, 0, 30_000, 10_000, ())


def test_hidden_and_blurred_time_are_told_apart():
    found = durations(
        [
            mark("paint", 0, "final"),
            mark("blur", 10),
            mark("visibility", 12, "hidden"),
            mark("visibility", 32, "visible"),
            mark("focus", 35),
            mark("answer", 50, "final"),
        ]
    )
    assert found.total_ms == 50_000
    assert found.hidden_ms == 20_000
    assert found.visible_ms == 30_000
    assert found.blurred_ms == 5_000


def test_page_hidden_before_the_first_paint_counts_from_the_paint():
    found = durations(
        [
            mark("visibility", 0, "hidden"),
            mark("paint", 1, "final"),
            mark("visibility", 4, "visible"),
            mark("answer", 9, "final"),
        ]
    )
    assert (found.total_ms, found.hidden_ms) == (8_000, 3_000)


def test_silence_beyond_the_limit_is_not_active():
    found = durations([mark("paint", 0, "final"), mark("scroll", 10), mark("answer", 200, "final")])
    assert found.visible_ms == 200_000
    assert found.active_ms == 70_000


def test_time_between_two_loads_counts_as_hidden():
    later = ORIGIN + 3_600_000
    found = durations(
        [
            mark("paint", 0, "final"),
            mark("visibility", 20, "hidden"),
            mark("paint", 1, "final", later),
            mark("answer", 11, "final", later),
        ]
    )
    assert found.total_ms == 3_611_000
    assert found.hidden_ms == 3_581_000
    assert found.visible_ms == 30_000
    assert found.flags == ("reloaded",)


def test_clock_that_goes_back_gives_no_number():
    earlier_load_ends_late = [
        mark("paint", 100, "final"),
        mark("answer", 1, "final", ORIGIN + 1_000),
    ]
    assert durations(earlier_load_ends_late) == Durations(flags=("reloaded", "clock-went-back"))


def test_clock_set_back_between_two_loads_gives_no_number():
    """By the wall clock the second load lies before the first; only the order of sending tells."""
    sent = [("paint", 0, "initial", ORIGIN), ("answer", 30, "initial", ORIGIN)]
    sent += [("paint", 1, "advice", ORIGIN - 1_800_000), ("answer", 20, "final", ORIGIN - 1_800_000)]
    marks = [Mark(name, s * 1000, origin, state, place) for place, (name, s, state, origin) in enumerate(sent)]
    assert durations(marks) == durations(marks[::-1]) == Durations(flags=("reloaded", "clock-went-back"))


def test_answer_before_any_paint_gives_no_number():
    assert durations([mark("answer", 1, "final"), mark("paint", 2, "final")]) == Durations(flags=("clock-went-back",))


@pytest.mark.parametrize(
    ("marks", "flags"),
    [
        ([], ("no-start", "no-end")),
        ([mark("paint", 0)], ("no-end",)),
        ([mark("answer", 0)], ("no-start",)),
    ],
)
def test_missing_ends_give_no_number(marks, flags):
    assert durations(marks) == Durations(flags=flags)


def test_marks_after_the_last_answer_do_not_count():
    marks = [mark("paint", 0, "final"), mark("answer", 9, "final")]
    assert durations([*marks, mark("visibility", 99, "hidden")]) == durations(marks)


def test_order_of_arrival_does_not_matter():
    marks = [mark("paint", 0, "final"), mark("blur", 3), mark("focus", 5), mark("answer", 9, "final")]
    shuffled = random.Random(1).sample(marks, len(marks))
    assert durations(shuffled) == durations(marks)


moments = st.lists(
    st.tuples(
        st.sampled_from(["visibility", "blur", "focus", "scroll"]),
        st.integers(0, 600),
        st.sampled_from(["hidden", "visible"]),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(moments)
def test_parts_add_up(between):
    marks = [mark("paint", 0, "final"), *(mark(*moment) for moment in between), mark("answer", 600, "final")]
    found = durations(marks)
    assert found.total_ms == 600_000
    assert found.visible_ms + found.hidden_ms == pytest.approx(found.total_ms)
    assert 0 <= found.active_ms <= found.visible_ms
    assert 0 <= found.blurred_ms <= found.visible_ms
