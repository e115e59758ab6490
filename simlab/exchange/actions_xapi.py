"""Telling a learning record store what was finished. Safe to repeat: what is sent twice has the same ids."""

import base64
import datetime
import logging
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.crypto import salted_hmac

from simlab.engine import scoring
from simlab.engine.formscores import score_answer
from simlab.exchange import outbound, xapi
from simlab.exchange.models import Told
from simlab.sittings.adjudication import judged_of
from simlab.sittings.models import Encounter, Participant, Sitting
from simlab.studies.reading import case_of, synonyms_of

MOST_AT_ONCE = 50
LONGEST_WAIT_MIN = 24 * 60
TRIALS = ("main", "pilot")
TRAINING = "training"
_log = logging.getLogger(__name__)


def tell_finished(*, now: datetime.datetime) -> int:
    """Send what is due, one request a sitting, and note how it went. Returns how many arrived; 0 where it is off."""
    if not settings.XAPI_URL:
        return 0
    return sum(_tell(sitting, now) for sitting in due(now))


def due(now: datetime.datetime) -> list[Sitting]:
    """Finished sittings of people, in training and trials, not told yet; nothing of those who took it back."""
    told = Told.objects.filter(sitting=OuterRef("pk"))
    people = Participant.objects.usable().filter(virtual=False, study__kind__in=[TRAINING, *TRIALS])
    waiting = Sitting.objects.filter(completed_at__lte=now, participant__in=people)
    settled = told.filter(sent_at__isnull=False) | told.filter(next_at__gt=now)
    found = waiting.exclude(Exists(settled)).with_participant().order_by("completed_at", "pk")
    return list(found[:MOST_AT_ONCE])


def _tell(sitting: Sitting, now: datetime.datetime) -> bool:
    row, _ = Told.objects.get_or_create(sitting=sitting.pk)
    try:
        problem = _send(statements_of(sitting))
    except Exception as fault:  # noqa: BLE001  one sitting that cannot be told must not hold up all others
        _log.exception("a sitting could not be put into statements")
        problem = f"It could not be written: {fault}"
    row.attempts += 1
    row.problem = problem[:300]
    row.sent_at, row.next_at = (None, now + _wait(row.attempts)) if problem else (now, None)
    row.save()
    if problem:
        _log.warning("The learning record store was not told of a sitting (attempt %d): %s", row.attempts, problem)
    return not problem


def _wait(attempts: int) -> datetime.timedelta:
    return datetime.timedelta(minutes=min(2 ** min(attempts, 12), LONGEST_WAIT_MIN))


def _send(statements: list[xapi.Statement]) -> str:
    """The problem in words, empty when it arrived. 409: the store has these already, from an answer that got lost."""
    key = base64.b64encode(f"{settings.XAPI_KEY}:{settings.XAPI_SECRET}".encode()).decode()
    headers = {"X-Experience-API-Version": xapi.VERSION, "Authorization": f"Basic {key}"}
    try:
        url = f"{settings.XAPI_URL.rstrip('/')}/statements"
        reply = outbound.post_json(url, statements, headers=headers, allowed=settings.OUTBOUND_ALLOWED)
    except outbound.NotReached as fault:
        return str(fault)
    return "" if reply.status in (200, 204, 409) else f"It answered with status {reply.status}."


def statements_of(sitting: Sitting) -> list[xapi.Statement]:
    """What is told of a sitting: all of it in training, that it was finished in a trial."""
    participant, training = sitting.participant, sitting.participant.study.kind == TRAINING
    finished = xapi.Finished(
        who=_who(participant, training), study=str(participant.study_id), study_title=participant.study.title,
        sitting=sitting.pk, phase=sitting.phase, number=sitting.number, ended=sitting.completed_at,
        began=sitting.opened_at if training else None,
    )  # fmt: skip
    return xapi.statements(settings.BASE_URL.rstrip("/"), finished, _cases(sitting) if training else [])


def _who(participant: Participant, training: bool) -> str:
    """A trainee is one over all tries. In a trial nobody is, or what a trainee does there could be looked up."""
    seat = getattr(participant, "seat", None) if training else None
    one: UUID = seat.trainee_id if seat else participant.pk
    return salted_hmac("simlab.exchange.xapi", str(one), algorithm="sha256").hexdigest()[:32]


def _cases(sitting: Sitting) -> list[xapi.Answered]:
    study = sitting.participant.study
    names, judged = synonyms_of(study), judged_of(study)
    met = sitting.encounters.exclude(closed_at=None).filter(decisions__isnull=False).distinct().order_by("position")
    found = met.select_related("planned").prefetch_related("decisions")
    return [_answered(encounter, names, judged) for encounter in found]


def _answered(encounter: Encounter, names: scoring.Synonyms, judged: dict) -> xapi.Answered:
    case = case_of(encounter.planned.case_version_id)
    answers = {decision.stage: decision.answer for decision in encounter.decisions.all()}
    answer = answers.get("final") or answers["initial"]
    known = {**names, **scoring.synonyms_of([case.reference.diagnosis])}
    scored = score_answer(case.question, case.reference.diagnosis, answer, known, judged.get(case.id))
    return xapi.Answered(
        encounter=encounter.pk, case_version=str(encounter.planned.case_version_id), title=case.title,
        began=encounter.opened_at, ended=encounter.closed_at, score=scored.score, correct=scored.correct,
        confidence=answer.get("confidence"),
    )  # fmt: skip
