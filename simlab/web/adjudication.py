"""The page on which two raters judge answers in people's own words, without knowing whose they are."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.adjudication import items_of, next_for
from simlab.studies import clock
from simlab.studies.models import Study
from simlab.web.presenters import adjudicating
from simlab.web.rights import study_or_404


@login_required
@never_cache
@require_safe
def adjudication(request: HttpRequest, study: UUID) -> HttpResponse:
    return _page(request, study_or_404(request, study))


@login_required
@require_POST
def rate(request: HttpRequest, study: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    said = {name: request.POST.get(name, "") for name in ("case", "text", "right")}
    try:
        if said["right"] not in ("yes", "no"):
            raise Refused("malformed", "Say whether the text counts as the reference answer.")
        actions.rate_text(
            study=found,
            case_id=said["case"],
            text=said["text"],
            right=said["right"] == "yes",
            by=request.user,
            now=clock.now(found),
        )
    except Refused as refused:
        return _page(request, found, refused)
    return redirect("adjudication", found.pk)


@login_required
@require_POST
def rescore(request: HttpRequest, study: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    try:
        actions.apply_verdicts(study=found, by=request.user, now=clock.now(found))
    except Refused as refused:
        return _page(request, found, refused)
    return redirect("adjudication", found.pk)


def _page(request: HttpRequest, study: Study, refused: Refused | None = None) -> HttpResponse:
    items = items_of(study)
    page = adjudicating.page_of(items, next_for(items, request.user), study.rescorings.select_related("by"))
    context = {"study": study, "problem": refused and refused.message, **page}
    return render(request, "researcher/adjudication.jinja", context, status=refused.status if refused else 200)
