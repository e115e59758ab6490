"""Error pages in the look of all others. They use no database, because that may be what failed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest, status: int, title: str, *paragraphs: str) -> HttpResponse:
    context = {"title": title, "paragraphs": paragraphs, "show_login": False, "plain": True}
    return render(request, "errors/error.jinja", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 400, "That request made no sense", "Please go back and try again. Nothing has been changed.")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403, "You cannot do that", "Nothing has been changed.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(
        request,
        404,
        "Page not found",
        "Check the address. If you copied it from a message, make sure that the whole of it was copied.",
        "If the page belongs to a study you take part in, open your personal link again. "
        "If it belongs to your account, log in first.",
    )


def failed(request: HttpRequest) -> HttpResponse:
    return page(
        request,
        500,
        "Something went wrong on our side",
        "Please try again in a minute. Answers that were saved are safe.",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(
        request,
        403,
        "This page has been open too long",
        "Go back, load the page again and send the form once more. Nothing has been changed.",
    )


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    return page(
        request, 429, "Too many attempts", "For safety this log-in rests for 15 minutes. Please try again then."
    )
