"""Keys to the REST API: make one, see it once, revoke it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from simlab.engine.errors import Refused
from simlab.exchange.actions_tokens import RIGHTS, make_token, revoke_token
from simlab.exchange.models import ApiToken
from simlab.studies.models import Study
from simlab.web.rights import RESEARCH

TERMS = [(30, "30 days"), (90, "90 days"), (365, "a year")]


def studies_of(request: HttpRequest) -> list[Study]:
    mine = Study.objects.filter(parent=None)
    if not request.user.is_superuser:
        mine = mine.filter(roles__user=request.user, roles__role__in=RESEARCH).distinct()
    return list(mine.order_by("title"))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The secret is in the answer to the form and nowhere else: not in the session, the database or a log."""
    context = {"rights": RIGHTS, "terms": TERMS, "studies": studies_of(request), "given": request.POST, "chosen": []}
    if request.method == "POST":
        context["chosen"] = request.POST.getlist("rights")
        try:
            context["made"], context["secret"] = made(request, context["studies"])
            context["given"], context["chosen"] = {}, []
        except Refused as refused:
            context["problem"] = refused.message
    context["tokens"] = request.user.api_tokens.select_related("study").order_by("-created_at")
    context["now"] = timezone.now()
    return render(request, "accounts/tokens.jinja", context, status=422 if "problem" in context else 200)


def made(request: HttpRequest, studies: list[Study]) -> tuple[ApiToken, str]:
    wanted, days = request.POST.get("study", ""), request.POST.get("days", "")
    study = next((one for one in studies if str(one.pk) == wanted), None)
    if wanted and study is None:
        raise Refused("malformed", "Choose one of your studies.")
    return make_token(
        user=request.user,
        name=request.POST.get("name", ""),
        study=study,
        rights=request.POST.getlist("rights"),
        days=int(days) if days.isdigit() else 0,
        now=timezone.now(),
    )


@login_required
@require_POST
def revoke(request: HttpRequest, token: UUID) -> HttpResponse:
    found = request.user.api_tokens.filter(pk=token).first()
    if found is None:
        raise Http404
    revoke_token(token=found, now=timezone.now())
    return redirect("tokens")
