"""Declaring how far forms may differ, and recording what data say of it. Nothing here is ever changed or removed."""

import datetime
import math

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.studies.casedrafts import AUTHOR, has_right
from simlab.studies.equated import bounds_of, form_hashes
from simlab.studies.models import FormBound, FormEquating, PackVersion, Study
from simlab.studies.reading import pack_of

WIDEST = 2.0  # logits; two forms this far apart are 50 % and 88 % right for the same person


@transaction.atomic
def declare_bound(
    *, version: PackVersion, one: str, other: str, bound: float, reason: str, by: User, now: datetime.datetime
) -> FormBound:
    """Say how far, in logits of mean difficulty, two forms may differ and be called parallel. Raises Refused."""
    _authors_only(by, version.pack)
    pack = pack_of(version)
    hashes = form_hashes(pack)
    order = list(hashes)
    if one not in hashes or other not in hashes or one == other:
        raise Refused("malformed", "Choose two different forms of this pack.")
    if not (math.isfinite(bound) and 0 < bound <= WIDEST):
        raise Refused("malformed", f"The bound must be more than 0 and at most {WIDEST:g} logits.")
    if not reason.strip():
        raise Refused("malformed", "Say in a sentence why a difference below this bound does not matter.")
    one, other = sorted((one, other), key=order.index)
    return FormBound.objects.create(
        version=version, one=one, other=other, one_sha256=hashes[one], other_sha256=hashes[other], bound=bound,
        reason=reason.strip(), declared_at=now, declared_by=by,
    )  # fmt: skip


@transaction.atomic
def record_equating(
    *,
    bound: FormBound,
    source: str,
    data_sha256: str,
    method: str,
    persons: int,
    decisions: int,
    difference: float | None,
    low: float | None,
    high: float | None,
    level: float,
    verdict: str,
    note: str,
    by: User,
    now: datetime.datetime,
    study: Study | None = None,
    data_from: datetime.datetime | None = None,
) -> FormEquating:
    """Keep what the data say of a declared pair, whatever it is.

    `data_from` is when the data were frozen. Raises Refused for data that were there before the bound was declared,
    and for data that have spoken of these forms already: a bound chosen after the estimate is none.
    """
    _authors_only(by, bound.version.pack)
    PackVersion.objects.select_for_update().get(pk=bound.version_id)
    pack = pack_of(PackVersion.objects.latest_of(bound.version.pack))
    if bounds_of(pack).get((bound.one, bound.other)) != bound:
        raise Refused("changed-meanwhile", "The forms or their bound changed meanwhile. Load the page again.")
    if data_from is not None and data_from < bound.declared_at:
        raise Refused(
            "not-beforehand",
            f"These data were frozen on {data_from:%d %B %Y at %H:%M}, before the bound was declared. "
            "A bound must come first.",
        )
    hashes = {"one_sha256": bound.one_sha256, "other_sha256": bound.other_sha256}
    if FormEquating.objects.filter(**hashes, data_sha256=data_sha256).exists():
        raise Refused("already-recorded", "These data have been recorded for these forms already.")
    return FormEquating.objects.create(
        bound=bound, **hashes, study=study, source=source, data_sha256=data_sha256, method=method, persons=persons,
        decisions=decisions, difference=difference, low=low, high=high, level=level, verdict=verdict, note=note,
        made_at=now, made_by=by,
    )  # fmt: skip


def _authors_only(by: User, pack: str) -> None:
    if not has_right(by, pack, AUTHOR):
        raise Refused("not-author", "Only authors of the pack may declare bounds and record equatings.")
