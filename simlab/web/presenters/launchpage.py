"""The launch checklist: what holds, what lacks, and where each is mended; and the record of the study's life."""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.urls import reverse

from simlab.analyses.reading_power import was_rehearsed
from simlab.engine.duration import LONG
from simlab.engine.foretelling import TOO_EASY, guess_rate
from simlab.engine.lifecycle import STEPS
from simlab.engine.protocol import Protocol, check_against_pack, consent_statements
from simlab.people.models import User
from simlab.sittings.pace import pace_of
from simlab.studies.models import Amendment, Document, Study
from simlab.studies.reading import authors_of, content_hash_of, document_of, packs_of, protocol_of
from simlab.web.presenters import designpage
from simlab.web.words import counted, percent, sentence

MOST_PLACES = 5000
READ = "Participants have everything to read"
GAPS = re.compile(r"\[[A-Z][^\]\n]{2,80}\](?!\()|\bTODO\b|\bXXX\b")


def page_of(study: Study, user: User) -> dict[str, Any]:
    protocol = protocol_of(study)
    checks = list(_checks(study, protocol))
    return {
        "checks": checks,
        "lacking": sum(one["mark"] == "no" for one in checks),
        "wrote": user.pk in authors_of(study),
        "record": list(_record(study)),
        "places": max(24, -(-(protocol.population.planned or 240) // len(protocol.lists) * 5 // 4)),
        "lists": len(protocol.lists),
        "takes_list": protocol.allocation is not None and protocol.allocation.method == "list",
    }


def _check(mark: str, words: str, detail: str, to: str = "", link: str = "") -> dict[str, str]:
    return {"mark": mark, "words": words, "detail": detail, "href": to, "link": link}


def _checks(study: Study, protocol: Protocol) -> Iterator[dict[str, str]]:
    def to(name: str) -> str:
        return reverse(name, args=[study.pk])

    faults = check_against_pack(protocol, packs_of(study))
    said = " ".join(str(fault) for fault in faults) or f"Version {study.protocol.number} is valid."
    yield _check("no" if faults else "yes", "The text is a valid study that its case packs can fill", said,
                 to("design"), "Open the design")  # fmt: skip
    later = study.draft_texts.filter(saved_at__gt=study.protocol.created_at).count()
    if later and not study.is_launched:
        yield _check("no", "No text is left unfinished", f"{sentence(counted(later, 'unfinished text'))} since.",
                     to("design"), "Finish it")  # fmt: skip
    warnings = protocol.warnings()
    if warnings:
        said = " ".join(f"{one.message} {one.remedy}" for one in warnings)
        yield _check("weak", "Nothing weakens the design", said, to("design"), "Open the design")
    yield _documents(study, to("documents"))
    yield _minutes(protocol, to("design"))
    yield from _allocation(protocol, to("balance"))
    yield _check("yes" if was_rehearsed(study) else "weak" if study.kind != "main" else "no",
                 "This version was rehearsed", "With virtual clinicians, or by a simulation of its power.",
                 to("rehearse"), "Rehearse")  # fmt: skip
    yield from _cases(study)
    yield _approval(study, to("people"))


def _documents(study: Study, to: str) -> dict[str, str]:
    found = {kind: document_of(study, kind) for kind in Document.Kind.values}
    lacking = [kind for kind, one in found.items() if one is None or not one.text.strip()]
    gaps = [f"{kind}: {gap[0]}" for kind, one in found.items() if one and (gap := GAPS.search(one.text))]
    if lacking:
        return _check("no", READ, f"Missing: {', '.join(lacking)}.", to, "Write it")
    if not consent_statements(found["consent"].text):
        said = "The consent form has no statement to tick. Begin a line with “- [ ]”."
        return _check("no", READ, said, to, "Write it")
    if gaps:
        return _check("no", READ, f"Gaps to fill: {'; '.join(gaps)}.", to, "Fill them")
    return _check("yes", READ, "Information, consent and debrief.", to, "Read them")


def _minutes(protocol: Protocol, to: str) -> dict[str, str]:
    rows = designpage.minutes(protocol, pace_of(protocol))
    said = ", ".join(f"{row['phase']} about {row['minutes']} minutes" for row in rows)
    long = any(row["long"] for row in rows)
    return _check("weak" if long else "yes", f"No sitting takes more than {LONG:.0f} minutes", f"{sentence(said)}.", to,
                  "Change it")  # fmt: skip


def _allocation(protocol: Protocol, to: str) -> Iterator[dict[str, str]]:
    key = f"guess-{protocol.hash}"
    if key not in cache:
        cache.set(key, guess_rate(protocol), 86_400)
    rate = cache.get(key)
    if rate is not None:
        said = f"Who knows all arms so far names the next one right in {percent(rate)}."
        yield _check(
            "weak" if rate > TOO_EASY else "yes", "The next arm is hard to foretell", said, to, "Look at the balance"
        )


def _cases(study: Study) -> Iterator[dict[str, str]]:
    if study.kind != Study.Kind.MAIN:
        return
    if study.is_launched:
        n = study.unsigned_cases
        said = f"{sentence(counted(n, 'case'))} unsigned: {study.unsigned_reason}" if n else "All of them."
    else:
        n, said = (
            1,
            "Cases that no clinician has signed need the owner’s reason at the launch, which the report prints.",
        )
    yield _check("weak" if n else "yes", "Its cases are signed by a clinician", said)


def _approval(study: Study, to: str) -> dict[str, str]:
    given = study.approvals.filter(content_sha256=content_hash_of(study)).order_by("-at").first()
    by = given and User.objects.filter(pk=given.by_id).first()
    if given:
        said = f"By {by or 'somebody who has left'} on {given.at:%d %B %Y}. {given.comment}".strip()
        return _check("yes", "A second person approved this version", said)
    others = study.roles.exclude(user__in=authors_of(study)).filter(role__in=["owner", "researcher"]).exists()
    said = (
        "Whoever wrote none of it approves it below." if others else "Give somebody who wrote none of it a role first."
    )
    return _check("no" if study.kind == "main" else "weak", "A second person approved this version", said, to, "People")


def _record(study: Study) -> Iterator[dict[str, Any]]:
    names = _names(study.transitions.values_list("by_id", flat=True))
    for row in study.transitions.order_by("-at", "-pk"):
        yield {"what": STEPS[row.step].done, "row": row, "by": names.get(row.by_id, "the platform")}


def _names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    return {user.pk: str(user) for user in User.objects.filter(pk__in={one for one in ids if one})}


def amendment_rows(rows: Iterable[Amendment], user: User) -> list[dict[str, Any]]:
    rows = list(rows)
    names = _names([one for row in rows for one in (row.proposed_by_id, row.approved_by_id)])
    return [
        {
            "row": row,
            "proposed_by": names.get(row.proposed_by_id, "somebody who has left"),
            "approved_by": names.get(row.approved_by_id, ""),
            "open": row.effective_at is None and row.dropped_at is None,
            "own": row.proposed_by_id == user.pk,
        }
        for row in rows
    ]
