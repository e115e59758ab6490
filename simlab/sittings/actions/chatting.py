"""The turns of a live chat inside a case."""

import datetime
import hashlib

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.sittings.models import ChatTurn, Encounter, Participant
from simlab.studies.models import Study

MOST_CHARACTERS = 2000


@transaction.atomic
def record_question(*, encounter: Encounter, text: str, calls: int, now: datetime.datetime) -> ChatTurn:
    """Take one question to the model. Raises Refused when the case is closed or has used up its calls."""
    locked = Encounter.objects.select_for_update().get(pk=encounter.pk)
    study = encounter.sitting.participant.study
    running = study.state == Study.State.LAUNCHED
    if locked.closed_at or not running or encounter.sitting.participant.state != Participant.State.ENROLLED:
        raise Refused("closed", "This case is closed; nothing more can be asked about it.")
    if not text.strip() or len(text) > MOST_CHARACTERS:
        raise Refused("malformed", f"Write a question of at most {MOST_CHARACTERS} characters.")
    if locked.turns.filter(role="clinician").count() >= calls:
        raise Refused("used-up", "You have asked as often as this case allows.")
    return _turn(locked, "clinician", text, shown=text, now=now)


@transaction.atomic
def record_turn(
    *,
    encounter: Encounter,
    text: str,
    shown: str,
    model: str,
    latency_ms: float | None,
    failed: bool,
    now: datetime.datetime,
) -> ChatTurn:
    """Keep what the model answered, word for word, and what the page was given of it."""
    locked = Encounter.objects.select_for_update().get(pk=encounter.pk)
    more = {"model": model[:120], "latency_ms": latency_ms, "outcome": "failed" if failed else "ok"}
    return _turn(locked, "model", text, shown=shown, now=now, **more)


def _turn(
    encounter: Encounter, role: str, text: str, *, shown: str, now: datetime.datetime, **more: object
) -> ChatTurn:
    kept = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return ChatTurn.objects.create(
        encounter=encounter,
        number=encounter.turns.count() + 1,
        role=role,
        text=kept,
        shown=shown.replace("\x00", "\N{REPLACEMENT CHARACTER}"),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        said_at=now,
        **more,
    )
