"""Keeping what outside advisers answered, and freezing it into a case pack before a trial."""

import datetime
from collections.abc import Mapping

from django.db import transaction

from simlab.engine.case import Advice, Case, Term
from simlab.engine.pack import Pack
from simlab.engine.scoring import canonical, normalise, synonyms_of
from simlab.exchange.asked import Asked, digest_of
from simlab.exchange.models import AdviceRequest
from simlab.studies import actions as studies
from simlab.studies.models import CaseImage, CaseVersion, PackVersion
from simlab.studies.reading import pack_of

JUDGED_BY = "compared by name with the reference and its synonyms"


@transaction.atomic
def record_request(
    *, case_version: CaseVersion, kind: str, service: str, asked: Asked, now: datetime.datetime
) -> AdviceRequest:
    """Keep a request and its answer, whatever it was."""
    return AdviceRequest.objects.create(
        case_version=case_version,
        kind=kind,
        service=service,
        system=asked.source,
        request=asked.request,
        response=asked.response.replace("\x00", "\N{REPLACEMENT CHARACTER}"),
        response_sha256=digest_of(asked.response),
        status=asked.status,
        latency_ms=asked.latency_ms,
        outcome=asked.outcome,
        problem=asked.problem,
        advice_id=advice_id_of(asked),
        asked_at=now,
    )


def advice_id_of(asked: Asked) -> str:
    """A name that tells nothing about right or wrong, the same for the same answer."""
    return f"asked-{digest_of(asked.response)[:12]}" if asked.proposal else ""


@transaction.atomic
def freeze_advice(*, pack: PackVersion, answers: Mapping[str, Asked], now: datetime.datetime) -> PackVersion:
    """A new version of the pack whose cases hold the advice that was given; cases without an answer stay as they are.

    `answers` is by case id. Whether advice is right is settled here, by name; the record of each item says so.
    """
    whole = pack_of(pack)
    cases = dict(whole.cases)
    for case_id, asked in answers.items():
        if asked.proposal is not None and all(one.id != advice_id_of(asked) for one in cases[case_id].advice):
            cases[case_id] = _with_advice(cases[case_id], whole, asked, now)
    made = studies.load_pack(pack=whole.model_copy(update={"cases": cases, "terms": _terms(whole, cases)}), now=now)
    _copy_pictures(pack, made)
    return made


def _with_advice(case: Case, pack: Pack, asked: Asked, now: datetime.datetime) -> Case:
    given = asked.proposal
    names = pack.synonyms() | synonyms_of([case.reference.diagnosis])
    right = canonical(given.diagnosis, names) == canonical(case.reference.diagnosis.term, names)
    told = {
        "id": advice_id_of(asked),
        "correct": right,
        "diagnosis": {"term": _preferred(given.diagnosis, pack, names)},
        "confidence": given.confidence,
        "summary": given.summary,
        "rationale": given.rationale,
        "findings-for": given.findings_for,
        "findings-against": given.findings_against,
        "link": given.link,
        "recorded": {
            "system": asked.source or "unnamed",
            "run": now.isoformat(timespec="seconds"),
            "judged-by": JUDGED_BY,
        },
    }
    advice = Advice.model_validate(told)
    return case.model_copy(update={"advice": (*case.advice, advice)})


def _preferred(term: str, pack: Pack, names: Mapping[str, str]) -> str:
    """The spelling of the pack's list, where it knows the condition by any name."""
    wanted = canonical(term, dict(names))
    known = (one.term for one in pack.terms if canonical(one.term, dict(names)) == wanted)
    return next(known, term)


def _terms(pack: Pack, cases: Mapping[str, Case]) -> tuple[Term, ...]:
    """The list of conditions with those that were newly advised, so that every arm is offered the same."""
    known = {normalise(name) for term in pack.terms for name in (term.term, *term.synonyms)}
    advised = [advice.diagnosis for case in cases.values() for advice in case.advice if advice.diagnosis]
    fresh = {normalise(term.term): Term(term=term.term) for term in advised if normalise(term.term) not in known}
    return (*pack.terms, *fresh.values())


def _copy_pictures(old: PackVersion, new: PackVersion) -> None:
    """The pictures are those of the same cases; they were made safe when the pack was first loaded."""
    before = {row.case_id: row.pk for row in CaseVersion.objects.of_pack_version(old).only("id", "case_id")}
    for version in CaseVersion.objects.of_pack_version(new).only("id", "case_id").filter(images=None):
        pictures = CaseImage.objects.filter(case_version=before[version.case_id])
        for picture in pictures:
            picture.pk, picture.case_version_id = None, version.pk
        CaseImage.objects.bulk_create(pictures)
