"""Which forms are which, and which of them are known to be parallel."""

from itertools import combinations

from django.db.models import Q

from simlab.engine.casefile import Pack
from simlab.engine.casesigning import substance_hash
from simlab.engine.parsing import content_hash
from simlab.studies.models import FormBound, FormEquating

Pair = tuple[str, str]


def form_hash(pack: Pack, form: str) -> str:
    """SHA-256 (hex) of the cases of a form without their status; their order does not matter."""
    return content_hash({case: substance_hash(pack.cases[case]) for case in sorted(pack.forms[form])})


def form_hashes(pack: Pack) -> dict[str, str]:
    return {form: form_hash(pack, form) for form in pack.forms}


def bounds_of(pack: Pack) -> dict[Pair, FormBound]:
    """The bound declared last for each pair of forms as they stand now; a changed case has none."""
    hashes = form_hashes(pack)
    rows = FormBound.objects.filter(version__pack=pack.id).select_related("declared_by").order_by("declared_at")
    return {
        (row.one, row.other): row
        for row in rows
        if hashes.get(row.one) == row.one_sha256 and hashes.get(row.other) == row.other_sha256
    }


def equatings_of(pack: Pack) -> list[FormEquating]:
    """Every record about the forms as they stand now, the latest first."""
    hashes = form_hashes(pack)
    either = Q()
    for one, other in combinations(pack.forms, 2):
        either |= Q(bound__one=one, bound__other=other, one_sha256=hashes[one], other_sha256=hashes[other])
    if not either:
        return []
    found = FormEquating.objects.filter(either, bound__version__pack=pack.id)
    return list(found.select_related("bound", "study", "made_by").order_by("-made_at", "-pk"))


def latest_of(pack: Pack) -> dict[Pair, FormEquating]:
    """The latest record of each pair: what is claimed rests on it, so later data can take a claim back."""
    return {(row.bound.one, row.bound.other): row for row in reversed(equatings_of(pack))}
