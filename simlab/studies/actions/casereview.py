"""Reviewing a case: remarks, requests for changes, signatures, and publishing it in its pack."""

import datetime

from django.db import transaction

from simlab.engine import yamledit
from simlab.engine.case import Case, Status
from simlab.engine.casefile import Pack, Term
from simlab.engine.casesigning import signed_status, substance_hash
from simlab.engine.errors import Refused
from simlab.engine.parsing import hyphenated
from simlab.engine.scoring import canonical, synonyms_of
from simlab.people.models import User
from simlab.studies.actions.casewriting import _store
from simlab.studies.actions.content import load_pack
from simlab.studies.casedrafts import (
    AUTHOR,
    Reading,
    has_right,
    latest_text,
    may_sign,
    may_write,
    open_requests,
    read_draft,
)
from simlab.studies.models import CaseDraft, CaseRemark, CaseSignature, CaseText, PackVersion
from simlab.studies.reading import pack_of

STATUS_ORDER = tuple(hyphenated(name) for name in Status.model_fields)


@transaction.atomic
def remark(
    *,
    draft: CaseDraft,
    body: str,
    by: User,
    now: datetime.datetime,
    kind: str = CaseRemark.Kind.COMMENT,
    place: str = "",
    settles: CaseRemark | None = None,
) -> CaseRemark:
    """Say something about a draft, ask for a change, or (with `settles`) answer such a request."""
    if not (may_write(by, draft) or has_right(by, draft.pack)):
        raise Refused("not-yours", "Only authors and reviewers of the pack may remark on this case.")
    if not body.strip():
        raise Refused("malformed", "Write what you want to say.")
    if settles is not None and (settles.draft_id != draft.pk or settles.kind != CaseRemark.Kind.CHANGES):
        raise Refused("malformed", "Only a request for changes in this case can be settled.")
    if settles is not None and CaseRemark.objects.filter(settles=settles).exists():
        raise Refused("already-settled", "This request is settled already.")
    return CaseRemark.objects.create(
        draft=draft, kind=CaseRemark.Kind.SETTLED if settles else kind, body=body.strip(), place=place.strip()[:200],
        text_number=latest_text(draft).number, settles=settles, made_at=now, made_by=by,
    )  # fmt: skip


@transaction.atomic
def sign_case(
    *,
    draft: CaseDraft,
    seen: int,
    name: str,
    role: str,
    registration: str,
    review_by: datetime.date,
    by: User,
    now: datetime.datetime,
) -> CaseSignature:
    """Sign the case as it stands. The words about the person are the person's own.

    `seen` is the number of the text that was read. The signature is written into the file as well, so that it goes
    where the file goes; both hold for this content only. Raises Refused.
    """
    draft = CaseDraft.objects.select_for_update().get(pk=draft.pk)
    words = [" ".join(part.split()) for part in (name, role, registration)]
    reading = read_draft(draft, now.date())
    _refuse_signature(draft, reading, seen, words, review_by, by, now.date())
    assert reading.case is not None  # noqa: S101  refused above
    sha256 = substance_hash(reading.case)
    status = signed_status(
        name=words[0], role=words[1], registration=words[2],
        on=now.date().isoformat(), review_by=review_by.isoformat(), sha256=sha256,
    )  # fmt: skip
    source = reading.text.source
    for key, value in status.items():
        source = yamledit.set_value(source, ("status", key), value, STATUS_ORDER)
    _store(draft, source, reading.text.number + 1, CaseText.Why.SIGNED, by, now)
    return CaseSignature.objects.create(
        draft=draft, pack=draft.pack, case_id=draft.case_id, content_sha256=sha256, name=words[0], role=words[1],
        registration=words[2], review_by=review_by, signed_at=now, signed_by=by,
    )  # fmt: skip


def _refuse_signature(
    draft: CaseDraft, reading: Reading, seen: int, words: list[str], review_by: datetime.date, by: User,
    today: datetime.date,
) -> None:  # fmt: skip
    if not may_sign(by, draft):
        why = "You wrote part of this case" if has_right(by, draft.pack) else "You are no reviewer of this pack"
        raise Refused("not-reviewer", f"{why}. Ask another reviewer to sign it.")
    if not all(words) or max(map(len, words)) > 120:
        raise Refused("malformed", "Give your name, your role and your registration, each in up to 120 characters.")
    if review_by <= today:
        raise Refused("malformed", "The day of the next review must be after today.")
    if seen != reading.text.number:
        raise Refused("changed-meanwhile", "The case was changed after you opened this page. Read it again, then sign.")
    if reading.case is None or reading.blocking:
        raise Refused("not-sound", "This case is not finished. Its faults are listed under Problems.")
    if open_requests(draft).exists():
        raise Refused("open-requests", "Changes have been asked for and are not settled yet.")
    if CaseSignature.objects.filter(draft=draft, content_sha256=substance_hash(reading.case), signed_by=by).exists():
        raise Refused("already-signed", "You have signed this case as it stands.")


@transaction.atomic
def publish_case(*, draft: CaseDraft, by: User, now: datetime.datetime) -> PackVersion:
    """Put the case into its pack as an immutable version; studies launched from now on use it.

    Conditions that the pack's list lacks are added to it, so that every arm is offered the same. Raises Refused while
    the case has faults that keep it from being sat.
    """
    if not has_right(by, draft.pack, AUTHOR):
        raise Refused("not-author", "Only authors of the pack may publish cases in it.")
    version = PackVersion.objects.select_for_update().latest_of(draft.pack)
    reading = read_draft(draft, now.date())
    if reading.case is None or reading.blocking:
        raise Refused("not-sound", "This case is not finished. Its faults are listed under Problems.")
    pack = pack_of(version)
    cases = {**pack.cases, draft.case_id: reading.case}
    made = Pack.model_construct(
        **{name: getattr(pack, name) for name in Pack.model_fields if name not in ("cases", "terms", "images")},
        terms=(*pack.terms, *new_terms(pack, reading.case)),
        cases=dict(sorted(cases.items())),
        images={draft.case_id: reading.files} if reading.files else {},
    )
    return load_pack(pack=made, now=now)


def new_terms(pack: Pack, case: Case) -> list[Term]:
    """The conditions of a case that the list of its pack lacks."""
    if case.question.kind != "ranked-differential":
        return []
    names = synonyms_of(pack.terms)
    known = set(names.values())
    suggested = [advice.diagnosis for advice in case.advice if advice.diagnosis and not advice.unusable]
    lacking = [term for term in (case.reference.diagnosis, *suggested) if canonical(term.term, names) not in known]
    return list({term.term: term for term in reversed(lacking)}.values())
