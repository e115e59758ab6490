from datetime import date

import pytest

from simlab.web import words


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.5, "50%"), (0, "0%"), (None, "–"), (float("nan"), "–"), (True, "–"), (0.005, "0%"), (0.016, "2%")],
)
def test_percent_says_a_share_or_a_dash(value, said):
    assert words.percent(value) == said


def test_points_carry_a_sign():
    assert (words.points(0.052), words.points(-0.151), words.points(None)) == ("+5.2", "−15.1", "–")


def test_small_counts_are_words():
    assert (words.count(3), words.count(12), words.counted(1, "case"), words.counted(0, "case")) == (
        "three", "12", "one case", "no cases",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2026-05-02", "2 May 2026"),
        ("2026-08", "Aug 2026"),
        ("2011", "2011"),
        (date(2026, 5, 2), "2 May 2026"),
        (None, "–"),
    ],
)
def test_short_day_stays_as_vague_as_its_date(value, said):
    assert words.short_day(value) == said
