"""Keeping what somebody writes for themselves after the debrief."""

import datetime
from uuid import UUID

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.sittings.debrief import debrief
from simlab.sittings.models import Participant
from simlab.sittings.reflections import Reflection

LONGEST = 4000


@transaction.atomic
def write_reflection(
    *, participant: Participant, text: str, now: datetime.datetime, encounter: UUID | None = None
) -> Reflection | None:
    """Add a version of the reflection on a debriefed case, or on all cases; earlier versions stay.

    None where it says what stands there already. Raises Refused before the debrief, after leaving, for a case that is
    not in the debrief, and for words that are none or too many.
    """
    held = Participant.objects.locked().get(pk=participant.pk)
    if held.state == Participant.State.WITHDRAWN:
        raise Refused("left", "You have left the study, so nothing more is stored. Keep your words elsewhere.")
    met = {case["encounter"] for case in debrief(held, now)["cases"]}
    if not met or (encounter is not None and encounter not in met):
        raise Refused("not-debriefed", "This case is not in your debrief. Write about one that is.")
    words = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not words:
        raise Refused("no-words", "There is nothing to keep yet. Write at least a word.")
    if len(words) > LONGEST:
        raise Refused("too-long", f"This has {len(words):,} characters. Shorten it to {LONGEST:,} or fewer.")
    latest = Reflection.objects.filter(participant=held, encounter=encounter).last()
    if latest and latest.text == words:
        return None
    return Reflection.objects.create(participant=held, encounter_id=encounter, text=words, written_at=now)
