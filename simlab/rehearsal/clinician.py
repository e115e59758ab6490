"""The virtual clinician, as array steps: each takes arrays of n encounters and a generator and returns n values.

Written once for both routes: a data set in memory uses long arrays, a bot in front of the web site arrays of one.
Answers are whole numbers: 0 is the reference, 1..k the plausible wrong answers of the case in their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simlab.rehearsal.traits import CaseTraits, Flags, Floats, People, Whole, own_normal, own_share
from simlab.rehearsal.truth import Practice, Time, Truth

NOT_LISTED = 0
"""Rank of a reference that stands nowhere in the list."""

OWN_MIDDLE, ADVICE_MIDDLE = 0.6, 0.8
"""Confidences at which `Reliance.base` holds."""


INATTENTIVE_TIME, PASTED_TIME = 0.2, 0.5
"""Factors on the time at work for an answer given without reading, and for one taken from elsewhere."""


@dataclass(frozen=True)
class Own:
    """What n persons made of n cases without advice: log-odds to be right, answer and confidence; ``haste`` is how much
    longer than usual they looked, in SDs of log time; ``pace`` the factor on their time; ``away`` seconds elsewhere."""

    logit: Floats
    answer: Whole
    confidence: Floats
    haste: Floats
    pace: Floats
    away: Floats


def expit(x: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-x))


def faded(cases: Floats, days: Floats | float, half_life: float, practice: Practice) -> Floats:
    """What so many cases still count after so many days, by the truth's form of forgetting and its floor."""
    passed = np.maximum(days, 0.0)
    if practice.forgetting == "power":
        share = (1.0 + passed) ** -practice.exponent
    else:
        share = np.exp2(-passed / half_life)
    kept: Floats = cases * (practice.floor + (1.0 - practice.floor) * share)
    return kept


def skill_at(truth: Truth, people: People, competences: Sequence[tuple[str, ...]], which: Whole) -> Floats:
    """Skill of each person at the competences of their case; ``which`` points into the cases' ``competences``."""
    skill = truth.skill
    if skill.competence_sd == 0.0 and not skill.competences:
        return people.skill
    added = np.zeros(len(people.skill))
    share = np.array([1.0 / max(len(named), 1) for named in competences])[which]
    for name in sorted({one for named in competences for one in named}):
        asked = np.array([name in named for named in competences])[which]
        own = skill.competences.get(name, 0.0) + skill.competence_sd * own_normal(people.key, f"competence/{name}")
        added += np.where(asked, share * own, 0.0)
    return people.skill + added


def logit_right(
    truth: Truth, skill: Floats, cases: CaseTraits, answered: Floats, lost: Floats, place: Whole | int = 0
) -> Floats:
    """Log-odds to be right unaided, given the (faded) numbers of cases answered and of practice missed before.

    ``place`` counts the cases answered before in this sitting.
    """
    practice = truth.practice
    able = skill + practice.learning_per_case * answered - practice.loss_per_aided_case * lost
    return cases.slope * able + cases.ease - truth.fatigue.skill_per_case * place


def own_answer(
    truth: Truth,
    rng: np.random.Generator,
    people: People,
    cases: CaseTraits,
    logit: Floats,
    options: Whole,
    place: Whole,
) -> Own:
    """The answer without advice, with its confidence and what its time depends on."""
    n = len(logit)
    haste = rng.standard_normal(n)
    times = truth.times
    if times.speed_accuracy:
        logit = logit + times.speed_accuracy * (people.pace + times.first.sd * haste)
    answer = first_answer(truth, rng, logit, options)
    stated = confidence(truth, rng, logit, people)
    pace = np.exp(truth.fatigue.pace_per_case * place)
    away = hidden_seconds(truth, rng, n)
    care = truth.care
    if care.pasting_persons:
        pasted = own_share(people.key, "pasting") < care.pasting_persons
        pasted = pasted & (rng.random(n) < care.pasted_answers)
        found = np.where(rng.random(n) < care.pasted_right, 0, wrong_answer(truth, rng, options))
        answer, pace = np.where(pasted, found, answer), np.where(pasted, PASTED_TIME, pace)
        away = np.where(pasted, away + np.round(times.hidden_median * (0.5 + rng.random(n)), 3), away)
    if care.inattentive_persons:
        careless = own_share(people.key, "inattentive") < care.inattentive_persons
        careless = careless & (rng.random(n) < care.inattentive_answers)
        any_answer = np.floor(rng.random(n) * (options + 1)).astype(np.int64)
        answer, pace = np.where(careless, any_answer, answer), np.where(careless, INATTENTIVE_TIME, pace)
        stated = np.where(careless, confidence(truth, rng, np.zeros(n), people), stated)
    return Own(logit, answer, stated, haste, pace, away)


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
    truth: Truth,
    own: Floats,
    advice: Floats,
    right: Flags,
    people: People,
    cases: CaseTraits,
    learnt: Floats | float = 0.0,
    committed: Flags | bool = True,
) -> Floats:
    """Chance to take over disagreeing advice, by own and printed confidence (0..1), whether the advice is right, what
    trust has ``learnt`` from advice before (logit), and whether one's own answer was ``committed`` first."""
    reliance = truth.reliance
    return expit(
        reliance.base
        + reliance.own_confidence * (own - OWN_MIDDLE)
        + reliance.advice_confidence * (advice - ADVICE_MIDDLE)
        + reliance.right * right
        + people.trust
        + learnt
        + reliance.after_commit * np.asarray(committed, dtype=np.float64)
        + cases.pull
    )


