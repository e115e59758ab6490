"""The gap report of a study, for its researchers."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from simlab.sittings.gaps import LATE_S, windows_of
from simlab.web.rights import study_or_404

SKEW_S = 5.0


@login_required
@never_cache
@require_safe
def gaps(request: HttpRequest, study: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    windows = windows_of(found)
    told = [
        one
        for one in windows
        if one.missing or one.quarantined or one.late or (one.skew_s is not None and abs(one.skew_s) > SKEW_S)
    ]
    sums = {name: sum(getattr(one, name) for one in windows) for name in ("recorded", "missing", "quarantined", "late")}
    context = {"study": found, "windows": told, "of": len(windows), "sums": sums, "late_s": round(LATE_S)}
    return render(request, "researcher/studio/gaps.jinja", {**context, "skew_s": round(SKEW_S)})
