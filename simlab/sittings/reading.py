"""What a participant may see: the next step and the home page. Nothing here hints at arm, reference or correctness."""

import datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import Count

from simlab.engine.answerwords import further_words, words_of
from simlab.engine.asking import ASKED, Asked, asked_for
from simlab.engine.caseview import WHOLE, seen
from simlab.engine.interruption import ANSWERED
from simlab.engine.nudge import AdvicePolicy
from simlab.sittings.models import Decision, Encounter, Participant, Sitting
from simlab.sittings.nudges import final_answer, place_of, state_of
from simlab.sittings.prepared import Prepared
from simlab.sittings.progress import Progress, progress_of
from simlab.sittings.questions import due_to
from simlab.studies.models import PackVersion, PlannedEncounter, Study
from simlab.studies.reading import case_of, protocol_of, public_case
from simlab.studies.tokens import hash_of

_OPEN = Prepared(lambda pk: Encounter.objects.open().filter(sitting=pk).select_related("planned"), UUID)


def participant_of_return_token(token: str) -> Participant | None:
    return Participant.objects.with_study().filter(return_token_sha256=hash_of(token)).first()


def current_step(sitting: Sitting, now: datetime.datetime | None = None) -> dict:
    """The page the server decides on, as data; see `docs/data-model.md` for its fields.

    The sitting should come with participant, slot, study and protocol, as `find_sitting` gives it. Without `now` the
    step does not say how much time is left.
    """
    encounter = _open_encounter(sitting)
    step = {
        "sitting": str(sitting.pk),
        "lease": sitting.lease,
        "acked": sitting.acked,
        "next_seq": sitting.last_seq + 1,
        "phase_label": protocol_of(sitting.participant.study).phase_label(sitting.phase),
        "page": "encounter" if encounter else "finished",
        "next": f"/sit/{sitting.pk}/" if encounter else f"/me/{sitting.participant_id}/",
        **(_questions(sitting) if encounter is None else {}),
    }
    return {**step, **_encounter_part(sitting, encounter, now)} if encounter else step


def _open_encounter(sitting: Sitting) -> Encounter | None:
    if sitting.completed_at or sitting.participant.state != Participant.State.ENROLLED:
        return None
    return _OPEN.one(sitting.pk)


def _questions(sitting: Sitting) -> dict:
    """Between two cases a sitting may wait for a questionnaire."""
    going = sitting.completed_at is None and sitting.participant.state == Participant.State.ENROLLED
    return {"page": "questions", "next": f"/me/{sitting.participant_id}/questions/"} if going else {}


def case_seen(sitting: Sitting, planned: PlannedEncounter, asked: Asked | None = None) -> dict:
    """The case as the arm is shown it: as it is written, unless the protocol says otherwise."""
    participant = sitting.participant
    view = protocol_of(participant.study).view(participant.slot.arm, sitting.phase)
    if view == WHOLE:
        return public_case(planned.case_version_id)
    case = public_case(planned.case_version_id, view.asked)
    return seen(case, case_of(planned.case_version_id), view, asked.items if asked else ())


def asked_in(sitting: Sitting, encounter: Encounter) -> Asked | None:
    """What has been asked for of this case; None where everything is shown at once."""
    participant = sitting.participant
    protocol = protocol_of(participant.study)
    if not protocol.view(participant.slot.arm, sitting.phase).asked:
        return None
    events = encounter.events.filter(kind="event", payload__name=ASKED).order_by("lease", "seq")
    wanted = [str(item) for item in events.values_list("payload__item", flat=True)]
    case = case_of(encounter.planned.case_version_id)
    return asked_for(case, wanted, protocol.phases[sitting.phase].budget)


def _interruption(sitting: Sitting, encounter: Encounter) -> dict | None:
    """What breaks in at this case and has not been answered yet."""
    participant = sitting.participant
    protocol = protocol_of(participant.study)
    planned = protocol.interruption_at(participant.slot.arm, sitting.phase, sitting.number, encounter.position)
    if planned is None or encounter.events.filter(kind="event", payload__name=ANSWERED).exists():
        return None
    return planned.model_dump(mode="json", by_alias=True, include={"after", "kind", "from_", "text", "replies"})


def _limits(sitting: Sitting, encounter: Encounter, now: datetime.datetime | None) -> dict:
    """Milliseconds left for the case, and how many patients wait after this one; null where there is no such thing."""
    left = encounter.deadline and now and max(encounter.deadline - now, datetime.timedelta(0))
    of = _length(encounter.planned.slot_id, sitting.phase, sitting.number)
    queue = protocol_of(sitting.participant.study).phases[sitting.phase].queue
    return {
        "left_ms": round(left.total_seconds() * 1000) if left is not None else None,
        "waiting": of - encounter.position if queue else None,
        "queue": waiting_in(sitting) if queue else None,
    }


def waiting_in(sitting: Sitting) -> list[dict]:
    """The patients of this sitting that have not been seen: place, title of the case, who it is."""
    planned = PlannedEncounter.objects.filter(
        slot_id=sitting.participant.slot_id, phase=sitting.phase, sitting=sitting.number, encounter=None
    )
    rows = planned.order_by("position").values_list("position", "case_version_id")
    return [
        {"position": position, **{name: public_case(version)[name] for name in ("title", "patient")}}
        for position, version in rows
    ]


