"""Many bots through one running study: everybody sits what is open, then the clock is moved, until nobody waits."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import httpx

from simlab.rehearsal.dataset import turned_away
from simlab.rehearsal.http import Bot, Outcome
from simlab.rehearsal.joining import Intent
from simlab.rehearsal.key import Key
from simlab.rehearsal.ledger import Ledger
from simlab.rehearsal.line import Line, Stopped
from simlab.rehearsal.mind import Mind
from simlab.rehearsal.planning import sittings_of
from simlab.rehearsal.traits import draw_grades, generator
from simlab.rehearsal.truth import Truth

__all__ = ["Summary", "run", "sittings_of"]

MOST_IDLE_ROUNDS = 5
"""Rounds in a row in which nobody could sit anything, after which the clock is taken to open no window at all."""

INTENTS: dict[str, Intent] = {"declined": "decline", "ineligible": "ineligible"}


@dataclass(frozen=True)
class Summary:
    """What became of the bots and their messages; ``problems`` is empty when the site did all that was expected."""

    enrolled: int
    declined: int
    ineligible: int
    dropped: int
    completed: int
    sittings: int
    acknowledged: int
    refused: int
    resent: int
    participants: tuple[str, ...]
    problems: tuple[str, ...]


def run(
    *,
    base_url: str,
    join_url: str,
    key: Key,
    truth: Truth,
    sittings: Sequence[str],
    clinicians: int,
    seed: int,
    advance: Callable[[], float | None],
    ledger_path: Path,
    progress: Callable[[str, int, int], None] | None = None,
    threads: int = 6,
    transport: httpx.BaseTransport | None = None,
    arm_of: Callable[[str], str] | None = None,
) -> Summary:
    """Let ``clinicians`` bots enrol and sit the study at ``base_url``; others come and turn away, as the truth says.

    ``advance`` moves the study's clock to the next window that somebody waits for and returns the days since the
    rehearsal began, or None when nobody waits. ``progress`` gets words, a number done and a number in all.
    ``arm_of`` tells the arm of a participant by id, which no page does; needed where the truth lets arms differ in who
    leaves. Within one study the same seed gives each bot the same answers, whatever the number of threads.
    """
    tell = progress or (lambda words, done, of: None)
    with Ledger(ledger_path) as ledger:
        bots = _bots(base_url, join_url, key, truth, sittings, clinicians, seed, ledger, transport, arm_of)
        problems: list[str] = []
        try:
            outcomes = _round(bots, Bot.join, threads, "Joining", tell, problems)
            waiting = [bot for bot, outcome in outcomes if outcome == "waiting"]
            day, idle = 0.0, 0
            while waiting and idle < MOST_IDLE_ROUNDS:
                before = sum(bot.sat for bot in waiting)
                seated = _round(waiting, _sitter(day), threads, _words(waiting, sittings), tell, problems)
                idle = 0 if sum(bot.sat for bot in waiting) > before else idle + 1
                waiting = [bot for bot, outcome in seated if outcome == "waiting" and not bot.completed]
                moved = advance() if waiting else None
                # None may also mean that a window opened since its bot last looked: so all look once more.
                if moved is None and idle:
                    break
                day = day if moved is None else moved
            if waiting:
                problems.append(f"{len(waiting)} clinicians waited for a window that did not open.")
        finally:
            for bot in bots:
                bot.line.close()
        return _summary(bots, [outcome for _, outcome in outcomes], ledger, problems)


def _bots(
    base_url: str,
    join_url: str,
    key: Key,
    truth: Truth,
    sittings: Sequence[str],
    clinicians: int,
    seed: int,
    ledger: Ledger,
    transport: httpx.BaseTransport | None,
    arm_of: Callable[[str], str] | None,
) -> list[Bot]:
    others = turned_away(truth, generator(seed, "arrivals"), clinicians)
    grades = draw_grades(truth, seed, clinicians) + [next(iter(truth.arrivals.grades))] * len(others)
    enrol: Intent = "enrol"
    intents = [enrol] * clinicians + [INTENTS[status] for status in others]
    return [
        Bot(
            number=number,
            mind=Mind(truth, generator(seed, "bot", number), grade, seed),
            key=key,
            line=Line(base_url, transport=transport),
            ledger=ledger,
            join_url=join_url,
            sittings=sittings,
            intends=intent,
            arm_of=arm_of,
        )
        for number, (grade, intent) in enumerate(zip(grades, intents, strict=True), start=1)
    ]


def _sitter(day: float) -> Callable[[Bot], Outcome]:
    return lambda bot: bot.sit_what_is_open(day)


def _words(waiting: Sequence[Bot], sittings: Sequence[str]) -> str:
    furthest = min(bot.sat for bot in waiting)
    return f"Sitting {furthest + 1} of {len(sittings)} ({sittings[furthest]})"


def _round(
    bots: Sequence[Bot],
    act: Callable[[Bot], Outcome],
    threads: int,
    words: str,
    tell: Callable[[str, int, int], None],
    problems: list[str],
) -> list[tuple[Bot, Outcome]]:
    """Let each bot act once; a bot that cannot go on is reported and left out."""
    done: dict[int, Outcome] = {}
    tell(words, 0, len(bots))
    with ThreadPoolExecutor(max_workers=threads) as pool:
        acting = {pool.submit(act, bot): bot for bot in bots}
        for count, future in enumerate(as_completed(acting), start=1):
            bot = acting[future]
            try:
                done[bot.number] = future.result()
            except Stopped as stop:
                problems.append(f"Clinician {bot.number}: {stop}.")
            tell(words, count, len(bots))
    return [(bot, done[bot.number]) for bot in bots if bot.number in done]


def _summary(bots: Sequence[Bot], outcomes: Sequence[Outcome], ledger: Ledger, problems: Sequence[str]) -> Summary:
    enrolled = [bot for bot in bots if bot.participant]
    unexpected = [f"Clinician {bot.number}: {words}." for bot in bots for words in bot.unexpected]
    return Summary(
        enrolled=len(enrolled),
        declined=outcomes.count("declined"),
        ineligible=outcomes.count("ineligible"),
        dropped=sum(bot.left for bot in enrolled),
        completed=sum(bot.completed for bot in enrolled),
        sittings=sum(bot.sat for bot in enrolled),
        acknowledged=ledger.acknowledged,
        refused=ledger.refused,
        resent=sum(bot.line.resent for bot in bots),
        participants=tuple(bot.participant for bot in enrolled),
        problems=(*problems, *unexpected),
    )
