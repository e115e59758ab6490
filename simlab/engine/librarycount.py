"""What a library of cases holds, counted: a table of the documentation, and what its tests ask for."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from simlab.engine.case import Case
from simlab.engine.questions import KINDS

THEMES = {
    "acute and unscheduled": {"acute-and-unscheduled"},
    "long-term conditions": {"long-term-conditions", "long-term-and-older-people"},
    "children": {"children"},
    "women's health": {"womens-health"},
    "mental health": {"mental-health"},
    "older people and polypharmacy": {"older-people-and-polypharmacy"},
    "skin and eyes": {"skin-and-eyes"},
    "results and letters": {"results-and-letters"},
}


def themes(cases: Sequence[Case]) -> dict[str, int]:
    """Cases by theme, by the specialty of each."""
    return {theme: sum(case.specialty in names for case in cases) for theme, names in THEMES.items()}


def guideline_pairs(cases: Sequence[Case]) -> list[tuple[str, str, str]]:
    """Guidelines that fit one case and not another: title, a case that it fits, a case that it does not fit.

    A guideline is known by its address and makes one pair, however many cases it has.
    """
    found: dict[str, dict[bool, list[Case]]] = defaultdict(lambda: {True: [], False: []})
    for case in cases:
        if case.guideline:
            found[case.guideline.url][case.guideline.fits].append(case)
    pairs = []
    for sides in found.values():
        if sides[True] and sides[False]:
            fits, not_ = min(sides[True], key=_by_id), min(sides[False], key=_by_id)
            pairs.append((fits.guideline.title if fits.guideline else "", fits.id, not_.id))
    return sorted(pairs)


def _by_id(case: Case) -> str:
    return case.id


def counts(cases: Sequence[Case]) -> list[tuple[str, str]]:
    """What is counted and how many, as words; twins are left out by the caller."""
    cards = [card for case in cases for card in case.advice]
    errors = Counter(str(card.error_type) for case in cases for card in case.wrong)
    asked = Counter(str(case.question.kind) for case in cases)
    sexes = Counter(case.patient.sex for case in cases)
    ages = [case.patient.age for case in cases if case.patient.age is not None]
    priors = [case.difficulty for case in cases if case.difficulty is not None]
    compared = sum(all(card.similar and card.counterfactual for card in case.advice) for case in cases)
    return [
        ("cases without twins", str(len(cases))),
        *((f"theme: {theme}", str(count)) for theme, count in themes(cases).items()),
        ("with two planted faults of the record", _of(sum(len(case.record.faults) >= 2 for case in cases), cases)),
        ("guidelines that fit one patient and not another", str(len(guideline_pairs(cases)))),
        ("with a second wrong card", _of(sum(len(case.wrong) >= 2 for case in cases), cases)),
        ("with a similar case and a counterfactual on every card", _of(compared, cases)),
        ("cards that mark words of the case", _of(sum(bool(card.highlights) for card in cards), cards)),
        ("with a picture", _of(sum(bool(case.images) for case in cases), cases)),
        *((f"wrong advice: {name}", str(errors[name])) for name in sorted(errors)),
        *((f"form of answer: {kind}", str(asked[kind])) for kind in KINDS),
        ("female, male, not stated", ", ".join(str(sexes[sex]) for sex in ("female", "male", "not-stated"))),
        ("ages", f"{min(ages):g} to {max(ages):g}" if ages else "none"),
        ("priors of difficulty", f"{min(priors):.2f} to {max(priors):.2f}" if priors else "none"),
    ]


def _of(count: int, all_: Sequence[object]) -> str:
    return f"{count} of {len(all_)}"
