"""An assignment as a study document: what an educator chose, written as the data of a study.yaml.

Pure: the engine checks what comes out as it checks any other protocol.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simlab.engine.chosen import interleaved
from simlab.engine.draw import Draws
from simlab.engine.errors import Refused
from simlab.engine.pack import Pack
from simlab.engine.recruitment import ROLES

ORDERS = {"shuffled": "random", "fixed": "fixed", "interleaved": "interleaved"}
ADVICE = ("none", "throughout", "second-half")
FEEDBACK = ("at-end", "after-each-set")
MOST_CASES = 60
LONGEST_TITLE = 120


@dataclass(frozen=True)
class Wish:
    """What the educator asks for. `set_size` counts only with feedback after each set."""

    title: str
    pack: str
    cases: tuple[str, ...]
    order: str = "shuffled"
    advice: str = "none"
    feedback: str = "at-end"
    set_size: int = 1


def draw_by_theme(pack: Pack, counts: Mapping[str, int], draws: Draws) -> tuple[str, ...]:
    """So many cases of each theme, by chance among those with advice of both kinds. Raises Refused for too many."""
    themes = themes_of(pack)
    chosen: list[str] = []
    for theme, count in counts.items():
        able = themes.get(theme, [])
        if count > len(able):
            raise Refused("malformed", f"The theme “{theme}” holds {len(able)} cases, not {count}. Ask for fewer.")
        chosen += sorted(draws.child(theme).shuffle(able)[:count])
    return tuple(chosen)


def themes_of(pack: Pack) -> dict[str, list[str]]:
    """Specialty -> the cases of it that can be assigned with or without AI; a twin goes with its original."""
    found: dict[str, list[str]] = defaultdict(list)
    for case in pack.contrast_cases:
        if pack.cases[case].twin_of is None:
            found[pack.cases[case].specialty].append(case)
    return dict(found)


def document_of(wish: Wish, pack: Pack, draws: Draws) -> dict[str, Any]:
    """The study document. Raises Refused, in one sentence, for a wish that cannot be met."""
    _check(wish, pack)
    sets = _sets(wish, pack, draws)
    sizes = sorted({len(cases) for cases, advised in sets if advised})
    names = [_form(number) for number in range(len(sets))]
    document: dict[str, Any] = {
        "simlab": "study/1",
        "title": wish.title,
        "kind": "training",
        "population": {"roles": list(ROLES)},
        "documents": {kind: f"{kind}.md" for kind in ("information", "consent", "debrief")},
        "cases": {
            "packs": [pack.id],
            "forms": {name: len(cases) for name, (cases, _) in zip(names, sets, strict=True)},
            "rotate": "fixed",
            "order": ORDERS[wish.order],
            "chosen": {name: list(cases) for name, (cases, _) in zip(names, sets, strict=True)},
        },
        "arms": {"trainee": 1},
        "phases": {
            f"set-{number}": {
                "label": _label(number, len(sets), advised, wish.advice),
                "form": name,
                "advice": f"suggestion-{len(cases)}" if advised else "none",
            }
            for number, (name, (cases, advised)) in enumerate(zip(names, sets, strict=True), start=1)
        },
        "questions": {"diagnosis": "as-each-case-asks"},
        "debrief": "after-phase" if wish.feedback == "after-each-set" else "after-study",
        "analysis": {"secondary": ["accuracy", "reliance", "time"] if sizes else ["accuracy", "time"]},
    }
    if sizes:
        document["advice"] = {f"suggestion-{size}": _policy(size) for size in sizes}
    return document


def _check(wish: Wish, pack: Pack) -> None:
    if not wish.title or len(wish.title) > LONGEST_TITLE:
        raise Refused("malformed", f"Give the assignment a title of at most {LONGEST_TITLE} characters.")
    if wish.order not in ORDERS or wish.advice not in ADVICE or wish.feedback not in FEEDBACK:
        raise Refused("malformed", "Choose an order, whether there is AI, and when the feedback comes.")
    if not wish.cases:
        raise Refused("malformed", "Choose at least one case, or a number of cases of a theme.")
    if len(wish.cases) > MOST_CASES:
        raise Refused("malformed", f"An assignment holds at most {MOST_CASES} cases. Choose fewer.")
    able = {case for cases in themes_of(pack).values() for case in cases}
    if unknown := [case for case in wish.cases if case not in able]:
        raise Refused("malformed", f"The case “{unknown[0]}” cannot be assigned from this pack. Leave it out.")
    if not 1 <= wish.set_size <= MOST_CASES:
        raise Refused("malformed", f"A set holds from 1 to {MOST_CASES} cases.")
    if wish.advice == "second-half" and len(wish.cases) < 4:
        raise Refused("malformed", "For AI in the second half choose at least four cases.")


def _sets(wish: Wish, pack: Pack, draws: Draws) -> list[tuple[tuple[str, ...], bool]]:
    """The sets in their order, each with whether it is advised."""
    cases = list(wish.cases)
    if wish.order == "shuffled":
        cases = draws.child("sets").shuffle(cases)
    if wish.order == "interleaved":
        cases = interleaved(cases, lambda case: pack.cases[case].specialty, draws.child("sets"))
    half = {"none": len(cases), "throughout": 0, "second-half": len(cases) // 2}[wish.advice]
    sets = []
    for part, advised in ((cases[:half], False), (cases[half:], True)):
        size = wish.set_size if wish.feedback == "after-each-set" else max(len(part), 1)
        sets += [(tuple(part[start : start + size]), advised) for start in range(0, len(part), size)]
    if any(advised and len(of) < 2 for of, advised in sets):
        raise Refused(
            "malformed",
            "With AI a set needs at least two cases, or all its advice would be wrong. Choose another size.",
        )
    return sets


def _policy(size: int) -> dict[str, Any]:
    """A third of the suggestions is wrong, at least one; never the first one where there is room."""
    wrong = max(1, round(size / 3))
    late = 1 if size > 2 else 0
    return {"when": "after-commit", "wrong": f"{wrong} of {size}", "first-wrong-after": late, "confidence": "percent"}


def _form(number: int) -> str:
    return f"S{number + 1}"


def _label(number: int, sets: int, advised: bool, advice: str) -> str:
    told = {"none": "", "throughout": " with suggestions", "second-half": ""}[advice]
    if advice == "second-half":
        told = " with suggestions" if advised else " on your own"
    return (f"Set {number}{told}" if sets > 1 else f"Cases{told}").strip()
