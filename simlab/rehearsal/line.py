"""The line between a bot and the site: requests that are repeated until the site has answered them."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from simlab.rehearsal.forms import Form, forms_of

FIRST_WAIT_S, LONGEST_WAIT_S = 0.05, 2.0
GIVE_UP_AFTER_S = 90.0
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Stopped(Exception):  # noqa: N818 – it is an outcome of a bot, named in its report
    """The bot cannot go on; the message says where and why."""


class Line:
    """One person's browser: cookies, the CSRF token, and back-off that ends after `GIVE_UP_AFTER_S` seconds."""

    def __init__(
        self,
        base_url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = httpx.Client(base_url=base_url, transport=transport, follow_redirects=True, timeout=15.0)
        self._sleep = sleep
        self._clock = clock
        self._token = ""
        self.resent = 0

    def close(self) -> None:
        self._client.close()

    def page(self, url: str) -> httpx.Response:
        """Get a page and remember the CSRF token of its first form."""
        return self._remember(self._until_answered("GET", url))

    def submit(self, page: httpx.Response, form: Form, fields: Mapping[str, Any]) -> httpx.Response:
        """Send a form of a page; hidden fields go along as they stand."""
        target = urljoin(str(page.url), form.action) if form.action else str(page.url)
        data = {**form.hidden(), **fields}
        return self._remember(self._until_answered("POST", target, data=data, headers={"Referer": str(page.url)}))

    def json(self, url: str) -> dict[str, Any]:
        """Get a JSON document."""
        answer = self._until_answered("GET", url, headers={"Accept": "application/json"})
        return self._document(answer)

    def post_json(self, url: str, body: Mapping[str, Any], accepted: frozenset[int]) -> tuple[int, dict[str, Any]]:
        """Post a JSON document; returns the status, which is 200 or one of ``accepted``, and the answer."""
        headers = {"X-CSRFToken": self.token, "Referer": str(self._client.base_url), "Accept": "application/json"}
        answer = self._until_answered("POST", url, json=body, headers=headers, accepted=accepted)
        return answer.status_code, self._document(answer)

    @property
    def token(self) -> str:
        """The CSRF token: of the cookie when the site sets one that can be read, else of the last form seen."""
        for cookie in self._client.cookies.jar:
            if cookie.name.endswith("csrftoken") and cookie.value:
                return cookie.value
        return self._token

    def _until_answered(
        self, method: str, url: str, *, accepted: frozenset[int] = frozenset(), **given: Any
    ) -> httpx.Response:
        started, wait = self._clock(), FIRST_WAIT_S
        while True:
            trouble = ""
            try:
                answer = self._client.request(method, url, **given)
            except httpx.TransportError as error:
                trouble = type(error).__name__
            else:
                if answer.is_success or answer.status_code in accepted:
                    return answer
                if answer.status_code not in TRY_AGAIN:
                    raise Stopped(f"{method} {urlsplit(str(answer.url)).path} was answered {answer.status_code}")
                trouble = f"status {answer.status_code}"
            if self._clock() - started > GIVE_UP_AFTER_S:
                raise Stopped(f"{method} {url} had no answer for {GIVE_UP_AFTER_S:.0f} seconds ({trouble})")
            self._sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)
            self.resent += 1

    def _remember(self, answer: httpx.Response) -> httpx.Response:
        for form in forms_of(answer.text):
            token = form.hidden().get("csrfmiddlewaretoken")
            if token:
                self._token = token
        return answer

    def _document(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            document = answer.json()
        except ValueError as error:
            raise Stopped(f"{answer.url.path} did not answer in JSON") from error
        if not isinstance(document, dict):
            raise Stopped(f"{answer.url.path} answered with JSON of another shape")
        return document
