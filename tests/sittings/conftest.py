from collections.abc import Callable

import pytest
from django.test import Client

from simlab.sittings.models import Sitting


@pytest.fixture
def browser_of() -> Callable[..., Client]:
    """A client whose session belongs to the sitting's participant."""

    def make(sitting: Sitting, **options: object) -> Client:
        client = Client(**options)
        session = client.session
        session["participants"] = [str(sitting.participant_id)]
        session.save()
        return client

    return make


@pytest.fixture
def send(browser_of) -> Callable[..., object]:
    """POST messages to the outbox of a sitting and give the response."""

    def post(sitting: Sitting, *messages: dict, lease: int | None = None, client: Client | None = None) -> object:
        body = {"lease": lease or sitting.lease, "messages": list(messages)}
        client = client or browser_of(sitting)
        return client.post(f"/api/sittings/{sitting.pk}/outbox/", body, content_type="application/json")

    return post
