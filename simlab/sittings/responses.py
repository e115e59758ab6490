"""Answers to questionnaires as tables: for the analysis, and for export with their scores."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from simlab.engine.instrument import attention_passed, events_told, items_for_statistics, score
from simlab.sittings.models import InstrumentResponse, Participant
from simlab.studies.models import Study
from simlab.studies.reading import instruments_of, protocol_of

COLUMNS = (
    "participant", "study_kind", "protocol_sha256", "instrument", "version", "sha256", "point", "phase", "sitting",
    "position", "given_at",
    "kind", "name", "value",
)  # fmt: skip


def questionnaires_of(study: Study) -> dict[tuple[UUID, str], str]:
    """(participant, phase) → the items of the scales that the statistics know, as JSON (column `questionnaire`).

    Where a questionnaire was answered several times in a phase, the last answer counts.
    """
    found: dict[tuple[UUID, str], dict[str, list]] = defaultdict(dict)
    if not protocol_of(study).instruments:
        return {}
    for row in _responses(study):
        _, instrument = instruments_of(study)[row.instrument.name]
        found[row.participant_id, row.phase] |= items_for_statistics(instrument, row.answers)
    return {key: json.dumps(scales, sort_keys=True) for key, scales in found.items() if scales}


def events_of(study: Study) -> dict[tuple[UUID, str], dict[str, bool]]:
    """(participant, phase) → what was told of each event after allocation; the phase is empty for the whole study.

    Told once counts, however often it was denied later.
    """
    found: dict[tuple[UUID, str], dict[str, bool]] = defaultdict(dict)
    if not protocol_of(study).instruments:
        return {}
    for row in _responses(study):
        _, instrument = instruments_of(study)[row.instrument.name]
        told = found[row.participant_id, row.phase]
        for event, value in events_told(instrument, row.answers).items():
            if value is not None:
                told[event] = value or told.get(event, False)
    return found


def export_rows(study: Study) -> Iterator[dict[str, Any]]:
    """One row an answer (`item`), a `score`, an attention `check` and an `event` told. It names no arm."""
    for row in _responses(study):
        _, instrument = instruments_of(study)[row.instrument.name]
        head = {
            "participant": str(row.participant_id),
            "study_kind": study.kind,
            "protocol_sha256": row.protocol_sha256,
            "instrument": instrument.id,
            "version": instrument.version,
            "sha256": row.instrument.sha256,
            "point": row.point,
            "phase": row.phase,
            "sitting": row.sitting or None,
            "position": row.position or None,
            "given_at": row.given_at.isoformat(),
        }
        told = [("item", name, value) for name, value in row.answers.items()]
        told += [("score", name, value) for name, value in score(instrument, row.answers).items()]
        told += [("event", name, value) for name, value in events_told(instrument, row.answers).items()]
        passed = attention_passed(instrument, row.answers)
        told += [("check", "attention", passed)] if passed is not None else []
        for kind, name, value in told:
            yield {**head, "kind": kind, "name": name, "value": _text(value)}


def _text(value: Any) -> Any:
    return ";".join(value) if isinstance(value, list) else value


def _responses(study: Study):
    rows = InstrumentResponse.objects.filter(
        participant__in=Participant.objects.usable().filter(study=study)
    ).select_related("instrument")
    return rows.order_by("participant", "given_at", "pk")
