"""Taking a place: the next of the stratum's list, or one of the arm that a minimisation chooses now."""

import datetime

from django.db.models import Count

from simlab.engine.errors import Refused
from simlab.engine.minimisation import choose, uniforms
from simlab.engine.protocol import Protocol
from simlab.engine.recruitment import balanced_features
from simlab.sittings.models import Participant
from simlab.studies.models import MinimisedChoice, Slot, Stratum, Study


def claim(participant: Participant, protocol: Protocol, now: datetime.datetime) -> Slot:
    """The place of somebody who is about to be enrolled; the caller's transaction takes it back if anything fails."""
    if protocol.is_minimised:
        return _minimised(participant, protocol, now)
    return _next(participant.study, participant.stratum)


# One statement, because everybody else of the stratum waits from here to the end of the transaction.
_NEXT = """
WITH taken AS (
    UPDATE studies_stratum SET claimed = claimed + 1
    WHERE study_id = %(study)s AND name = %(stratum)s AND claimed < size
    RETURNING claimed)
SELECT slot.* FROM studies_slot slot, taken
WHERE slot.study_id = %(study)s AND slot.stratum = %(stratum)s AND slot.ordinal = taken.claimed
"""


def _next(study: Study, stratum: str) -> Slot:
    """The next free slot. The update takes the row lock of the counter and rolls back with the enrolment: no hole."""
    found = list(Slot.objects.raw(_NEXT, {"study": study.pk, "stratum": stratum}))
    if not found:
        raise Refused("slots-exhausted", "All places for your role are taken. Thank you for your interest.")
    return found[0]


def _minimised(participant: Participant, protocol: Protocol, now: datetime.datetime) -> Slot:
    """One person at a time: the locks of all counters, in one order, make the counts and the number true."""
    study = participant.study
    counters = list(Stratum.objects.select_for_update().filter(study=study).order_by("name"))
    number = sum(counter.claimed for counter in counters) + 1
    preferred = protocol.allocation.preferred
    made = choose(protocol.arms, preferred, _counts(participant, protocol), uniforms(study.allocation_seed, number))
    slot = _next(study, made.arm)
    MinimisedChoice.objects.create(
        study=study,
        slot=slot,
        number=number,
        draw=made.draw,
        cutoff=made.cutoff,
        pick=made.pick,
        counts=made.counts,
        eligible=list(made.eligible),
        chosen_at=now,
    )
    return slot


def _counts(participant: Participant, protocol: Protocol) -> dict[str, dict[str, int]]:
    """Level → arm → people allocated so far, for the levels of this person."""
    counts = {}
    for feature in balanced_features(protocol.allocation):
        level = getattr(participant, feature)
        same = Participant.objects.filter(study=participant.study, slot__isnull=False, **{feature: level})
        found = same.values_list("slot__arm").annotate(people=Count("pk"))
        counts[f"{feature}={level}"] = dict(found)
    return counts
