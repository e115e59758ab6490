"""The smallest valid rows, made through the same actions as real ones.

The pack in `tests/content/mini` has four cases in two forms; its study has two arms, two strata and two phases.
"""

import datetime
import itertools
import uuid
from functools import lru_cache
from pathlib import Path

from simlab.engine.casefile import Pack, load_pack
from simlab.people.actions import create_user
from simlab.people.models import User
from simlab.sittings import actions as sittings
from simlab.sittings.messages import Message
from simlab.sittings.models import Participant, Sitting
from simlab.studies import actions as studies
from simlab.studies.models import CaseImage, Document, Invitation, PackVersion, Study
from simlab.studies.reading import read_folder

MINI = Path(__file__).parent / "content" / "mini"
NOW = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)

_number = itertools.count(1)


@lru_cache
def mini_pack() -> Pack:
    return load_pack(MINI)


def with_picture(folder: Path, name: str, content: bytes, case: str = "tired-and-cold") -> None:
    """Give the last finding of a case in a copy of the mini pack a picture."""
    file = folder / case / "case.yaml"
    head, mark, tail = file.read_text().partition("record:\n")
    head, text, end = head.rstrip().rpartition("}")
    file.write_text(f"{head}, image: {name}, alt: A picture{text}{end}\n{mark}{tail}")
    (folder / case / name).write_bytes(content)


def a_user(**fields: object) -> User:
    defaults = {"email": f"person-{next(_number)}@example.org", "password": "correct horse battery"}
    return create_user(**{**defaults, **fields})


def a_loaded_pack() -> PackVersion:
    return studies.load_pack(pack=mini_pack(), now=NOW)


def a_draft(*, kind: str = "demonstration", by: User | None = None, slug: str | None = None) -> Study:
    a_loaded_pack()
    source, documents = read_folder(MINI)
    slug = slug or f"study-{next(_number)}"
    return studies.create_study(slug=slug, kind=kind, source=source, documents=documents, by=by, now=NOW)


def a_study(
    *, kind: str = "demonstration", by: User | None = None, per_stratum: int = 8, seed: str | None = "factory"
) -> Study:
    """A launched study."""
    draft = a_draft(kind=kind, by=by)
    return studies.launch_study(
        study=approved(draft) if kind == "main" else draft,
        by=by,
        now=NOW,
        per_stratum=per_stratum,
        seed=seed,
        unsigned_because="The cases of tests are nobody's to sign." if kind == "main" else "",
    )


def approved(study: Study) -> Study:
    """A study that was rehearsed, and found fit by a second person."""
    studies.note_rehearsal(study=study, by=None, now=NOW)
    second = a_user()
    studies.grant_role(study=study, user=second, role="researcher", by=None, now=NOW)
    return studies.approve_study(study=study, by=second, now=NOW)


def close(study: Study, now: datetime.datetime = NOW) -> Study:
    """Lock a trial and name its arms, as one does at its end."""
    studies.lock_study(study=study, by=None, now=now)
    return studies.unblind_study(study=study, by=None, reason="All data are in.", now=now)


ONE_NUDGE = """
simlab: study/1
title: One nudge
population: {roles: [gp, gp-registrar]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [mini], forms: {A: 2}, rotate: fixed}
arms: {nudged: 1}
phases: {part: {advice: way}}
advice:
  way: {%s}
"""


def a_nudged_study(way: str, *, source: str = "") -> Study:
    """A launched study of one arm whose two cases are advised in this way, as written under `advice`."""
    a_loaded_pack()
    documents = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
    study = studies.create_study(
        slug="one", kind="demonstration", source=source or ONE_NUDGE % way, documents=documents, by=None, now=NOW
    )
    return studies.launch_study(study=study, by=None, now=NOW, per_stratum=4, seed="one")


def an_invitation(study: Study | None = None) -> Invitation:
    return studies.open_link(study=study or a_study(), by=None, now=NOW)[0]


def an_arrival(study: Study | None = None) -> Participant:
    return sittings.arrive(invitation=an_invitation(study), now=NOW)


def a_consented(study: Study | None = None) -> Participant:
    participant = an_arrival(study)
    document = Document.objects.latest_of(participant.study, "consent")
    statements = ["I have read the information.", "I agree to take part."]
    return sittings.give_consent(
        participant=participant, document=document, statements=statements, agreed=True, now=NOW
    )


def a_participant(study: Study | None = None, *, grade: str = "gp", arm: str | None = None) -> Participant:
    """An enrolled participant; with `arm`, places are taken until one of that arm comes up."""
    study = study or a_study()
    while True:
        participant = sittings.declare_eligibility(participant=a_consented(study), answers={"grade": grade}, now=NOW)
        if arm is None or participant.slot.arm == arm:
            return participant


def a_sitting(participant: Participant | None = None, *, arm: str | None = None) -> Sitting:
    return sittings.open_sitting(participant=participant or a_participant(arm=arm), now=NOW)


def a_case_image(sitting: Sitting) -> CaseImage:
    """A picture of the case that is open in the sitting."""
    version = sitting.encounters.open().get().planned.case_version
    return CaseImage.objects.create(
        case_version=version, name="picture.png", sha256="", media_type="image/png", width=4, height=3, content=b"PNG"
    )


def a_message(seq: int, kind: str = "event", encounter: object = None, /, **body: object) -> dict:
    """A message as plain data, as a browser would send it."""
    return {
        "uuid": str(uuid.uuid4()),
        "seq": seq,
        "kind": kind,
        "encounter": str(encounter) if encounter else None,
        "t_mono_ms": 1000.5 * seq,
        "t_origin_ms": 1.7e12,
        "body": body,
    }


def an_answer(seq: int, encounter: object, stage: str = "initial", term: str = "Gout", confidence: int = 60) -> dict:
    answer = {"differential": [{"term": term, "icd10": None}], "confidence": confidence, "management": None}
    return a_message(seq, "answer", encounter, stage=stage, answer=answer)


def sit_through(participant: Participant, now: datetime.datetime, term: str = "Gout") -> Sitting:
    """Open the sitting that is due and answer every case of it."""
    sitting = sittings.open_sitting(participant=participant, now=now)
    seq = 0
    while encounter := sitting.encounters.open().first():
        seq += 1
        stage = "final" if encounter.stage in ("advice", "reconsider", "final") else "initial"
        message = Message.model_validate(an_answer(seq, encounter.pk, stage, term))
        sittings.record_batch(sitting=sitting, lease=sitting.lease, messages=[message], now=now)
    sitting.refresh_from_db()
    return sitting
