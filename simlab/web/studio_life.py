"""The launch checklist, the steps of a study's life, and amendments."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from simlab.analyses.reading_power import was_rehearsed
from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.lifecycle import STEPS, open_steps
from simlab.studies import actions
from simlab.studies.models import Document, Study
from simlab.studies.reading import document_of, has_role
from simlab.web.presenters import launchpage
from simlab.web.rights import study_or_404

WRONG = (Refused, InvalidFile)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def checklist(request: HttpRequest, study: UUID) -> HttpResponse:
    return _checklist(request, study_or_404(request, study))


def _checklist(request: HttpRequest, study: Study, problem: str = "") -> HttpResponse:
    context = {"study": study, "problem": problem, "given": request.POST, **launchpage.page_of(study, request.user)}
    context["steps"] = open_steps(state=study.state, kind=study.kind)
    context["owner"] = has_role(study, request.user, "owner")
    return render(request, "researcher/studio/checklist.jinja", context, status=409 if problem else 200)


@login_required
@require_POST
def step(request: HttpRequest, study: UUID, step: str) -> HttpResponse:
    """Take a step of the table; what it lacks is told on the checklist."""
    found = study_or_404(request, study)
    if step not in STEPS:
        raise Http404
    try:
        TAKEN[step](request, found)
    except WRONG as fault:
        found.refresh_from_db()
        return _checklist(request, found, str(fault))
    return redirect("checklist", found.pk)


def _said(request: HttpRequest, study: Study) -> dict:
    return {"study": study, "by": request.user, "now": timezone.now()}


def _rehearse(request: HttpRequest, study: Study) -> None:
    if not was_rehearsed(study):
        raise Refused("not-rehearsed", "No rehearsal or simulation of this version has ended yet. Rehearse it first.")
    actions.note_rehearsal(**_said(request, study))


def _approve(request: HttpRequest, study: Study) -> None:
    actions.approve_study(**_said(request, study), comment=request.POST.get("reason", ""))


def _launch(request: HttpRequest, study: Study) -> None:
    places = request.POST.get("places", "")
    if not places.isdigit() or not 1 <= int(places) <= launchpage.MOST_PLACES:
        raise Refused("malformed", f"Give the places of each stratum as a number from 1 to {launchpage.MOST_PLACES}.")
    listed = request.FILES.get("listed")
    actions.launch_study(
        **_said(request, study),
        per_stratum=int(places),
        listed=listed.read().decode("utf-8", "replace") if listed else None,
        unsigned_because=request.POST.get("unsigned", ""),
    )


def _with_reason(action: str):
    def take(request: HttpRequest, study: Study) -> None:
        getattr(actions, action)(**_said(request, study), reason=request.POST.get("reason", ""))

    return take


TAKEN = {
    "rehearse": _rehearse,
    "approve": _approve,
    "launch": _launch,
    "pause": _with_reason("pause_study"),
    "resume": lambda request, study: actions.resume_study(**_said(request, study)),
    "lock": _with_reason("lock_study"),
    "unblind": _with_reason("unblind_study"),
    "archive": _with_reason("archive_study"),
    "revise": lambda request, study: actions.withdraw_approval(
        **_said(request, study), reason=request.POST.get("reason", "")
    ),
}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def amendments(request: HttpRequest, study: UUID) -> HttpResponse:
    """Every amendment with its difference; the form proposes another."""
    found, problem = study_or_404(request, study), ""
    if request.method == "POST":
        texts = {kind: _text(request, kind) for kind in Document.Kind.values if kind in request.POST}
        try:
            actions.propose_amendment(
                source=_text(request, "source"), documents=texts, reason=request.POST.get("reason", ""),
                **_said(request, found),
            )  # fmt: skip
            return redirect("amendments", found.pk)
        except WRONG as fault:
            problem = str(fault)
    return _amendments(request, found, problem)


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n").lstrip("\n")


def _amendments(request: HttpRequest, study: Study, problem: str) -> HttpResponse:
    rows = study.amendments.select_related("protocol").order_by("-number")
    texts = {kind: getattr(document_of(study, kind), "text", "") for kind in Document.Kind.values}
    context = {"study": study, "problem": problem, "amendments": launchpage.amendment_rows(rows, request.user)}
    context |= {"source": study.protocol.source, "texts": texts, "given": request.POST if problem else {}}
    return render(request, "researcher/studio/amendments.jinja", context, status=409 if problem else 200)


@login_required
@require_POST
def decide(request: HttpRequest, study: UUID, number: int) -> HttpResponse:
    """Put an amendment into force, or give it up."""
    found = study_or_404(request, study)
    one = get_object_or_404(found.amendments, number=number)
    take = actions.approve_amendment if request.POST.get("what") == "approve" else actions.drop_amendment
    try:
        take(amendment=one, by=request.user, now=timezone.now())
    except WRONG as fault:
        return _amendments(request, found, str(fault))
    return redirect("amendments", found.pk)
