"""Looks before the end, in words: what the team may know, and what the committee sees."""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from simlab.analyses.interimmodels import InterimDecision, InterimLook
from simlab.stats.planoptions import InterimOptions
from simlab.web.presenters.reportpage import section_of
from simlab.web.words import day

SPENDING = {
    "obrien-fleming": "O’Brien–Fleming-type spending of alpha",
    "pocock": "Pocock-type spending of alpha",
    "kim-demets": "spending of alpha after Kim and DeMets",
    "hwang-shih-decani": "spending of alpha after Hwang, Shih and DeCani",
    "haybittle-peto": "the limits of Haybittle and Peto",
}


def rows_of(planned: InterimOptions, decided: Iterable[InterimDecision]) -> list[dict[str, Any]]:
    """One row for each planned look: when it is due, and the word of the committee where there is one."""
    words = {one.look.number: one for one in decided}
    return [
        {
            "number": number,
            "participants": ceil(look * planned.participants - 1e-9),
            "share": f"{100 * look:.0f}%",
            "word": words[number].get_word_display() if number in words else "–",
            "on": day(words[number].decided_at) if number in words else "–",
        }
        for number, look in enumerate(planned.looks, start=1)
    ]


def plan_words(planned: InterimOptions) -> str:
    """How many looks, at what, and by which rule."""
    futility = (
        f" The committee may advise to stop when the chance of success, were the trend to go on, is below "
        f"{100 * planned.futility:.0f}%."
        if planned.futility is not None
        else ""
    )
    return (
        f"The plan has {len(planned.looks)} looks at the primary comparison, the last at {planned.participants} "
        f"participants with its outcome, by {SPENDING[planned.spending]}.{futility}"
    )


def numbers_of(look: InterimLook) -> Mapping[str, Any]:
    """A look as the committee reads it: the advice of the plan, estimates and boundaries."""
    found = look.found
    return {**section_of(found), "advice": " ".join(found["warnings"]), "look": look}
