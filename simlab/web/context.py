"""What every template may use beside its own context."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from simlab.sittings.models import Sitting
from simlab.web.places import places_of

PREVIEWS = "previews"


def previewed(request: HttpRequest) -> str | None:
    """The study to go back to, on the pages of somebody who was made for a preview."""
    found = request.session.get(PREVIEWS) if hasattr(request, "session") else None
    match = request.resolver_match
    if not found or not match:
        return None
    sitting = match.kwargs.get("sitting")
    person = Sitting.objects.filter(pk=sitting).values_list("participant_id", flat=True).first() if sitting else None
    return found.get(str(person or match.kwargs.get("participant")))


def page(request: HttpRequest) -> dict[str, Any]:
    """`user`; `places`: where this person can go, asked of the database only by pages that show it; `previewing`: the
    study of which this browser last started a preview, where the page belongs to a participant."""
    return {
        "user": request.user,
        "previewing": previewed(request),
        "places": SimpleLazyObject(lambda: places_of(request) if request.user.is_authenticated else []),
    }
