"""The cases of a cohort as items of a test, in words and intervals; what may not be told says why."""

from typing import Any

from simlab.stats import classical, gstudy
from simlab.teaching import items
from simlab.teaching.itemflags import flags_of
from simlab.teaching.items import Case, Difficulty, Modelled, Needed, Sheet
from simlab.web.words import counted, number, percent, sentence

MOST_CHOICES = 8


def page_of(made: Sheet, models: Modelled | None) -> dict[str, Any]:
    """Cases in the order of their titles; `models` is None where they wait to be asked for."""
    cases = sorted(items.cases_of(made), key=lambda one: one.title)
    rasch = models.rasch if models else {}
    grades = models.grades if models else []
    rows = []
    for place, case in enumerate(cases, start=1):
        own = [row for row in grades if row["case"] == case.item.name]
        rows.append({"place": place, **_row(case, rasch.get(case.item.name), own)})
    return {
        "rows": rows,
        "flagged": [row for row in rows if row["flags"]],
        "persons": len(made.answers.persons),
        "answers": len(made.rows),
        "left_out": [f"{counted(n, 'answer')} {why}" for why, n in made.left_out],
        "models": models and _models(models, len(cases)),
    }


def _row(case: Case, rasch: Difficulty | None, grades: list[dict]) -> dict[str, Any]:
    item, few = case.item, case.item.n < items.FEWEST_TRAINEES
    return {
        "title": case.title, "n": item.n,
        "right": percent(item.difficulty), "right_interval": _between(item.low, item.high, percent),
        "rest": None if few else number(item.rest), "few": few,
        "rest_interval": "" if few else _between(item.rest_low, item.rest_high, number),
        "without": None if few else number(item.alpha_without),
        "rasch": rasch and number(rasch.value), "rasch_interval": rasch and _between(rasch.low, rasch.high, number),
        "infit": rasch and f"{number(rasch.infit)} (z {number(rasch.infit_z, 1)})",
        "outfit": rasch and f"{number(rasch.outfit)} (z {number(rasch.outfit_z, 1)})",
        "choices": [_choice(one, few) for one in case.choices[:MOST_CHOICES]],
        "others": len(case.choices[MOST_CHOICES:]),
        "grades": [_grade(row) for row in grades],
        "flags": flags_of(case, rasch, grades),
    }  # fmt: skip


def _choice(one: classical.Choice, few: bool) -> dict[str, Any]:
    return {"answer": one.answer, "n": one.n, "share": percent(one.share), "key": one.key,
            "rest": None if few else percent(one.rest_mean),
            "correlation": None if few else number(one.rest_correlation)}  # fmt: skip


def _grade(row: dict) -> dict[str, Any]:
    return {
        "who": f"{row['focal']} ({row['focal persons']}) against {row['reference']} ({row['reference persons']})",
        "odds": number(row["odds ratio"]), "interval": _between(row["low"], row["high"], number),
        "delta": number(row["delta"]), "class": row["class"] or "–",
        "uniform": number(row["p, uniform"], 3), "changing": number(row["p, changing"], 3),
    }  # fmt: skip


def _between(low: float | None, high: float | None, words: Any) -> str:
    return "" if low is None or high is None else f"{words(low)} to {words(high)}"


def _models(models: Modelled, cases: int) -> dict[str, Any]:
    told = {name: sentence(why) for name, why in models.withheld.items()}
    alpha = models.alpha
    return {
        "alpha": None if "alpha" in told else number(alpha.value),
        "alpha_interval": _between(alpha.low, alpha.high, number) or "no interval: too many draws had no value",
        "alpha_name": "KR-20 (alpha of right and wrong)" if alpha.kr20 else "Cronbach's alpha",
        "alpha_n": f"{counted(alpha.persons, 'trainee')}, {counted(alpha.items, 'case')}, {alpha.draws} draws",
        "needed": models.needed and needed_words(models.needed, cases),
        "study": models.needed and _study(models.needed),
        "shares": models.needed and _shares(models.needed),
        "withheld": told,
    }


def needed_words(needed: Needed, cases: int) -> list[str]:
    """How many cases for 0.8, and how far that number can be trusted."""
    parts = needed.parts
    if parts.person <= 0:
        nobody = "do not tell trainees apart: the variance between trainees is estimated as zero"
        return [f"These {cases} cases {nobody}, so no number of cases would do."]
    ranking, standard = f"{_number(needed.ranking)} would be needed{_reach(needed)}", _number(needed.standard)
    read = f"{counted(parts.n_used, 'answer')} of {counted(parts.persons, 'trainee')} to {counted(parts.cases, 'case')}"
    return [
        f"To rank trainees with a coefficient of 0.8, {ranking}; to judge each against a fixed standard, {standard}.",
        f"From {read}. Each case has one answer, so what is left holds chance and what a trainee finds hard in it.",
    ]


def _number(n: int | None) -> str:
    return counted(n, "case") if n is not None else f"more than {gstudy.MOST_CASES:,} cases"


def _reach(needed: Needed) -> str:
    if needed.low is None:
        return ""
    if needed.high is None:
        return f" (by the interval of alpha, {needed.low} at least, without an upper limit)"
    return f" (by the interval of alpha, {needed.low} to {needed.high})"


def _study(needed: Needed) -> list[dict[str, str]]:
    return [
        {"cases": str(one.cases), "ranking": number(one.relative), "standard": number(one.absolute),
         "error": percent(one.error, 1)}
        for one in gstudy.study(needed.parts, (10, 20, 30, 40, 60, 100))
    ]  # fmt: skip


def _shares(needed: Needed) -> list[tuple[str, str, str]]:
    parts = needed.parts
    named = (("Trainees", parts.person), ("Cases", parts.case), ("Trainee by case, and chance", parts.residual))
    total = sum(value for _, value in named)
    return [(name, number(value, 4), percent(value / total)) for name, value in named]
