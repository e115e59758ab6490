"""Are the forms of a study equally hard? One calibration of all of them, and each by itself with links.

A difference between forms that everyone took at different times may be learning or forgetting as well; a difference
between forms that share neither persons nor cases is not identified, and none is given.
"""

from itertools import combinations

import pandas as pd

from simlab.stats import equating, item_response, items
from simlab.stats.accuracy import unreadable
from simlab.stats.equating import Shared
from simlab.stats.intervals import CannotFit
from simlab.stats.items import Items
from simlab.stats.modelling import Naming, fitted
from simlab.stats.planfile import Plan
from simlab.stats.prepare import Prepared
from simlab.stats.result import Analysis, Convergence, Table

TITLE = "Forms compared"


def analyse(prepared: Prepared, plan: Plan) -> Analysis:
    """Differences of mean difficulty between forms, the share right of a mean person on each, and every link."""
    made = items.of(prepared.encounters, plan)
    if len(made.forms) < 2:
        return unreadable("equating", TITLE, "The unaided decisions are of fewer than two forms: nothing to compare.")
    try:
        kept, left_out = item_response.usable(made.answers)
    except CannotFit as refusal:
        return unreadable("equating", TITLE, str(refusal))
    forms = _usable_forms(made, {made.answers.items[i] for i in kept})
    pairs = equating.shared(made.answers, forms)
    links = _links(pairs)
    says = [f"Case {item} is {why}; it is left out of its form." for item, why in left_out]
    says += _times(made.kept.rows)
    model = fitted(lambda: equating.concurrent(made.answers, forms))
    if model.fit is None or not model.readable:
        detail = model.convergence.detail
        judged = Convergence(False, "not identified", detail) if "neither a person" in detail else model.convergence
        naming = Naming(plan.level, made.kept)
        gone = tuple(
            naming.withheld(f"difficulty/{other}/{one}", _label(other, one), "score", judged)
            for one, other in combinations(forms, 2)
        )
        return Analysis("equating", TITLE, gone, judged, tuple(says), (links,))
    naming = Naming(plan.level, made.kept)
    found = equating.mean_difficulties(model.fit, forms, level=plan.level)
    estimates = [
        naming.estimate(f"difficulty/{other}/{one}", _label(other, one), gap, "score")
        for (one, other), gap in found.items()
    ]
    for form, share in equating.expected_shares(model.fit, forms, level=plan.level).items():
        label = f"Share of {form} that a person of mean ability gets right"
        estimates.append(naming.estimate(f"expected/{form}", label, share, "proportion"))
    tables = (links, _separately(made, forms, pairs, says))
    return Analysis("equating", TITLE, tuple(estimates), model.convergence, (*model.warnings, *says), tables)


def _label(other: str, one: str) -> str:
    return f"Mean difficulty, {other} minus {one}, log odds"


def _usable_forms(made: Items, known: set[str]) -> dict[str, list[str]]:
    held = {form: [case for case in cases if case in known] for form, cases in made.forms.items()}
    return {form: cases for form, cases in held.items() if cases}


def _links(pairs: list[Shared]) -> Table:
    rows = tuple((p.one, p.other, p.persons, p.items) for p in pairs)
    return Table("links", ("form", "other form", "common persons", "common cases"), rows)


def _times(rows: pd.DataFrame) -> list[str]:
    """A sentence for each pair of forms of which everyone took the same one first."""
    when = rows.groupby(["participant", "form"], observed=True)["day"].min().unstack()
    said = []
    for one, other in combinations(when.columns, 2):
        gap = (when[other] - when[one]).dropna()
        if len(gap) and ((gap > 0).all() or (gap < 0).all()):
            first, second = (one, other) if gap.iloc[0] > 0 else (other, one)
            said.append(
                f"Everyone who took both took {first} before {second}: their difference holds whatever was learnt "
                "or forgotten in between."
            )
    return said


def _separately(made: Items, forms: dict[str, list[str]], pairs: list[Shared], says: list[str]) -> Table:
    rows = []
    for pair in pairs:
        if not (pair.persons or pair.items):
            continue
        try:
            link = equating.separate(made.answers, pair.other, pair.one, forms)
        except CannotFit as refusal:
            says.append(f"Forms {pair.one} and {pair.other} could not be linked one by one: {refusal}")
            continue
        words = "common cases" if link.by == "items" else "common persons"
        rows.append((link.form, link.onto, words, link.units, link.slope, link.shift, link.se))
    columns = ("form", "on the scale of", "by", "units", "slope", "shift", "SE of shift over units")
    return Table("calibrated one by one", columns, tuple(rows))
