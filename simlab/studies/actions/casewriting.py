"""Writing a case: drafts, their texts and pictures. Every save is a text of its own, so nothing is ever lost."""

import datetime
import re
from collections.abc import Mapping

from django.db import transaction

from simlab.engine.casefile import Pack
from simlab.engine.caseimages import MOST_BYTES
from simlab.engine.errors import Refused
from simlab.engine.yamlfile import MOST_BYTES as MOST_TEXT
from simlab.people.models import User
from simlab.studies.actions.content import load_pack
from simlab.studies.casedrafts import AUTHOR, has_right, may_write
from simlab.studies.models import CaseDraft, CaseRight, CaseText, DraftPicture, PackVersion
from simlab.studies.reading import pack_of

PICTURE_NAME = re.compile(r"^[A-Za-z0-9._-]{1,110}\.(png|jpg|jpeg|webp)$")
NAME = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
LICENCE = "CC-BY-4.0"


@transaction.atomic
def start_pack(
    *, name: str, title: str, description: str, specialties: list[str], terms_of: str, by: User, now: datetime.datetime
) -> PackVersion:
    """A pack without cases, of which `by` becomes the first author. Its list of conditions is copied from `terms_of`.

    Raises Refused for a name that is taken, or that could not be a folder's.
    """
    _slugs(name, *specialties)
    if not title.strip() or not description.strip() or not specialties:
        raise Refused("malformed", "A pack needs a title, a description and at least one specialty.")
    if PackVersion.objects.filter(pack=name).exists():
        raise Refused("name-taken", f"There is a pack called “{name}” already. Choose another name.")
    lender = PackVersion.objects.latest_of(terms_of)
    pack = Pack.model_construct(
        id=name, title=title.strip(), description=description.strip(), notice=None, licence=LICENCE,
        specialties=tuple(specialties), terms=pack_of(lender).terms if lender else (), forms={}, cases={}, images={},
    )  # fmt: skip
    CaseRight.objects.create(pack=name, user=by, name=AUTHOR)
    return load_pack(pack=pack, now=now)


@transaction.atomic
def start_draft(
    *,
    pack: str,
    case_id: str,
    source: str,
    files: Mapping[str, bytes],
    why: str,
    by: User,
    now: datetime.datetime,
) -> CaseDraft:
    """A draft with its first text. Raises Refused when the pack has a draft of that name, or no pack is loaded."""
    _slugs(case_id)
    if not PackVersion.objects.filter(pack=pack).exists():
        raise Refused("no-pack", f"There is no pack called “{pack}”.")
    if CaseDraft.objects.filter(pack=pack, case_id=case_id).exists():
        raise Refused("name-taken", f"A draft of “{case_id}” exists already. Open it, or choose another name.")
    in_pack = case_id in PackVersion.objects.latest_of(pack).content["cases"]
    if in_pack and not has_right(by, pack, AUTHOR):
        raise Refused("not-author", f"“{case_id}” is a case of this pack. Ask an author of the pack to change it.")
    draft = CaseDraft.objects.create(pack=pack, case_id=case_id, created_at=now, created_by=by)
    _store(draft, source, 1, why, by, now)
    for name, content in files.items():
        put_picture(draft=draft, name=name, content=content, by=by, now=now)
    return draft


@transaction.atomic
def save_text(
    *, draft: CaseDraft, source: str, after: int, by: User, now: datetime.datetime, why: str = CaseText.Why.WRITTEN
) -> CaseText:
    """Keep a text as the latest one of its draft. The same text again changes nothing.

    `after` is the number of the text that was changed. Raises Refused when somebody else has saved meanwhile.
    """
    draft = CaseDraft.objects.select_for_update().get(pk=draft.pk)
    if not may_write(by, draft):
        raise Refused("not-author", "Only its authors may change this case.")
    latest = draft.texts.order_by("-number")[0]
    if latest.source == source:
        return latest
    if latest.number != after:
        raise Refused(
            "changed-meanwhile",
            f"{latest.saved_by} saved this case at {latest.saved_at:%H:%M} while you were writing. Your words are "
            "still on this page, under “The file” as well. Copy what you want to keep, then load the page again.",
        )
    return _store(draft, source, latest.number + 1, why, by, now)


def _store(draft: CaseDraft, source: str, number: int, why: str, by: User, now: datetime.datetime) -> CaseText:
    if "\0" in source:
        raise Refused("malformed", "The file holds a NUL character, so it is no text. Save it as UTF-8 text.")
    if len(source.encode()) > MOST_TEXT:
        raise Refused("malformed", f"The file is larger than {MOST_TEXT // 1_000_000} MB.")
    return CaseText.objects.create(draft=draft, number=number, source=source, why=why, saved_at=now, saved_by=by)


@transaction.atomic
def put_picture(*, draft: CaseDraft, name: str, content: bytes, by: User, now: datetime.datetime) -> DraftPicture:
    """Lay a picture beside the case. The same name again replaces it from now on."""
    if not PICTURE_NAME.match(name):
        raise Refused(
            "malformed", f"“{name}” is no name for a picture. Use letters, digits and hyphens, and .png or .jpg."
        )
    if len(content) > MOST_BYTES:
        raise Refused("malformed", f"{name} has more than {MOST_BYTES // 1_000_000} MB. Save it smaller.")
    if not may_write(by, draft):
        raise Refused("not-author", "Only its authors may change this case.")
    return DraftPicture.objects.create(draft=draft, name=name, content=content, saved_at=now, saved_by=by)


@transaction.atomic
def grant_case_right(*, pack: str, user: User, name: str, by: User) -> CaseRight:
    """Make somebody author or reviewer of a pack; its authors and staff may. Doing it again changes nothing."""
    if not has_right(by, pack, AUTHOR):
        raise Refused("not-author", "Only authors of a pack may give rights in it.")
    if name not in CaseRight.Name.values:
        raise Refused("malformed", f"“{name}” is no right. Use author or reviewer.")
    return CaseRight.objects.get_or_create(pack=pack, user=user, name=name)[0]


@transaction.atomic
def revoke_case_right(*, right: CaseRight, by: User) -> None:
    if not has_right(by, right.pack, AUTHOR):
        raise Refused("not-author", "Only authors of a pack may take rights in it away.")
    right.delete()


def _slugs(*names: str) -> None:
    for name in names:
        if not NAME.match(name) or len(name) > 80:
            raise Refused(
                "malformed", f"“{name}” is no name. Use small letters and digits with hyphens, as in sore-toe."
            )
