"""Two workshops of examiners: script concordance against a panel, and the pass mark. Uploads are not kept."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from simlab.engine.errors import Refused
from simlab.web.presenters import panelpage


@login_required
@require_http_methods(["GET", "POST"])
def concordance(request: HttpRequest) -> HttpResponse:
    return _workshop(request, "educator/concordance.jinja", panelpage.concordance)


@login_required
@require_http_methods(["GET", "POST"])
def standards(request: HttpRequest) -> HttpResponse:
    return _workshop(request, "educator/standards.jinja", panelpage.standard)


def _workshop(request: HttpRequest, template: str, made: Callable) -> HttpResponse:
    """The form; after an upload what was made of it, or one sentence that says what is wrong with the file."""
    if request.method != "POST":
        return render(request, template, {})
    try:
        return render(request, template, {"found": made(request.POST, request.FILES)})
    except Refused as refused:
        return render(request, template, {"refused": refused.message}, status=422)
