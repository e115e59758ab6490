"""The Run page: a study under way, blinded, renewed by itself."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from simlab.sittings import running
from simlab.studies import clock
from simlab.studies.models import Study
from simlab.web.presenters import runpage
from simlab.web.rights import study_or_404


@login_required
@never_cache
@require_safe
def run(request: HttpRequest, study: UUID) -> HttpResponse:
    found = study_or_404(request, study)
    return render(request, "researcher/studio/run.jinja", _context(found))


@login_required
@never_cache
@require_safe
def live(request: HttpRequest, study: UUID) -> HttpResponse:
    """The part that renews itself."""
    found = study_or_404(request, study)
    return render(request, "researcher/studio/run_live.jinja", _context(found))


def _context(study: Study) -> dict:
    return {"study": study, **runpage.page_of(study, running.state_of(study, clock.now(study)))}
