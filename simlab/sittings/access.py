"""Whose participant and whose sitting this is. What belongs to somebody else does not exist: 404."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse

from simlab.people import vault
from simlab.sittings.models import Participant, Sitting
from simlab.sittings.prepared import Prepared

SESSION_KEY = "participants"
MOST_REMEMBERED = 20

_READ = Prepared(lambda pk: Sitting.objects.with_participant().filter(pk=pk), UUID)
_LOCKED = Prepared(lambda pk: Sitting.objects.locked().filter(pk=pk), UUID)

View = Callable[..., HttpResponse]


def remember(request: HttpRequest, participant: Participant) -> None:
    """Let this browser act for the participant. The session gets a new key, as at a log-in."""
    known = [key for key in request.session.get(SESSION_KEY, []) if key != str(participant.pk)]
    request.session.cycle_key()
    request.session[SESSION_KEY] = [*known, str(participant.pk)][-MOST_REMEMBERED:]


def participants_here(request: HttpRequest) -> list[str | UUID]:
    """Everyone this browser or this person may act for."""
    own = vault.participants_of(request.user) if request.user.is_authenticated else []
    return [*request.session.get(SESSION_KEY, []), *own]


def may_act_for(request: HttpRequest, participant_id: UUID) -> bool:
    if str(participant_id) in request.session.get(SESSION_KEY, []):
        return True
    return vault.is_participant(request.user, participant_id)


def find_participant(request: HttpRequest, participant: UUID) -> Participant:
    found = Participant.objects.with_study().filter(pk=participant).first()
    if found is None or not may_act_for(request, found.pk):
        raise Http404
    return found


def find_sitting(request: HttpRequest, sitting: UUID, *, locked: bool = False) -> Sitting:
    """The sitting with participant, slot, study and protocol; `locked` for the rest of this transaction."""
    found = (_LOCKED if locked else _READ).one(sitting)
    if found is None or not may_act_for(request, found.participant_id):
        raise Http404
    return found


def participant_required(view: View) -> View:
    """For routes with `<uuid:participant>`: the view gets the Participant itself."""

    @wraps(view)
    def wrapped(request: HttpRequest, participant: UUID, **kwargs: object) -> HttpResponse:
        return view(request, find_participant(request, participant), **kwargs)

    return wrapped


def sitting_required(view: View) -> View:
    """For routes with `<uuid:sitting>`: the view gets the Sitting itself, with participant, slot, study, protocol."""

    @wraps(view)
    def wrapped(request: HttpRequest, sitting: UUID, **kwargs: object) -> HttpResponse:
        return view(request, find_sitting(request, sitting), **kwargs)

    return wrapped
