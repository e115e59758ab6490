"""Words and rounding for pages. Numbers are rounded here and nowhere else."""

from datetime import date, datetime
from math import isfinite

NUMBER_WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MISSING = "–"


def usable(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def percent(value: float | None, digits: int = 0) -> str:
    """A share (0..1) as a percentage; a dash where there is none."""
    return f"{100 * value:.{digits}f}%" if usable(value) else MISSING


def points(value: float | None, digits: int = 1) -> str:
    """A difference of two shares as percentage points with a sign."""
    return f"{100 * value:+.{digits}f}".replace("-", "−") if usable(value) else MISSING


def number(value: float | None, digits: int = 2) -> str:
    if not usable(value):
        return MISSING
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}".replace("-", "−")


def count(n: int) -> str:
    """Small counts as words, others as figures."""
    return NUMBER_WORDS[n] if 0 <= n < len(NUMBER_WORDS) else f"{n:,}"


def counted(n: int, singular: str, plural: str | None = None) -> str:
    return f"{count(n) if n else 'no'} {singular if n == 1 else plural or singular + 's'}"


def day(value: date | datetime | str | None) -> str:
    if isinstance(value, str):
        value = parsed(value)
    return f"{value.day} {value:%B %Y}" if value else MISSING


def short_day(value: date | datetime | str | None) -> str:
    """A date in few letters; a bare year or month stays as vague as it was given."""
    if isinstance(value, str) and len(value) == 7:
        return f"{parsed(value + '-01'):%b %Y}"
    if isinstance(value, str):
        value = parsed(value) or value
    return value if isinstance(value, str) else f"{value.day} {value:%b %Y}" if value else MISSING


def parsed(value: str) -> date | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def clock(value: datetime) -> str:
    return f"{value:%H:%M}"


def minutes(seconds: float) -> str:
    return f"about {counted(max(1, round(seconds / 60)), 'minute')}"


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


FILTERS = {
    "percent": percent, "points": points, "number": number, "count": count, "counted": counted, "day": day,
    "short_day": short_day, "clock": clock, "sentence": sentence,
}  # fmt: skip
