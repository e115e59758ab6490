"""What the documentation says of a pack, made from the pack: its index of cases and how its forms match."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, pstdev

from simlab.engine.case import Case
from simlab.engine.casesigning import signed
from simlab.engine.casetexts import case_words
from simlab.engine.librarycount import counts, guideline_pairs
from simlab.engine.pack import Pack

START, END = "<!-- made by manage.py index_cases: begin -->", "<!-- made by manage.py index_cases: end -->"


@dataclass(frozen=True)
class MatchRow:
    """What forms are matched by. `difficulty` and `spread` are the mean and the standard deviation of the prior."""

    form: str
    cases: int
    difficulty: float
    spread: float
    words: int
    female: int
    specialties: Counter[str]
    errors: Counter[str]


def match_rows(pack: Pack) -> list[MatchRow]:
    """One row a form, in the order of the pack."""
    return [_row(form, [pack.cases[case] for case in members]) for form, members in pack.forms.items()]


def _row(form: str, cases: list[Case]) -> MatchRow:
    priors = [case.difficulty for case in cases if case.difficulty is not None]
    return MatchRow(
        form,
        len(cases),
        fmean(priors) if priors else 0.0,
        pstdev(priors) if priors else 0.0,
        sum(case_words(case) for case in cases),
        sum(case.patient.sex == "female" for case in cases),
        Counter(case.specialty for case in cases),
        Counter(str(advice.error_type) for case in cases for advice in case.wrong),
    )


def match_table(pack: Pack) -> str:
    """The match of the forms as a Markdown table, a column a form; empty for a pack without forms."""
    rows = match_rows(pack)
    if not rows:
        return ""
    specialties = sorted({name for row in rows for name in row.specialties})
    errors = sorted({name for row in rows for name in row.errors})
    lines = [
        ["", *(row.form for row in rows)],
        ["---", *("---:" for _ in rows)],
        ["cases", *(str(row.cases) for row in rows)],
        ["prior difficulty, mean", *(f"{row.difficulty:.3f}" for row in rows)],
        ["prior difficulty, standard deviation", *(f"{row.spread:.3f}" for row in rows)],
        ["words", *(str(row.words) for row in rows)],
        ["patients who are female", *(str(row.female) for row in rows)],
        *([f"specialty: {name}", *(str(row.specialties[name]) for row in rows)] for name in specialties),
        *([f"wrong advice: {name}", *(str(row.errors[name]) for row in rows)] for name in errors),
    ]
    return _table(lines)


def case_table(pack: Pack) -> str:
    """The index of the cases as a Markdown table, by id. The reference is left out: participants may read this."""
    head = ["case", "title", "specialty", "question", "prior", "wrong advice", "forms", "twin", "signed"]
    cases = sorted(pack.cases.values(), key=lambda case: case.id)
    return _table([head, ["---"] * 4 + ["---:"] + ["---"] * 4, *(_index_line(case, pack) for case in cases)])


def _index_line(case: Case, pack: Pack) -> list[str]:
    has_twin = any(other.twin_of == case.id for other in pack.cases.values())
    return [
        f"`{case.id}`",
        case.title,
        case.specialty,
        case.question.kind,
        "" if case.difficulty is None else f"{case.difficulty:.2f}",
        ", ".join(str(advice.error_type) for advice in case.wrong),
        ", ".join(form for form, members in pack.forms.items() if case.id in members),
        f"of `{case.twin_of}`" if case.twin_of else "yes" if has_twin else "",
        f"{case.status.reviewer}, {case.status.reviewed_on}" if signed(case) else "no",
    ]


def index_of(packs: Iterable[Pack]) -> str:
    """The made part of `docs/cases.md`: what all packs hold together, then each pack."""
    packs = list(packs)
    parts = [_whole([case for pack in packs for case in pack.cases.values() if case.twin_of is None])]
    for pack in packs:
        cases = pack.cases.values()
        counted = (
            f"{sum(case.twin_of is None for case in cases)} cases, {sum(bool(case.twin_of) for case in cases)} twins"
        )
        parts.append(f"## {pack.title} (`{pack.id}`)\n\n{counted}, {sum(map(signed, cases))} signed by a clinician.")
        match = match_table(pack)
        parts += [f"### How its forms match\n\n{match}"] if match else []
        parts.append(f"### Its cases\n\n{case_table(pack)}")
    return "\n\n".join(parts)


def _whole(cases: list[Case]) -> str:
    counted = _table([["", "count"], ["---", "---:"], *([name, count] for name, count in counts(cases))])
    pairs = [[title, f"`{fits}`", f"`{not_}`"] for title, fits, not_ in guideline_pairs(cases)]
    paired = _table([["guideline", "fits, for example", "does not fit, for example"], ["---"] * 3, *pairs])
    title = "### Guidelines that fit one patient and not another"
    return f"## What the packs hold together\n\n{counted}\n\n{title}\n\n{paired}"


def with_index(page: str, index: str) -> str:
    """The page with its made part replaced. ValueError when the page has no place for it."""
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"The page lacks the lines “{START}” and “{END}”.")
    return f"{before}{START}\n\n{index}\n\n{END}{after}"


def _table(lines: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
