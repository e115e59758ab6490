"""Questions to cases being written: what the text of a draft says, what is wrong with it, and who has signed it."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from simlab.engine import yamlfile
from simlab.engine.case import Case, ImageFile, read_case, read_case_text
from simlab.engine.casefile import Pack, content_hash
from simlab.engine.casequality import faults_beside
from simlab.engine.casesigning import state_of
from simlab.engine.errors import Fault, InvalidFile
from simlab.people.models import User
from simlab.studies.models import CaseDraft, CaseRemark, CaseRight, CaseText, CaseVersion, PackVersion
from simlab.studies.pictures import pictures_of, small_pictures
from simlab.studies.reading import pack_of

AUTHOR, REVIEWER = CaseRight.Name.AUTHOR, CaseRight.Name.REVIEWER


@dataclass(frozen=True)
class Reading:
    """A draft as it stands: its text, the plain data of it (None when it is no YAML), the case (None while a part is
    missing or wrong) and every fault, the grave ones first in `blocking`, then the mere advice."""

    text: CaseText
    data: Any
    case: Case | None
    files: tuple[ImageFile, ...]
    blocking: tuple[Fault, ...]
    advised: tuple[Fault, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        return (*self.blocking, *self.advised)

    def state(self, today: datetime.date) -> str:
        return state_of(self.case, today.isoformat()) if self.case else "unfinished"


def read_draft(draft: CaseDraft, today: datetime.date, text: CaseText | None = None) -> Reading:
    """The latest text of a draft, or an earlier one, with its faults."""
    text = text or latest_text(draft)
    try:
        data = yamlfile.load(text.source, "case.yaml")[0]
    except InvalidFile as invalid:
        return Reading(text, None, None, (), invalid.faults, ())
    try:
        case, origin, files = read_case_text(text.source, draft.case_id, files_of(draft))
    except InvalidFile as invalid:
        return Reading(text, data, None, (), invalid.faults, ())
    pictures, broken = pictures_of(list(files))
    pack = latest_pack(draft.pack)
    others = {name: other for name, other in pack.cases.items() if name != case.id} if pack else {}
    if pack and case.specialty not in pack.specialties:
        message = f"the specialty “{case.specialty}” is not in the list of the pack."
        broken = [*broken, origin.fault(("specialty",), message, f"Use one of {', '.join(pack.specialties)}.")]
    advised = [*faults_beside(case, origin, others, today.isoformat()), *small_pictures(list(files), pictures)]
    return Reading(text, data, case, files, tuple(broken), tuple(advised))


def latest_text(draft: CaseDraft) -> CaseText:
    return draft.texts.select_related("saved_by").order_by("-number")[0]


def files_of(draft: CaseDraft) -> Mapping[str, bytes]:
    """The pictures of a draft by name; of two of one name the later one."""
    return {picture.name: bytes(picture.content) for picture in draft.pictures.order_by("pk")}


def latest_pack(pack: str) -> Pack | None:
    version = PackVersion.objects.latest_of(pack)
    return pack_of(version) if version else None


def published(draft: CaseDraft, case: Case | None) -> bool:
    """Whether the pack holds the draft just as it stands."""
    version = PackVersion.objects.latest_of(draft.pack)
    return bool(case and version and version.content["cases"].get(draft.case_id) == content_hash(case))


def open_requests(draft: CaseDraft) -> Any:
    """Requests for changes that nobody has settled."""
    asked = draft.remarks.filter(kind=CaseRemark.Kind.CHANGES, settled_by=None)
    return asked.select_related("made_by").order_by("made_at")


def writers_of(draft: CaseDraft) -> set[Any]:
    """Who has put words into the draft; a signature does not make one an author."""
    return set(draft.texts.exclude(why=CaseText.Why.SIGNED).values_list("saved_by", flat=True))


def source_of(version: CaseVersion) -> tuple[str | None, dict[str, bytes]]:
    """The file and the pictures that a case version was made from, where they are still to be had.

    They are looked for in the case folder of this installation and among the drafts; None when neither holds the same
    content.
    """
    folder = Path(settings.CASES_DIR) / version.pack / version.case_id
    try:
        case, _, files = read_case(folder)
    except InvalidFile:
        case, files = None, ()
    if case is not None and content_hash(case) == version.sha256:
        with (folder / "case.yaml").open(encoding="utf-8", newline="") as file:
            return file.read(), {one.name: one.content for one in files}
    draft = CaseDraft.objects.filter(pack=version.pack, case_id=version.case_id).first()
    return (None, {}) if draft is None else _source_in(draft, version)


def _source_in(draft: CaseDraft, version: CaseVersion) -> tuple[str | None, dict[str, bytes]]:
    files = dict(files_of(draft))
    for text in draft.texts.order_by("-number")[:50]:
        try:
            case = read_case_text(text.source, draft.case_id, files)[0]
        except InvalidFile:
            continue
        if content_hash(case) == version.sha256:
            return text.source, files
    return None, {}


def has_right(user: User, pack: str, *names: str) -> bool:
    """True for staff, and for who holds one of the rights in the pack; with no names, any right will do."""
    if not user.is_authenticated:
        return False
    held = CaseRight.objects.filter(user=user, pack=pack)
    return user.is_staff or (held.filter(name__in=names) if names else held).exists()


def may_write(user: User, draft: CaseDraft) -> bool:
    return draft.created_by_id == user.pk or has_right(user, draft.pack, AUTHOR)


def may_sign(user: User, draft: CaseDraft) -> bool:
    """Reviewers and staff, but not under their own words."""
    return has_right(user, draft.pack, REVIEWER) and user.pk not in writers_of(draft)
