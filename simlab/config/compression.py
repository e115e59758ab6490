"""Pages and JSON go out compressed; what is compressed already, or is read in pieces, goes out as it is."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

WORTH_IT = ("text/", "application/json", "application/javascript", "image/svg+xml")


class Compressed(GZipMiddleware):
    """Django's own, whose random padding hides how well a secret beside typed text was compressed (BREACH).

    Pictures, archives and streams are left alone: they would cost time and gain nothing.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "")
        if response.streaming or not kind.startswith(WORTH_IT):
            return response
        return super().process_response(request, response)
