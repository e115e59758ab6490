"""Loading packs: files become immutable, hashed rows."""

import datetime
import hashlib

from django.db import connection, transaction

from simlab.engine.casefile import Case, Pack, content_hash, document
from simlab.engine.errors import InvalidFile
from simlab.studies.models import AdviceVersion, CaseImage, CaseVersion, PackVersion
from simlab.studies.pictures import pictures_of


@transaction.atomic
def load_pack(*, pack: Pack, now: datetime.datetime) -> PackVersion:
    """Store a pack. Loading the same content again changes nothing; a changed case becomes a new CaseVersion.

    Raises InvalidFile when a picture cannot be used; nothing is stored then.
    """
    _one_at_a_time(pack.id)
    hashes = {case_id: content_hash(case) for case_id, case in pack.cases.items()}
    _store_cases(pack, hashes, now)
    content = {**_without_cases(pack), "cases": hashes}
    sha256 = content_hash(content)
    latest = PackVersion.objects.latest_of(pack.id)
    if latest and latest.sha256 == sha256:
        return latest
    number = latest.number + 1 if latest else 1
    return PackVersion.objects.create(
        pack=pack.id, title=pack.title, sha256=sha256, content=content, number=number, created_at=now
    )


def _one_at_a_time(pack_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"pack {pack_id}"])


def _without_cases(pack: Pack) -> dict:
    return pack.model_dump(mode="json", by_alias=True, exclude={"cases"})


def _store_cases(pack: Pack, hashes: dict[str, str], now: datetime.datetime) -> None:
    known = set(CaseVersion.objects.filter(pack=pack.id, sha256__in=hashes.values()).values_list("sha256", flat=True))
    new = [case for case in pack.cases.values() if hashes[case.id] not in known]
    versions = CaseVersion.objects.bulk_create(
        [
            CaseVersion(pack=pack.id, case_id=c.id, sha256=hashes[c.id], content=document(c), created_at=now)
            for c in new
        ],
        batch_size=200,
    )
    CaseImage.objects.bulk_create(_image_rows(pack, versions))
    AdviceVersion.objects.bulk_create(
        [row for case, version in zip(new, versions, strict=True) for row in _advice_rows(case, version)],
        batch_size=1000,
    )


def _image_rows(pack: Pack, versions: list[CaseVersion]) -> list[CaseImage]:
    rows, faults = [], []
    for version in versions:
        pictures, wrong = pictures_of(pack.images.get(version.case_id, ()))
        faults += wrong
        rows += [
            CaseImage(
                case_version=version,
                name=picture.name,
                sha256=hashlib.sha256(picture.content).hexdigest(),
                media_type=picture.media_type,
                width=picture.width,
                height=picture.height,
                content=picture.content,
            )
            for picture in pictures
        ]
    if faults:
        raise InvalidFile(faults)
    return rows


def _advice_rows(case: Case, version: CaseVersion) -> list[AdviceVersion]:
    return [
        AdviceVersion(
            case_version=version,
            advice_id=advice.id,
            sha256=content_hash(advice),
            content=document(advice),
            correct=advice.correct,
            error_type=advice.error_type or "",
        )
        for advice in case.advice
    ]
