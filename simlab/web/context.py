"""What every template may use beside its own context."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from simlab.web.places import places_of


def page(request: HttpRequest) -> dict[str, Any]:
    """`user`, and `places`: where this person can go; asked of the database only by pages that show it."""
    return {
        "user": request.user,
        "places": SimpleLazyObject(lambda: places_of(request) if request.user.is_authenticated else []),
    }