def _encounter_part(sitting: Sitting, encounter: Encounter, now: datetime.datetime | None) -> dict:
    planned = encounter.planned
    asked = asked_in(sitting, encounter)
    case = case_seen(sitting, planned, asked)
    if encounter.stage == "early":  # nothing of the case but how the patient comes
        case = {**case, "stages": [], "record": {}}
    return {
        "position": encounter.position,
        "of": _length(planned.slot_id, sitting.phase, sitting.number),
        "encounter": str(encounter.pk),
        "stage": encounter.stage,
        "case": {**case, "version": str(planned.case_version_id)},
        "question": {**case["question"], "confidence": protocol_of(sitting.participant.study).questions.confidence},
        "own_answer": (own := _own_answer(encounter)),
        "own_words": words_of(case_of(planned.case_version_id).question, own) if own else [],
        "own_further": further_words(case_of(planned.case_version_id).question, own) if own else [],
        **_nudges(sitting, encounter),
        **_limits(sitting, encounter, now),
        "asking": {"cost": asked.cost, "left": asked.left, "items": list(asked.items)} if asked else None,
        "interruption": _interruption(sitting, encounter),
        "terms_url": f"/api/terms/{_terms_of(sitting.participant.study_id)}/",
    }


@lru_cache(maxsize=4096)
def _length(slot_id: int, phase: str, number: int) -> int:
    return PlannedEncounter.objects.filter(slot_id=slot_id, phase=phase, sitting=number).count()


@lru_cache(maxsize=256)
def _terms_of(study_id: UUID) -> UUID:
    # A launched study keeps its packs for good, so this may be remembered; its first pack lends the list of terms.
    return PackVersion.objects.filter(studies=study_id).order_by("pack").values_list("pk", flat=True)[0]


def _own_answer(encounter: Encounter) -> dict | None:
    """The answer that stands locked on the page: the first while the second is asked for, then the last."""
    if encounter.stage in ("early", "initial", "final", "advised"):
        return None
    stage = "final" if encounter.stage == "reasons" else "initial"
    return Decision.objects.values_list("answer", flat=True).get(encounter=encounter, stage=stage)


def _nudges(sitting: Sitting, encounter: Encounter) -> dict:
    """The cards on the page, what it waits for, and the live chat, where the arm has one."""
    place, state = place_of(sitting, encounter.planned), state_of(sitting, encounter)
    cards = [{"shown_as": shown.shown_as, "card": shown.card} for shown in place.shown(state)]
    return {
        "advice": next((card["card"] for card in cards if card["shown_as"] == "first"), None),
        "cards": cards,
        "pending": place.pending(state),
        "unavailable": place.policy.label if place.policy and place.is_down(state) else None,
        "reasons": place.reasons(final_answer(encounter)) if encounter.stage == "reasons" else None,
        "chat": _chat(encounter, place.policy) if place.policy and place.policy.is_chat else None,
    }


def _chat(encounter: Encounter, policy: AdvicePolicy) -> dict:
    calls = policy.calls
    turns = list(encounter.turns.order_by("number").values("number", "role", "shown", "outcome"))
    return {
        "label": policy.label,
        "calls": calls,
        "left": calls - sum(turn["role"] == "clinician" for turn in turns),
        "turns": turns,
    }


def home(participant: Participant, now: datetime.datetime) -> dict:
    """A participant's own page: every phase with its window, and what can be done now."""
    progress = progress_of(participant, now)
    study = participant.study
    running = study.state == Study.State.LAUNCHED and participant.state == Participant.State.ENROLLED
    return {
        "study": study,
        "state": participant.state,
        "phases": [_phase(progress, phase, running) for phase in progress.protocol.phase_names],
        "can_start": running and (progress.open_sitting is not None or progress.current is not None),
        "resumes": progress.open_sitting is not None,
        "next_opening": progress.next_opening if running else None,
        "clock_can_move": study.clock_can_move and running,
        "questions": bool(due := due_to(participant, progress)),
        "debrief_ready": bool(progress.debriefed) and not due,
    }


def _phase(progress: Progress, phase: str, running: bool) -> dict:
    window = progress.windows[phase]
    return {
        "name": phase,
        "label": progress.protocol.phase_label(phase),
        "state": window.state,
        "opens": window.opens,
        "closes": window.closes,
        "sittings": progress.protocol.sittings(phase),
        "sat": sum(1 for sitting in progress.sittings[phase] if sitting.completed_at),
        "current": running and phase == progress.current,
    }


def next_opening_of(study: Study, now: datetime.datetime) -> datetime.datetime | None:
    """The earliest moment at which some enrolled participant's next sitting opens; None when nobody waits."""
    waiting = Participant.objects.with_study().filter(study=study, state=Participant.State.ENROLLED)
    openings = [progress_of(participant, now).next_opening for participant in waiting]
    return min((opening for opening in openings if opening), default=None)


def flow_of(study: Study) -> dict[str, int]:
    """How many participants are in each state; no arm."""
    rows = study.participants.values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}