def notices(truth: Truth, rng: np.random.Generator, own: Whole, advice: Whole) -> Flags:
    """Where wrong advice that contradicts one's own right answer is seen to be wrong."""
    seen = rng.random(len(own)) < truth.reliance.noticed
    noticed: Flags = seen & (own == 0) & (advice > 0)
    return noticed


def missed_practice(truth: Truth, own: Whole, advice: Whole, final: Whole) -> Flags:
    """Whether an advised case counts as practice missed: every one, or only where the advice was taken over."""
    if truth.practice.loss_counts == "aided":
        return np.ones(len(own), dtype=bool)
    taken_over: Flags = (final == advice) & (own != advice)
    return taken_over


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
    rng: np.random.Generator,
    stage: Time,
    people: People,
    cases: CaseTraits,
    factor: Floats | float = 1.0,
    haste: Floats | None = None,
) -> Floats:
    """Seconds at work in one stage: shifted log-normal or ex-Gaussian, in whole milliseconds."""
    n = len(people.pace)
    drawn = rng.standard_normal(n) if haste is None else haste
    pace = people.pace + cases.pace
    if stage.form == "ex-gaussian":
        plain = np.maximum(stage.median + stage.sd * drawn, 0.0) + stage.tail * rng.standard_exponential(n)
        at_work = plain * np.exp(pace)
    else:
        at_work = np.exp(np.log(stage.median) + pace + stage.sd * drawn)
    worked: Floats = np.round(np.maximum(stage.shift, 0.001) + at_work * factor, 3)
    return worked


def hidden_seconds(truth: Truth, rng: np.random.Generator, n: int) -> Floats:
    """Seconds for which the page is hidden during an encounter; 0 for most."""
    away = rng.random(n) < truth.times.hidden_share
    return np.where(away, np.round(truth.times.hidden_median * np.exp(0.8 * rng.standard_normal(n)), 3), 0.0)


def stays_away(
    truth: Truth,
    rng: np.random.Generator,
    phase: str,
    had_advice: Flags,
    days: float = 0.0,
    *,
    first: bool = False,
    arms: Sequence[str] = (),
) -> Flags:
    """Who does not come back for a sitting of this phase, by whether they have had advice so far, by the ``days`` since
    the sitting before, and by the arm of each (none: not known); ``first`` where there was no sitting before."""
    out, n = truth.drop_out, len(had_advice)
    drawn = rng.random(n)
    loss = out.phases.get(phase)
    if loss is None:
        loss = type(out.each_phase)() if first else out.each_phase
    stays = 1.0 - np.where(had_advice, loss.advised, loss.unaided)
    weekly = 1.0 - np.where(had_advice, out.per_week.advised, out.per_week.unaided)
    for name, more in out.arms.items() if len(arms) else ():
        of_arm = np.asarray(arms) == name
        share = more.phases.get(phase, 0.0 if first else more.each_phase)
        stays = stays * np.where(of_arm, 1.0 - share, 1.0)
        weekly = weekly * np.where(of_arm, 1.0 - more.per_week, 1.0)
    away: Flags = drawn >= stays * weekly ** (max(days, 0.0) / 7.0)
    return away


def stops_after(truth: Truth, rng: np.random.Generator, encounters: Whole) -> Whole:
    """How many encounters of a sitting of so many are answered; all of them unless the person leaves half-way."""
    n = len(encounters)
    leaves = rng.random(n) < truth.drop_out.within_sitting
    return np.where(leaves, np.floor(rng.random(n) * encounters).astype(np.int64), encounters)
