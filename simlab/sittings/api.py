"""The participant's JSON: the step the server decided on, and the outbox, through which every answer comes in."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.access import find_sitting, participant_required, sitting_required
from simlab.sittings.actions.recording import BatchResult
from simlab.sittings.messages import MOST_BYTES, parse_answers, parse_batch
from simlab.sittings.models import Participant, Sitting
from simlab.sittings.questions import question_page, questions_due
from simlab.sittings.reading import current_step
from simlab.studies import clock
from simlab.studies.models import PackVersion

REMEDIES = {
    "malformed": "Load the page again. If this goes on, tell the study team.",
    "not-found": "Open the study with your personal return link.",
    "too-large": "Send fewer messages at a time.",
    "unknown-lease": "Load the page again.",
}


def answers_in_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What is refused or not found becomes JSON with a code, a sentence and what to do."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: object) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except Refused as refused:
            return problem(refused.status, refused.code, refused.message)
        except Http404:
            return problem(404, "not-found", "There is no such sitting, or it is not yours.")

    return wrapped


def problem(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message, "remedy": REMEDIES.get(code, "")}, status=status)


@require_GET
@never_cache
@answers_in_json
@sitting_required
def step(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """The page this participant is on, as data."""
    now = clock.now(sitting.participant.study)
    return JsonResponse(current_step(actions.expire(sitting=sitting, now=now), now))


@require_POST
@never_cache
@answers_in_json
def outbox(request: HttpRequest, sitting: UUID) -> HttpResponse:
    """Take a batch of messages. 200 when all is on record; 409 when one conflicts; 423 when the study is locked."""
    found, done = take(request, sitting)
    return reply_to(done, step=f"/api/sittings/{found.pk}/step/")


def take(request: HttpRequest, sitting: UUID) -> tuple[Sitting, BatchResult]:
    """Record the batch that the request holds, in one transaction that begins with the lock of its sitting.

    Raises Refused for what is no batch, Http404 for a sitting that is not this browser's.
    """
    raw = request.body
    with transaction.atomic():
        found = find_sitting(request, sitting, locked=True)
        if len(raw) > MOST_BYTES:
            raise Refused("too-large", f"A batch may have at most {MOST_BYTES // 1024} KB.")
        batch = parse_batch(raw)
        now = clock.now(found.participant.study)
        return found, actions.record_locked(sitting=found, lease=batch.lease, messages=batch.messages, now=now)


def reply_to(done: BatchResult, **more: object) -> JsonResponse:
    body = {"acked": done.acked, "results": done.results, "stale": done.stale, **more}
    return JsonResponse({**body, **done.problem}, status=done.status)


@require_GET
@cache_control(private=True, max_age=86400, immutable=True)
@answers_in_json
def terms(request: HttpRequest, pack_version: UUID) -> HttpResponse:
    """The conditions offered while typing: one list for a pack, the same in every arm."""
    content = PackVersion.objects.filter(pk=pack_version).values_list("content__terms", flat=True).first()
    if content is None:
        raise Http404
    return JsonResponse({"terms": content})


@require_http_methods(["GET", "POST"])
@never_cache
@answers_in_json
@participant_required
def questions(request: HttpRequest, participant: Participant) -> HttpResponse:
    """The questionnaires that are due, without their scoring; POST takes the answers to the first of them."""
    now = clock.now(participant.study)
    due = questions_due(participant, now)
    if request.method == "POST":
        if not due:
            return problem(409, "not-due", "No questions are asked now.")
        actions.answer_questions(participant=participant, due=due[0], answers=parse_answers(request.body), now=now)
        due = questions_due(participant, now)
    return JsonResponse({"due": [question_page(participant.study, one) for one in due]})
