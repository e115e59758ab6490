"""A blueprint counts cases, not twins, and names what is lacking."""

from pathlib import Path

import pytest

from simlab.engine.caseblueprint import band, blueprint
from simlab.engine.pack import Pack, load_pack

LIBRARY = Path(__file__).resolve().parents[2] / "cases"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(LIBRARY / "answer-forms")


def test_every_case_is_counted_once_where_a_case_has_one_value(pack: Pack) -> None:
    by_name = {part.name: part for part in blueprint(pack)}
    forms = by_name["Form of answer"]
    assert sum(forms.totals) == len(pack.cases)
    row = forms.rows.index("results-and-letters")
    assert sum(forms.counts[row]) == sum(case.specialty == "results-and-letters" for case in pack.cases.values())


def test_a_twin_adds_nothing(pack: Pack) -> None:
    one = next(iter(pack.cases.values()))
    twin = one.model_copy(update={"id": "twin", "twin_of": one.id})
    more = pack.model_copy(update={"cases": {**pack.cases, "twin": twin}})
    assert blueprint(more) == blueprint(pack)


def test_gaps_are_named_but_not_where_nothing_is_wanted(pack: Pack) -> None:
    one = next(iter(pack.cases.values()))
    small = pack.model_copy(update={"cases": {one.id: one}, "specialties": (one.specialty,)})
    by_name = {part.name: part for part in blueprint(small)}
    assert by_name["Form of answer"].gaps == 11
    assert one.question.kind not in by_name["Form of answer"].absent
    difficulty = by_name["Expected to be right unaided"]
    assert (difficulty.gaps, difficulty.cells) == (2, 3)
    assert "over 80%" not in difficulty.absent


@pytest.mark.parametrize(
    ("share", "name"),
    [(0.0, "under 40%"), (0.4, "40 to 54%"), (0.55, "55 to 69%"), (0.8, "70 to 80%"), (1, "over 80%")],
)
def test_bands(share: float, name: str) -> None:
    assert band(share) == name
