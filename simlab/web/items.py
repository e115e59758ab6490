"""The educator's review of cases as items of a test."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from simlab.teaching import items
from simlab.teaching.models import Cohort
from simlab.web.presenters import itemspage


@login_required
@require_safe
def cohort(request: HttpRequest, cohort: UUID) -> HttpResponse:
    """Models of many answers take over a second and come when asked for: `?models=fit`."""
    found = get_object_or_404(Cohort, pk=cohort, owner=request.user)
    sheet = items.sheet_of(found)
    wanted = items.is_small(sheet) or request.GET.get("models") == "fit"
    context = itemspage.page_of(sheet, items.modelled(sheet) if wanted and len(sheet.rows) else None)
    return render(request, "educator/items.jinja", {"cohort": found, **context})
