"""One form for everything that is refused: a code for programs, a sentence and what to do for people."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from simlab.engine.errors import InvalidFile, Refused
from simlab.stats.errors import BadInput

REMEDIES = {
    "not-found": "Check the address; what belongs to a study of others is not found.",
    "not-authenticated": "Send a token: “Authorization: Bearer simlab_…”.",
    "too-many-requests": "Wait as many seconds as the header Retry-After says.",
}
CODES = {
    400: "malformed", 401: "not-authenticated", 403: "no-right", 404: "not-found", 405: "method-not-allowed",
    406: "not-acceptable", 415: "not-json", 429: "too-many-requests",
}  # fmt: skip


def problem(fault: Exception, context: dict[str, Any]) -> Response | None:
    """The answer for an exception; None for one that nobody foresaw, which the server answers with 500."""
    if isinstance(fault, Refused):
        return _answer(fault.status, fault.code, fault.message)
    if isinstance(fault, InvalidFile):
        faults = [
            {"place": one.place, "message": one.message, "remedy": one.remedy, "line": one.line, "field": one.field}
            for one in fault.faults
        ]
        many = f"{len(faults)} faults were found." if len(faults) > 1 else faults[0]["message"]
        return _answer(422, "invalid-file", many, "Mend what is listed and send it again.", faults)
    if isinstance(fault, BadInput):
        return _answer(422, "malformed", str(fault))
    if isinstance(fault, Http404):
        fault = exceptions.NotFound()
    elif isinstance(fault, PermissionDenied):
        fault = exceptions.PermissionDenied()
    return _of_framework(fault) if isinstance(fault, exceptions.APIException) else None


def _of_framework(fault: exceptions.APIException) -> Response:
    code = CODES.get(fault.status_code, "failed")
    if isinstance(fault, exceptions.ValidationError):
        faults = _fields(fault.detail)
        words = "; ".join(f"{one['field']}: {one['message']}" if one["field"] else one["message"] for one in faults)
        answer = _answer(422, "malformed", words, "Mend these fields and send it again.", faults)
    elif isinstance(fault, exceptions.NotFound):
        answer = _answer(404, code, "There is no such thing here, or it is not yours.")
    else:
        answer = _answer(fault.status_code, code, str(fault.detail))
    if header := getattr(fault, "auth_header", None):
        answer["WWW-Authenticate"] = header
    if wait := getattr(fault, "wait", None):
        answer["Retry-After"] = str(int(wait) + 1)
    return answer


def _fields(detail: Any, field: str = "") -> list[dict[str, Any]]:
    if isinstance(detail, dict):
        return [one for name, inner in detail.items() for one in _fields(inner, f"{field}.{name}".lstrip("."))]
    if isinstance(detail, list) and any(isinstance(one, dict | list) for one in detail):
        return [one for n, inner in enumerate(detail) if inner for one in _fields(inner, f"{field}[{n}]")]
    words = detail if isinstance(detail, list) else [detail]
    return [{"field": field.removesuffix(".non_field_errors"), "message": str(word)} for word in words]


def _answer(status: int, code: str, message: str, remedy: str = "", faults: list | None = None) -> Response:
    body = {"code": code, "message": message, "remedy": remedy or REMEDIES.get(code, "")}
    return Response(body | ({"faults": faults} if faults else {}), status=status)
