"""Sitting a study before it runs, as somebody of a chosen arm: in a copy of its own, whose answers are never data."""

import datetime

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.sittings.models import Participant
from simlab.studies.actions import make_twin
from simlab.studies.models import Slot, Study
from simlab.studies.reading import content_hash_of, protocol_of

PLACES = 8  # in each list of a preview; when they are used up, the next preview makes another copy


@transaction.atomic
def start_preview(*, study: Study, arm: str, by: User | None, now: datetime.datetime) -> Participant:
    """A virtual participant of this arm, enrolled, in a copy of the study as it stands. Raises Refused, InvalidFile."""
    protocol = protocol_of(study)
    if arm not in protocol.arms:
        raise Refused("malformed", "Choose an arm of the study.")
    slot = _free_place(study, arm, by, now)
    grade = slot.stratum if slot.stratum in protocol.population.roles else protocol.population.roles[0]
    return Participant.objects.create(
        study=slot.study,
        slot=slot,
        stratum=slot.stratum,
        grade=grade,
        site=next(iter(protocol.population.sites), ""),
        state=Participant.State.ENROLLED,
        virtual=True,
        created_at=now,
        enrolled_at=now,
    )


def _free_place(study: Study, arm: str, by: User | None, now: datetime.datetime) -> Slot:
    content = content_hash_of(study)
    copies = study.twins.filter(kind=Study.Kind.PREVIEW).select_related("protocol").order_by("-created_at")[:5]
    same = [copy for copy in copies if content_hash_of(copy) == content]
    free = Slot.objects.filter(study__in=same, arm=arm, participant=None).select_related("study").order_by("pk").first()
    if free:
        return free
    places = max(PLACES, 2 * sum(protocol_of(study).arms.values()))
    seed = f"preview {now.isoformat()}"
    copy = make_twin(study=study, seed=seed, by=None, now=now, per_stratum=places, kind=Study.Kind.PREVIEW)
    place = Slot.objects.filter(study=copy, arm=arm).select_related("study").order_by("pk").first()
    if place is None:
        raise Refused("no-place", "The copy of this study drew no place in that arm. Try again.")
    return place
