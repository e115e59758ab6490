"""The educator's review of a cohort, and the answers behind each of its figures."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from simlab.teaching.cohortreview import answers_behind, cohort_review
from simlab.teaching.models import Cohort
from simlab.web.presenters import reviewpage


@login_required
@require_safe
def cohort(request: HttpRequest, cohort: UUID) -> HttpResponse:
    found = get_object_or_404(Cohort, pk=cohort, owner=request.user)
    return render(
        request, "educator/review.jinja", {"cohort": found, **reviewpage.page_of(cohort_review(found), found)}
    )


@login_required
@require_safe
def answers(request: HttpRequest, cohort: UUID) -> HttpResponse:
    found = get_object_or_404(Cohort, pk=cohort, owner=request.user)
    asked = {name: request.GET.get(name) or None for name in ("trainee", "competence", "case")}
    page = reviewpage.answers_page(found, answers_behind(found, **asked), asked)
    return render(request, "educator/answers.jinja", {"cohort": found, **page})
