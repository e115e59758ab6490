"""A study taken by virtual clinicians through the running web application, with the truth they were made with.

A trial is rehearsed on its twin, so that no real slot is used up. A training study is sat itself: there the virtual
clinicians are virtual trainees, and marked as such.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from simlab.analyses import actions
from simlab.analyses.models import Rehearsal
from simlab.rehearsal import conduct
from simlab.rehearsal.key import Key, advice_key, case_key
from simlab.rehearsal.truth import Truth
from simlab.sittings.models import Participant
from simlab.sittings.progress import progress_of
from simlab.studies import actions as study_actions
from simlab.studies import clock
from simlab.studies.models import AdviceVersion, PlannedEncounter, Study
from simlab.studies.reading import case_of, protocol_of

Progress = Callable[[str, int, int], None]
Found = TypeVar("Found")


def rehearse(
    *, study: Study, truth: Truth, clinicians: int, seed: int, base_url: str, threads: int, progress: Progress
) -> tuple[Rehearsal, conduct.Summary]:
    """Let virtual clinicians sit the whole study over HTTP at `base_url`, in compressed time."""
    twin = _stage(study, clinicians, seed)
    _, token = study_actions.open_link(study=twin, by=None, now=timezone.now())
    rehearsal = actions.start_rehearsal(
        twin=twin, truth=truth.document(), seed=seed, clinicians=clinicians, now=timezone.now()
    )
    summary = conduct.run(
        base_url=base_url,
        join_url=f"/join/{token}/",
        key=answer_key(twin, truth),
        truth=truth,
        sittings=conduct.sittings_of(protocol_of(twin)),
        clinicians=clinicians,
        seed=seed,
        advance=_advancer(twin),
        progress=progress,
        ledger_path=ledger_of(rehearsal),
        threads=threads,
        arm_of=arm_of if truth.drop_out.arms else None,
    )
    patiently(lambda: _finish(rehearsal, twin, summary))
    return rehearsal, summary


def arm_of(participant: str) -> str:
    """The arm of a participant. Bots ask only where the truth lets arms differ in who leaves; no page tells them."""
    try:
        return patiently(
            lambda: Participant.objects.with_study().values_list("slot__arm", flat=True).get(pk=participant)
        )
    finally:
        connection.close()  # a bot asks in a thread of its own


def _finish(rehearsal: Rehearsal, twin: Study, summary: conduct.Summary) -> None:
    Participant.objects.filter(study=twin, pk__in=summary.participants).update(virtual=True)
    actions.finish_rehearsal(rehearsal=rehearsal, summary=asdict(summary), now=timezone.now())


def patiently(act: Callable[[], Found]) -> Found:
    """Do something that may be done twice, again and again while the database is away for up to half a minute."""
    for wait_s in (0.25, 0.5, 1, 2, 4, 8, 16):
        close_old_connections()
        try:
            return act()
        except (OperationalError, InterfaceError):
            time.sleep(wait_s)
    return act()


def _stage(study: Study, clinicians: int, seed: int) -> Study:
    if study.kind == Study.Kind.TRAINING:
        return study
    # Whatever the mix of strata, each must have room for everybody.
    return study_actions.make_twin(
        study=study, seed=f"rehearsal {seed}", by=None, now=timezone.now(), per_stratum=clinicians
    )


def ledger_of(rehearsal: Rehearsal) -> Path:
    """Where the bots note each message that the server acknowledged."""
    folder = Path(settings.DATA_DIR) / str(rehearsal.study_id)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"ledger-{rehearsal.pk}.jsonl"


def answer_key(study: Study, truth: Truth) -> Key:
    """What the bots know and no page ever says: the reference of each case, and which advice is right."""
    planned = PlannedEncounter.objects.filter(slot__study=study)
    versions = planned.order_by().values_list("case_version_id", flat=True).distinct()
    advice = AdviceVersion.objects.filter(pk__in=planned.values("advice_version"))
    return Key(
        cases={str(pk): case_key(case_of(pk), truth) for pk in versions},
        advice={str(row.pk): _advice_key(row) for row in advice.only("pk", "case_version_id", "advice_id")},
    )


def _advice_key(row: AdviceVersion):
    case = case_of(row.case_version_id)
    return advice_key(case.advice_by_id(row.advice_id), case)


def _next_opening(study: Study, now: datetime) -> datetime | None:
    """The next window that somebody waits for; of those that open within a day of each other, the last.

    Everybody finished within minutes of each other, so that one step of the clock lets all of them go on.
    """
    waiting = Participant.objects.with_study().filter(study=study, state=Participant.State.ENROLLED)
    found = [progress_of(participant, now).next_opening for participant in waiting]
    openings = sorted(opening for opening in found if opening)
    together = [opening for opening in openings if opening - openings[0] < timedelta(days=1)]
    return together[-1] if together else None


def _advancer(study: Study) -> Callable[[], float | None]:
    """Moves the study's clock to the next window that somebody waits for, as days since the rehearsal began."""
    began = clock.now(study)

    def advance() -> float | None:
        study.refresh_from_db()
        now = clock.now(study)
        opening = _next_opening(study, now)
        if opening is None:
            return None
        if opening > now:
            # A second more: a window opens at its moment, not before.
            study_actions.advance_clock(study=study, step=opening - now + timedelta(seconds=1), now=timezone.now())
        return (clock.now(study) - began).total_seconds() / 86400

    return lambda: patiently(advance)
