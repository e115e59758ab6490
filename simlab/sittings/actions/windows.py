"""Another window for one person: a deviation from the protocol, so with a reason and on record."""

import datetime

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.sittings.mailmodels import MovedWindow
from simlab.sittings.models import Participant
from simlab.sittings.progress import progress_of
from simlab.studies.actions.unblinding import SHORTEST_REASON


@transaction.atomic
def move_window(
    *,
    participant: Participant,
    phase: str,
    opens: datetime.datetime | None,
    closes: datetime.datetime | None,
    reason: str,
    by: User,
    now: datetime.datetime,
) -> MovedWindow:
    """From now on the phase opens and closes for this person at these times; None leaves that of the protocol.

    Raises Refused for a phase that is finished or unknown, for somebody who is not under way, for a window that ends
    before it begins, and without a reason in a sentence.
    """
    participant = Participant.objects.locked().get(pk=participant.pk)
    if participant.state != Participant.State.ENROLLED:
        raise Refused("wrong-state", "Only somebody who is under way has windows to move.")
    progress = progress_of(participant, now)
    window = progress.windows.get(phase)
    if window is None or window.state == "finished":
        raise Refused("wrong-state", "This part is finished, or is none of this study; its window cannot be moved.")
    if opens is None and closes is None:
        raise Refused("malformed", "Give another opening, another closing, or both.")
    start = opens or window.opens
    if closes and start and closes <= start:
        raise Refused("malformed", "The window would close before it opens. Give a later closing.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("no-reason", "Say in a sentence why the window is moved, for the record of the study.")
    return MovedWindow.objects.create(
        participant=participant, phase=phase, opens=opens, closes=closes, reason=reason.strip(), by_id=by.pk, at=now
    )
