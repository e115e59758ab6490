"""Reviewing a draft: read all of it, see it as a clinician will, remark, ask for changes, sign."""

import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from simlab.engine.casesigning import substance_hash
from simlab.engine.errors import Refused
from simlab.studies import actions
from simlab.studies.actions.casereview import new_terms
from simlab.studies.casedrafts import (
    AUTHOR,
    REVIEWER,
    has_right,
    latest_pack,
    may_sign,
    may_write,
    open_requests,
    read_draft,
)
from simlab.studies.models import CaseDraft, CaseRemark
from simlab.web import libraryrights as rights
from simlab.web.presenters import casepage, draftpage

REVIEW_YEARS = 2


def _pictures(draft: CaseDraft) -> str:
    return reverse("draft-picture", args=[draft.pk, "x"])[:-1]


@login_required
@never_cache
@require_safe
def preview(request: HttpRequest, draft: UUID) -> HttpResponse:
    found = rights.draft_or_404(request, draft)
    reading = read_draft(found, timezone.now().date())
    if reading.case is None:
        return redirect("draft", found.pk)
    public = casepage.public_of(reading.case, reading.files, _pictures(found))
    try:
        context = casepage.preview_of(reading.case, public, request.GET.get("advice", ""))
    except KeyError:
        raise Http404 from None
    return render(request, "library/preview.jinja", {**context, "pack": found.pack, "draft": found})


@login_required
@never_cache
@require_safe
def review(request: HttpRequest, draft: UUID) -> HttpResponse:
    return page(request, rights.draft_or_404(request, draft))


def page(request: HttpRequest, draft: CaseDraft, problem: str = "", status: int = 200) -> HttpResponse:
    today = timezone.now().date()
    reading = read_draft(draft, today)
    context: dict[str, Any] = draftpage.side_of(draft, reading, problem)
    if reading.case is not None:
        context |= casepage.page_of(reading.case, casepage.public_of(reading.case, reading.files, _pictures(draft)))
        context["hash"] = substance_hash(reading.case)
        pack = latest_pack(draft.pack)
        context["new_terms"] = [term.term for term in new_terms(pack, reading.case)] if pack else []
    context |= {
        "remarks": draft.remarks.select_related("made_by").prefetch_related("settled_by").order_by("made_at"),
        "asked": set(open_requests(draft).values_list("pk", flat=True)),
        "signatures": draft.signatures.order_by("signed_at"),
        "may_write": may_write(request.user, draft),
        "may_sign": may_sign(request.user, draft) and not _has_signed(request, draft, context.get("hash", "")),
        "is_reviewer": has_right(request.user, draft.pack, REVIEWER),
        "may_publish": has_right(request.user, draft.pack, AUTHOR),
        "review_by": today.replace(year=today.year + REVIEW_YEARS, day=min(today.day, 28)),
        "given": request.POST,
        "state": reading.state(today),
    }  # fmt: skip
    return render(request, "library/review.jinja", context, status=status)


def _has_signed(request: HttpRequest, draft: CaseDraft, content: str) -> bool:
    return draft.signatures.filter(signed_by=request.user.pk, content_sha256=content).exists()


@login_required
@require_POST
def remark(request: HttpRequest, draft: UUID) -> HttpResponse:
    """A comment, a request for changes, or the answer to such a request."""
    found = rights.draft_or_404(request, draft)
    given = request.POST
    settles = get_object_or_404(found.remarks, pk=given["settles"]) if given.get("settles", "").isdigit() else None
    kind = CaseRemark.Kind.CHANGES if given.get("kind") == "changes" else CaseRemark.Kind.COMMENT
    words = {"body": given.get("body", ""), "place": given.get("place", ""), "kind": kind, "settles": settles}
    try:
        actions.remark(draft=found, **words, by=request.user, now=timezone.now())
    except Refused as refused:
        return page(request, found, refused.message, refused.status)
    return redirect(f"{reverse('draft-review', args=[found.pk])}#remarks")


@login_required
@require_POST
def sign(request: HttpRequest, draft: UUID) -> HttpResponse:
    """Sign the case that was read, in the signer's own words."""
    found = rights.draft_or_404(request, draft)
    given = request.POST
    words = {name: given.get(name, "") for name in ("name", "role", "registration")}
    try:
        if given.get("sure") != "yes":
            raise Refused("malformed", "Tick that you have read the whole case, then sign.")
        seen = int(given["seen"]) if given.get("seen", "").isdigit() else 0
        day = _day(given.get("review_by", ""))
        actions.sign_case(draft=found, seen=seen, **words, review_by=day, by=request.user, now=timezone.now())
    except Refused as refused:
        return page(request, found, refused.message, refused.status)
    return redirect(f"{reverse('draft-review', args=[found.pk])}#signature")


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refused("malformed", "Give the day of the next review as 2028-11-23.") from None
