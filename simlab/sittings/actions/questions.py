"""Taking the answers to a questionnaire."""

import datetime
from typing import Any

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.engine.instrument import checked_answers
from simlab.engine.points import Due
from simlab.sittings.actions.opening import go_on
from simlab.sittings.models import InstrumentResponse, Participant, Sitting
from simlab.sittings.questions import questions_due
from simlab.studies.models import Study
from simlab.studies.reading import instruments_of


@transaction.atomic
def answer_questions(*, participant: Participant, due: Due, answers: dict[str, Any], now: datetime.datetime) -> bool:
    """Store the answers to a questionnaire that is due, and go on with the sitting that waited for it.

    False when they were stored before: the first answers stay. Raises Refused when it is not due or an answer is not
    one of the instrument.
    """
    participant = Participant.objects.locked().get(pk=participant.pk)
    if participant.study.state != Study.State.LAUNCHED:
        raise Refused("closed", "This study is not running at the moment.")
    if due not in questions_due(participant, now):
        if _rows(participant, due).exists():
            return False
        raise Refused("not-due", "These questions are not asked now.")
    row, instrument = instruments_of(participant.study)[due.instrument]
    InstrumentResponse.objects.create(
        participant=participant,
        instrument_id=row,
        point=due.point,
        phase=due.phase,
        sitting=due.sitting,
        position=due.position,
        answers=checked_answers(instrument, answers),
        protocol_sha256=participant.study.protocol.sha256,
        given_at=now,
    )
    going = Sitting.objects.with_participant().filter(participant=participant, completed_at=None).first()
    if going and not going.encounters.open().exists():
        going = Sitting.objects.with_participant().select_for_update(of=("self",)).get(pk=going.pk)
        go_on(going, after=going.encounters.order_by("-position").values_list("position", flat=True)[0], now=now)
    return True


def _rows(participant: Participant, due: Due):
    place = {"point": due.point, "sitting": due.sitting, "position": due.position}
    return InstrumentResponse.objects.filter(participant=participant, instrument__name=due.instrument, **place)
