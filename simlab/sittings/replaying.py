"""Questions for the replay of a sitting: which may be replayed, and its messages in words."""

from django.db.models import Count, QuerySet

from simlab.engine.answerwords import words_of
from simlab.engine.errors import Refused
from simlab.engine.replay import Frame, Told, frames
from simlab.sittings.models import Event, Participant, Sitting
from simlab.studies.models import Study
from simlab.studies.reading import case_of

HIDDEN = (
    "A replay shows whether advice was given, and so the arm. It opens when the study is unblinded, after the lock or "
    "before in need."
)


def sittings_of(study: Study) -> QuerySet[Sitting]:
    """Sittings that sent something, of everybody whose answers may be used. Raises Refused while arms are hidden."""
    if study.hides_arms:
        raise Refused("blinded", HIDDEN)
    wanted = ["", Participant.Withdrawal.KEEP]
    used = Sitting.objects.filter(participant__study=study, participant__withdrawal__in=wanted)
    told = used.annotate(messages=Count("events")).filter(messages__gt=0)
    return told.select_related("participant__slot", "participant__study__protocol").order_by("-opened_at", "pk")


def replay_of(sitting: Sitting) -> list[Frame]:
    """Every frame of a sitting; what was kept apart because it could not be taken is not in it."""
    rows = sitting.events.select_related("encounter__planned").order_by("lease", "seq")
    return frames([_told(row, place) for place, row in enumerate(rows, start=1)])


def _told(row: Event, place: int) -> Told:
    case = row.encounter.position if row.encounter else 0
    return Told(row.kind, row.t_mono_ms, row.t_origin_ms, place, case, row.payload, _words(row))


def _words(row: Event) -> str:
    """An answer as it was recorded; one that was not applied is told as such."""
    if row.kind != "answer":
        return ""
    decision = getattr(row, "decision", None)
    if decision is None:
        return "not taken"
    question = case_of(row.encounter.planned.case_version_id).question
    return f"{'; '.join(words_of(question, decision.answer))} (confidence {decision.answer['confidence']})"
