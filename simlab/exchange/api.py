"""The live chat of a case: one question in, one answer out, both kept."""

import json
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from simlab.engine.errors import Refused
from simlab.engine.plaintext import clean
from simlab.exchange import chatmodel
from simlab.exchange.casetext import case_text
from simlab.sittings.access import may_act_for
from simlab.sittings.actions.chatting import record_question, record_turn
from simlab.sittings.api import answers_in_json
from simlab.sittings.models import Encounter
from simlab.sittings.nudges import place_of
from simlab.studies import clock
from simlab.studies.reading import case_of

MOST_BYTES = 16 * 1024
DOWN = "It is not available at the moment. Please go on without it."


@require_POST
@never_cache
@answers_in_json
def chat(request: HttpRequest, encounter: UUID) -> HttpResponse:
    """Ask the model of a declared live arm; what fails is said in words, and the answer can go on."""
    found = _encounter(request, encounter)
    policy = place_of(found.sitting, found.planned).policy
    if policy is None or not policy.is_chat:
        raise Http404
    study = found.sitting.participant.study
    record_question(encounter=found, text=_text(request), calls=policy.calls, now=clock.now(study))
    asked, content = _say(found)
    shown = clean(content) if asked.outcome == "ok" and content.strip() else DOWN
    turn = record_turn(
        encounter=found,
        text=content or asked.response or asked.problem,
        shown=shown,
        model=asked.source or settings.CHAT_MODEL,
        latency_ms=asked.latency_ms,
        failed=shown is DOWN,
        now=clock.now(study),
    )
    left = policy.calls - found.turns.filter(role="clinician").count()
    return JsonResponse({"shown": turn.shown, "left": left, "left_words": left_words(left)})


def left_words(left: int) -> str:
    if left <= 0:
        return "You have asked as often as this case allows."
    return f"You can ask {left} more {'time' if left == 1 else 'times'}."


def _encounter(request: HttpRequest, encounter: UUID) -> Encounter:
    whole = "sitting__participant__study__protocol", "sitting__participant__slot", "planned"
    found = Encounter.objects.select_related(*whole).filter(pk=encounter).first()
    if found is None or not may_act_for(request, found.sitting.participant_id):
        raise Http404
    return found


def _text(request: HttpRequest) -> str:
    try:
        body = json.loads(request.body) if len(request.body) <= MOST_BYTES else None
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        raise Refused("malformed", "The question cannot be read.")
    return body["text"]


def _say(encounter: Encounter) -> tuple[chatmodel.Asked, str]:
    """The next words of the model. It is told the case and the conversation; not who asks, nor in which study."""
    if not settings.CHAT_URL:
        return chatmodel.failed({}, "not-set-up", "SIMLAB_CHAT_URL names no end-point."), ""
    endpoint = chatmodel.Endpoint(
        settings.CHAT_URL, settings.CHAT_MODEL, settings.CHAT_KEY, settings.CHAT_LONGEST_S, settings.OUTBOUND_ALLOWED
    )
    turns = list(encounter.turns.filter(outcome="ok").order_by("number").values_list("role", "shown"))
    case = case_text(case_of(encounter.planned.case_version_id).public())
    return chatmodel.say(endpoint, chatmodel.turn_request(endpoint, case, turns))
