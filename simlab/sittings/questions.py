"""Which questionnaires are due to somebody now: the engine's points applied to what is on record."""

import datetime

from simlab.engine import instrument as engine
from simlab.engine.points import Due, Reached, due
from simlab.sittings.models import Encounter, Participant, Sitting
from simlab.sittings.progress import Progress, progress_of
from simlab.studies.models import Study
from simlab.studies.reading import instruments_of, protocol_of


def due_to(participant: Participant, progress: Progress) -> list[Due]:
    """What is due and not yet answered, in its order; nothing for who has left, or when the study is locked."""
    if not progress.protocol.instruments or progress.has_ended or not progress.is_allocated:
        return []
    return due(progress.protocol, _reached(progress), _answered(participant))


def questions_due(participant: Participant, now: datetime.datetime) -> list[Due]:
    """The same, looked up; `participant.study.protocol` should be loaded."""
    if not protocol_of(participant.study).instruments:
        return []
    return due_to(participant, progress_of(participant, now))


def waits_for_questions(sitting: Sitting, now: datetime.datetime) -> bool:
    """Whether a questionnaire comes between the case that was just closed and the next."""
    instruments = protocol_of(sitting.participant.study).instruments
    if not any(text.startswith("after each case") for text in instruments):
        return False
    return any(one.position for one in questions_due(sitting.participant, now))


def instrument_of(study: Study, name: str) -> engine.Instrument:
    return instruments_of(study)[name][1]


def _reached(progress: Progress) -> Reached:
    going = progress.open_sitting
    return Reached(
        begun={phase: len(rows) for phase, rows in progress.sittings.items()},
        completed={phase: sum(1 for row in rows if row.completed_at) for phase, rows in progress.sittings.items()},
        current=progress.current,
        last_case=_last_case(going) if going else None,
        is_over=progress.is_over,
    )


def _last_case(sitting: Sitting) -> tuple[str, int, int] | None:
    """The case that was closed last, when no other is open; practice is not asked about."""
    last: Encounter | None = sitting.encounters.select_related("planned").order_by("-position").first()
    if last is None or last.closed_at is None or last.planned.purpose == "practice":
        return None
    return sitting.phase, sitting.number, last.position


def _answered(participant: Participant) -> set[Due]:
    rows = participant.responses.values_list("point", "instrument__name", "phase", "sitting", "position")
    return {Due(*row) for row in rows}


def question_page(study: Study, one: Due) -> dict:
    """A questionnaire as it is put: heading, intro and items, without what scores or checks them."""
    instrument = instrument_of(study, one.instrument)
    hidden = {"expected"}
    items = [item.model_dump(mode="json", by_alias=True, exclude=hidden) for item in instrument.items]
    place = {"point": one.point, "phase": one.phase, "sitting": one.sitting, "position": one.position}
    return {
        "instrument": one.instrument,
        "heading": instrument.heading,
        "intro": instrument.intro,
        "items": [
            {**item, "points": list(kept.points) if kept.kind == "scale" else []}
            for item, kept in zip(items, instrument.items, strict=True)
        ],
        **place,
    }
