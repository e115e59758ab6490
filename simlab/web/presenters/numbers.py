"""One estimate as a row: value, interval, how many it rests on, and what unfolds beneath it."""

from collections.abc import Mapping
from typing import Any

from simlab.web.words import MISSING, counted, number, percent, points, usable


def value_of(value: float | None, scale: str) -> str:
    """A value in the manner of its scale: shares as percent, differences as points, ratios with a cross."""
    if not usable(value):
        return MISSING
    if scale == "count":
        return f"{value:,.0f}"
    shown = {
        "proportion": percent(value),
        "difference": points(value),
        "ratio": f"× {value:.2f}",
        "seconds": f"{value:.0f} s",
        "area": f"{value:.3f}".replace("-", "−"),
    }
    return shown.get(scale) or number(float(value))


def unit_of(scale: str) -> str:
    return " points" if scale == "difference" else ""


def interval_of(estimate: Mapping[str, Any]) -> str:
    low, high, scale = estimate["low"], estimate["high"], estimate["scale"]
    if not (usable(low) and usable(high)):
        return ""
    if scale == "seconds":
        return f"{low:.0f} to {high:.0f} s"
    plain = scale == "ratio"
    ends = [f"{end:.2f}" if plain else value_of(end, scale) for end in (low, high)]
    return f"{ends[0]} to {ends[1]}"


def estimate_row(estimate: Mapping[str, Any]) -> dict[str, Any]:
    over = ""
    if usable(estimate["numerator"]) and usable(estimate["denominator"]):
        over = f"{estimate['numerator']:,.0f} of {estimate['denominator']:,.0f}"
    level = f"{percent(estimate['level'])} interval" if estimate["level"] else ""
    return {
        "label": estimate["label"],
        "value": value_of(estimate["value"], estimate["scale"])
        + (unit_of(estimate["scale"]) if usable(estimate["value"]) else ""),
        "over": over,
        "interval": interval_of(estimate),
        "level": level,
        "n": f"{estimate['n_used']:,}",
        "dropped": estimate["n_dropped"],
        "notes": notes_of(estimate),
    }


def notes_of(estimate: Mapping[str, Any]) -> list[str]:
    """What unfolds: how many were used, how many were left out and why, and how the number was made."""
    notes = [f"{estimate['n_used']:,} used, {estimate['n_dropped']:,} left out."]
    notes += [f"Left out: {dropped['n']:,} {dropped['reason']}." for dropped in estimate["dropped"]]
    notes.append(estimate["method"][:1].upper() + estimate["method"][1:] + ".")
    if usable(estimate["se"]):
        notes.append(
            f"Standard error {estimate['se']:.4f}"
            + (f", {estimate['df']:.1f} degrees of freedom." if usable(estimate["df"]) else ".")
        )
    if usable(estimate["p"]):
        notes.append(f"p {p_words(estimate['p'])} against no difference.")
    if estimate["note"]:
        notes.append(estimate["note"][:1].upper() + estimate["note"][1:])
    return notes


def p_words(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def spread(estimate: Mapping[str, Any]) -> str:
    """“+5.2 points (95% interval −7.9 to +18.3)”, for a sentence."""
    unit = unit_of(estimate["scale"])
    level = percent(estimate["level"]) if estimate["level"] else "95%"
    interval = interval_of(estimate)
    return (
        value_of(estimate["value"], estimate["scale"]) + unit + (f" ({level} interval {interval})" if interval else "")
    )


def shares(estimate: Mapping[str, Any]) -> str:
    """“35 of 55 times (64%)”, or that there was no occasion."""
    if not estimate["denominator"]:
        return "on no occasion, because there was none"
    return (
        f"{estimate['numerator']:,.0f} of {counted_times(int(estimate['denominator']))} ({percent(estimate['value'])})"
    )


def counted_times(n: int) -> str:
    return f"{n:,} times" if n > 9 else counted(n, "time")
