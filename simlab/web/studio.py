"""Making a study: from a template to its text, its documents, a preview and the balance of what would be drawn."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.yamledit import CannotEdit
from simlab.sittings import access
from simlab.sittings.actions import previewing
from simlab.sittings.pace import pace_of
from simlab.studies import actions
from simlab.studies.models import Document, DraftText, Study
from simlab.studies.reading import document_of, instruments_of, latest_packs, protocol_of, shipped_instruments
from simlab.studies.templates import read_template, templates
from simlab.web.context import PREVIEWS
from simlab.web.presenters import balancepage, designpage
from simlab.web.rights import study_or_404

SAVED = "Saved. Every save is a version that stays."
UNFINISHED = "Saved as an unfinished text. The study stays at its last version until this one has no faults."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a study from a template. Whoever has an account may: nothing of it reaches anybody before its launch."""
    problem = ""
    if request.method == "POST":
        try:
            made = actions.draft_from_template(
                template=read_template(request.POST.get("template", "")),
                title=request.POST.get("title", ""),
                kind=request.POST.get("kind", ""),
                by=request.user,
                now=timezone.now(),
            )
            return redirect("design", made.pk)
        except (Refused, InvalidFile) as fault:
            problem = str(fault)
    context = {"templates": templates(), "problem": problem, "given": request.POST}
    return render(request, "researcher/studio/new.jinja", context, status=422 if problem else 200)


def checked(study: Study, source: str) -> designpage.Checked:
    known = {**shipped_instruments(), **{name: one for name, (_, one) in instruments_of(study).items()}}
    return designpage.checked(source, latest_packs(), known)


def unfinished_of(study: Study) -> DraftText | None:
    """The text that was saved with faults after the last valid version."""
    later = study.draft_texts.filter(saved_at__gt=study.protocol.created_at).order_by("-saved_at", "-pk")
    return None if study.is_launched else later.first()


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def design(request: HttpRequest, study: UUID) -> HttpResponse:
    found, problem = study_or_404(request, study), ""
    if request.method == "POST":
        source = request.POST.get("source", "").replace("\r\n", "\n").lstrip("\n")
        try:
            kept = actions.save_protocol(study=found, source=source, by=request.user, now=timezone.now())
            request.session["told"] = UNFINISHED if isinstance(kept, DraftText) else SAVED
            return redirect("design", found.pk)
        except Refused as refused:
            problem = refused.message
    unfinished = unfinished_of(found)
    source = unfinished.source if unfinished else found.protocol.source
    pace = pace_of(protocol_of(found))
    context = {"study": found, "source": source, "unfinished": unfinished, "problem": problem, "pace": pace}
    context |= {"versions": found.protocols.defer("source", "document").order_by("-number")}
    context |= designpage.state_of(checked(found, source), pace)
    context["saved"] = request.session.pop("told", "")
    return render(request, "researcher/studio/design.jinja", context, status=409 if problem else 200)


@login_required
@require_POST
def check(request: HttpRequest, study: UUID) -> HttpResponse:
    """The text as it is typed, or with one field of the form put into it: nothing is kept."""
    found = study_or_404(request, study)
    source = request.POST.get("source", "").replace("\r\n", "\n").lstrip("\n")
    trigger, refused = request.headers.get("HX-Trigger-Name", ""), ""
    if trigger.startswith("field:"):
        try:
            source = designpage.with_field(source, trigger.removeprefix("field:"), request.POST.getlist(trigger))
        except (CannotEdit, InvalidFile) as fault:
            refused = str(fault)
    pace = pace_of(protocol_of(found))
    context = {"study": found, "source": source, "swap": trigger.startswith("field:"), "refused": refused}
    context |= {"pace": pace, **designpage.state_of(checked(found, source), pace)}
    return render(request, "researcher/studio/checked.jinja", context)


@login_required
@require_safe
def version(request: HttpRequest, study: UUID, number: int) -> HttpResponse:
    found = study_or_404(request, study)
    one = get_object_or_404(found.protocols, number=number)
    before = found.protocols.filter(number__lt=number).order_by("-number").first()
    difference = before and actions.unified("study.yaml", before.source, one.source)
    context = {"study": found, "version": one, "before": before, "difference": difference}
    return render(request, "researcher/studio/version.jinja", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def documents(request: HttpRequest, study: UUID) -> HttpResponse:
    """What participants read. A launched study shows its texts; they change by amendment."""
    found, problem = study_or_404(request, study), ""
    if request.method == "POST":
        given = {kind: request.POST.get(kind) for kind in Document.Kind.values}
        texts = {kind: text.replace("\r\n", "\n").lstrip("\n") for kind, text in given.items() if text is not None}
        try:
            actions.save_documents(study=found, documents=texts, by=request.user, now=timezone.now())
            request.session["told"] = SAVED
            return redirect("documents", found.pk)
        except Refused as refused:
            problem = refused.message
    rows = [{"kind": kind, "document": document_of(found, kind)} for kind in Document.Kind.values]
    context = {"study": found, "rows": rows, "problem": problem, "saved": request.session.pop("told", "")}
    return render(request, "researcher/studio/documents.jinja", context, status=409 if problem else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, study: UUID) -> HttpResponse:
    """Sit the study as anybody of an arm would, in a copy whose answers are never data."""
    found, problem = study_or_404(request, study), ""
    if request.method == "POST":
        try:
            arm = request.POST.get("arm", "")
            person = previewing.start_preview(study=found, arm=arm, by=request.user, now=timezone.now())
            access.remember(request, person)
            request.session[PREVIEWS] = {**request.session.get(PREVIEWS, {}), str(person.pk): str(found.pk)}
            return redirect("me", person.pk)
        except (Refused, InvalidFile) as fault:
            problem = str(fault)
    context = {"study": found, "protocol": protocol_of(found), "problem": problem}
    return render(request, "researcher/studio/preview.jinja", context, status=409 if problem else 200)


@login_required
@require_safe
def balance(request: HttpRequest, study: UUID) -> HttpResponse:
    return render(request, "researcher/studio/balance.jinja", {"study": study_or_404(request, study)})


@login_required
@never_cache
@require_safe
def balance_report(request: HttpRequest, study: UUID) -> HttpResponse:
    """The part of the page that takes a while: a draw like that of the launch, counted."""
    page = balancepage.page_of(study_or_404(request, study))
    return render(request, "researcher/studio/balance_report.jinja", page)
