"""Telling good advice from bad: signal detection, commission and omission, inherited errors, asking for advice.

Every rate is None when its denominator is 0.
"""

import math
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True)
class Discernment:
    """d′ (ability to tell right from wrong advice), criterion c (negative: inclined to follow) and bias beta."""

    sensitivity: float
    criterion: float
    beta: float
    hit_rate: float
    false_alarm_rate: float


def discernment(hits: int, signals: int, false_alarms: int, noises: int) -> Discernment | None:
    """Followed right advice (hits of signals) against followed wrong advice (false alarms of noises).

    The log-linear correction, (k + 0.5) / (n + 1), is made to every cell, not to empty ones alone. None when there
    was no right or no wrong advice.
    """
    if signals == 0 or noises == 0:
        return None
    return from_rates((hits + 0.5) / (signals + 1), (false_alarms + 0.5) / (noises + 1))


def from_rates(hit_rate: float, false_alarm_rate: float) -> Discernment:
    """The same from two rates strictly between 0 and 1."""
    h, f = float(stats.norm.ppf(hit_rate)), float(stats.norm.ppf(false_alarm_rate))
    sensitivity, criterion = h - f, -(h + f) / 2
    return Discernment(sensitivity, criterion, math.exp(sensitivity * criterion), hit_rate, false_alarm_rate)


def share(part: int, whole: int) -> float | None:
    """part / whole, None when whole is 0."""
    return part / whole if whole else None


def automation_effect(errors_aided: int, aided: int, errors_alone: int, alone: int) -> float | None:
    """Error rate with wrong or silent aid minus the rate without aid on the same items.

    For commission, errors are acts on false prompts; for omission, problems missed that the aid did not flag. A base
    rate of misses is no automation bias, hence the difference.
    """
    with_aid, without = share(errors_aided, aided), share(errors_alone, alone)
    return None if with_aid is None or without is None else with_aid - without


def inheritance(like_ai: int, exposed: int, like_ai_never: int, never_exposed: int) -> float | None:
    """Rate of errors of the AI's own kind in unaided work after exposure, minus that of people never exposed."""
    return automation_effect(like_ai, exposed, like_ai_never, never_exposed)


def appropriate_request(
    asked_when_wrong: int, would_be_wrong: int, asked_when_right: int, would_be_right: int
) -> float | None:
    """P(asked | would be wrong) − P(asked | would be right): 1 asks exactly when help is needed."""
    return automation_effect(asked_when_wrong, would_be_wrong, asked_when_right, would_be_right)
