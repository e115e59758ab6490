"""The virtual clinician, as array steps: each takes arrays of n encounters and a generator and returns n values.

Written once for both routes: a data set in memory uses long arrays, a bot in front of the web site arrays of one.
Answers are whole numbers: 0 is the reference, 1..k the plausible wrong answers of the case in their order.
"""

import numpy as np

from simlab.rehearsal.traits import CaseTraits, Flags, Floats, People, Whole
from simlab.rehearsal.truth import Time, Truth

NOT_LISTED = 0
"""Rank of a reference that stands nowhere in the list."""

OWN_MIDDLE, ADVICE_MIDDLE = 0.6, 0.8
"""Confidences at which `Reliance.base` holds."""


def expit(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-x))


def faded(cases: Floats, days: Floats | float, half_life: float) -> Floats:
    """What so many cases still count after so many days, halved every half-life."""
    kept: Floats = cases * np.exp2(-np.maximum(days, 0.0) / half_life)
    return kept


def logit_right(truth: Truth, people: People, cases: CaseTraits, answered: Floats, aided: Floats) -> Floats:
    """Log-odds to be right unaided, given the (faded) numbers of cases answered and of cases aided before."""
    practice = truth.practice
    return people.skill + cases.ease + practice.learning_per_case * answered - practice.loss_per_aided_case * aided


def wrong_answer(truth: Truth, rng: np.random.Generator, options: Whole) -> Whole:
    """One of the plausible wrong answers 1..options; each is chosen ``spread`` times as often as the one before it."""
    spread = truth.answers.spread
    reach = 1.0 - spread ** options.astype(np.float64)
    step = np.floor(np.log1p(-rng.random(len(options)) * reach) / np.log(spread)).astype(np.int64)
    drawn: Whole = np.clip(step + 1, 1, options)
    return drawn


def first_answer(truth: Truth, rng: np.random.Generator, logit: Floats, options: Whole) -> Whole:
    """The answer without advice."""
    right = rng.random(len(logit)) < expit(logit)
    return np.where(right, 0, wrong_answer(truth, rng, options))


def chance_to_follow(
    truth: Truth, own: Floats, advice: Floats, right: Flags, people: People, cases: CaseTraits
) -> Floats:
    """Chance to take over disagreeing advice, by own and printed confidence (0..1) and whether the advice is right."""
    reliance = truth.reliance
    return expit(
        reliance.base
        + reliance.own_confidence * (own - OWN_MIDDLE)
        + reliance.advice_confidence * (advice - ADVICE_MIDDLE)
        + reliance.right * right
        + people.trust
        + cases.pull
    )


def react(truth: Truth, rng: np.random.Generator, own: Whole, advice: Whole, options: Whole, follow: Floats) -> Whole:
    """The answer after advice: follow it with chance ``follow`` where it disagrees, else keep or take a third."""
    n = len(own)
    agrees = own == advice
    follows = rng.random(n) < follow
    moves = rng.random(n) < np.where(agrees, truth.reliance.contrary, truth.reliance.third)
    other = another_answer(truth, rng, own, options)
    other = np.where(other == advice, own, other)
    unmoved = np.where(moves, other, own)
    return np.where(agrees | ~follows, unmoved, advice)


def reconsider(truth: Truth, rng: np.random.Generator, own: Whole, options: Whole) -> Whole:
    """The answer after a second look without advice."""
    n = len(own)
    moves = rng.random(n) < np.where(own == 0, truth.reconsider.lost, truth.reconsider.changed)
    put_right = rng.random(n) < truth.reconsider.put_right
    other = another_answer(truth, rng, own, options)
    return np.where(~moves, own, np.where((own > 0) & put_right, 0, other))


def another_answer(truth: Truth, rng: np.random.Generator, own: Whole, options: Whole) -> Whole:
    """A wrong answer other than one's own; where the case has no other, one's own."""
    drawn = wrong_answer(truth, rng, options)
    shifted = np.where(drawn == own, drawn % options + 1, drawn)
    return np.where(options > 1, shifted, np.where(own == 0, 1, own))


def confidence(truth: Truth, rng: np.random.Generator, logit: Floats, people: People) -> Floats:
    """Stated confidence in an answer given alone, 0..1 in whole per cent."""
    stated = truth.confidence
    noise = stated.noise * rng.standard_normal(len(logit))
    return per_cent(expit(stated.bias + stated.slope * logit + people.confidence + noise))


def confidence_after(truth: Truth, rng: np.random.Generator, before: Floats, agrees: Flags, advised: Flags) -> Floats:
    """Stated confidence in the final answer: shifted by advice that agrees or disagrees with one's own first answer."""
    stated = truth.confidence
    share = np.clip(before, 0.01, 0.99)
    shift = np.where(advised, np.where(agrees, stated.agreement, stated.disagreement), 0.0)
    noise = 0.3 * stated.noise * rng.standard_normal(len(before))
    return per_cent(expit(np.log(share / (1.0 - share)) + shift + noise))


def per_cent(share: Floats) -> Floats:
    return np.round(share * 100.0) / 100.0


def reference_rank(truth: Truth, rng: np.random.Generator, answer: Whole, options: Whole) -> Whole:
    """Rank of the reference in the whole list: 1 when it stands first, else 2, 3 or NOT_LISTED."""
    n = len(answer)
    listed = rng.random(n) < truth.answers.listed
    lower = 2 + ((rng.random(n) < 0.5) & (options > 1)).astype(np.int64)
    return np.where(answer == 0, 1, np.where(listed, lower, NOT_LISTED))


def seconds(
    rng: np.random.Generator, stage: Time, people: People, cases: CaseTraits, factor: Floats | float = 1.0
) -> Floats:
    """Seconds at work in one stage: shifted log-normal, in whole milliseconds."""
    n = len(people.pace)
    log_time = np.log(stage.median) + people.pace + cases.pace + stage.sd * rng.standard_normal(n)
    worked: Floats = np.round(stage.shift + np.exp(log_time) * factor, 3)
    return worked


def hidden_seconds(truth: Truth, rng: np.random.Generator, n: int) -> Floats:
    """Seconds for which the page is hidden during an encounter; 0 for most."""
    away = rng.random(n) < truth.times.hidden_share
    return np.where(away, np.round(truth.times.hidden_median * np.exp(0.8 * rng.standard_normal(n)), 3), 0.0)


def stays_away(truth: Truth, rng: np.random.Generator, phase: str, had_advice: Flags) -> Flags:
    """Who does not come back for a sitting of this phase, by whether they have had advice so far."""
    loss = truth.drop_out.phases.get(phase)
    drawn = rng.random(len(had_advice))
    if loss is None:
        return np.zeros(len(had_advice), dtype=bool)
    return drawn < np.where(had_advice, loss.advised, loss.unaided)


def stops_after(truth: Truth, rng: np.random.Generator, encounters: Whole) -> Whole:
    """How many encounters of a sitting of so many are answered; all of them unless the person leaves half-way."""
    n = len(encounters)
    leaves = rng.random(n) < truth.drop_out.within_sitting
    return np.where(leaves, np.floor(rng.random(n) * encounters).astype(np.int64), encounters)
