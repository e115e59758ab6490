"""A researcher replays a sitting from what its browser sent."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from simlab.engine.errors import Refused
from simlab.sittings.replaying import replay_of, sittings_of
from simlab.web.rights import study_or_404

A_PAGE = 50


@login_required
@never_cache
@require_safe
def replays(request: HttpRequest, study: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    try:
        page = Paginator(sittings_of(found), A_PAGE).get_page(request.GET.get("page"))
    except Refused as refused:
        return render(request, "researcher/studio/replays.jinja", {"study": found, "hidden": refused.message})
    return render(request, "researcher/studio/replays.jinja", {"study": found, "page": page})


@login_required
@never_cache
@require_safe
def replay(request: HttpRequest, study: UUID, sitting: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    try:
        one = get_object_or_404(sittings_of(found), pk=sitting)
    except Refused as refused:
        context = {"study": found, "hidden": refused.message}
        return render(request, "researcher/studio/replays.jinja", context, status=refused.status)
    return render(request, "researcher/studio/replay.jinja", {"study": found, "sitting": one, "frames": replay_of(one)})
