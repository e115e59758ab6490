"""Writing a case: the form beside its file, pictures, history, and the way out as `case.yaml`."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from simlab.engine import yamlfile
from simlab.engine.errors import InvalidFile, Refused
from simlab.studies import actions
from simlab.studies.casedrafts import latest_text, may_write, read_draft
from simlab.studies.models import CaseDraft, CaseText
from simlab.studies.reading import pack_of
from simlab.web import libraryrights as rights
from simlab.web.downloads import attachment
from simlab.web.library import YAML
from simlab.web.presenters import caseform, caseskeleton, draftpage


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_case(request: HttpRequest, pack: str) -> HttpResponse:
    """Begin a case: from nothing, or from a file."""
    held = pack_of(rights.pack_or_404(request, pack))
    problem = ""
    if request.method == "POST":
        try:
            return redirect("draft", _begun(request, pack, held.specialties).pk)
        except (Refused, InvalidFile) as refused:
            problem = str(refused)
    context = {"pack": held, "problem": problem, "given": request.POST}
    return render(request, "library/new_case.jinja", context, status=422 if problem else 200)


def _begun(request: HttpRequest, pack: str, specialties: tuple[str, ...]) -> CaseDraft:
    given = request.POST
    name, specialty = given.get("name", "").strip(), given.get("specialty", specialties[0])
    if file := request.FILES.get("file"):
        source, why = text_of(file), CaseText.Why.IMPORTED
        data = yamlfile.load(source, "case.yaml")[0]
        name = str(data.get("id", "")) if isinstance(data, dict) else ""
    else:
        source, why = caseskeleton.text_for(name, given.get("title", "").strip(), specialty), CaseText.Why.WRITTEN
    begun = {"pack": pack, "case_id": name, "source": source, "files": {}, "why": why}
    return actions.start_draft(**begun, by=request.user, now=timezone.now())


def text_of(file: UploadedFile) -> str:
    """The text of an uploaded file, character by character."""
    if file.size > yamlfile.MOST_BYTES:
        raise Refused("malformed", f"The file is larger than {yamlfile.MOST_BYTES // 1_000_000} MB.")
    try:
        return file.read().decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("malformed", "The file is not UTF-8 text. Save it again with the encoding UTF-8.") from None


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, draft: UUID) -> HttpResponse:
    """The form. Each change is saved at once, with the checks told beside it; a button adds, removes or moves."""
    found = rights.draft_or_404(request, draft)
    if not may_write(request.user, found):
        return redirect("draft-review", found.pk)
    problem = _saved(request, found) if request.method == "POST" else ""
    if request.headers.get("HX-Request"):
        return render(request, "library/side.jinja", _context(request, found, problem, live=True))
    if request.method == "POST" and not problem:
        return redirect(f"{request.path}#{anchor}" if (anchor := request.POST.get("at")) else request.path)
    return render(request, "library/draft.jinja", _context(request, found, problem), status=409 if problem else 200)


def _saved(request: HttpRequest, draft: CaseDraft) -> str:
    """Keep what was posted; the problem in words, or nothing."""
    posted = request.POST
    try:
        current = latest_text(draft)
        after = int(posted.get("after", "0")) if posted.get("after", "").isdigit() else 0
        if after != current.number:  # refused there, in words that say who and when
            source = current.source + "\n"
        elif "source" in posted:
            source = _same_breaks(posted["source"], current.source)
        else:
            source = caseform.edited(current.source, posted)
            source = caseform.acted(source, posted["act"]) if posted.get("act") else source
            source = draftpage.unsigned_if_changed(source, draft, current)
        actions.save_text(draft=draft, source=source, after=after, by=request.user, now=timezone.now())
    except (Refused, InvalidFile) as refused:
        return str(refused)
    return ""


def _same_breaks(given: str, current: str) -> str:
    """A browser sends every break of a line as CR and LF; the file keeps those it had."""
    given = given.replace("\r\n", "\n")
    return given.replace("\n", "\r\n") if "\r\n" in current else given


def _context(request: HttpRequest, draft: CaseDraft, problem: str, *, live: bool = False) -> dict[str, Any]:
    reading = read_draft(draft, timezone.now().date())
    source = _unsaved(request, reading.text.source) if problem and not live else reading.text.source
    sections = [] if live else draftpage.sections_for(draft, reading)
    return {**draftpage.side_of(draft, reading, problem), "source": source, "sections": sections}


def _unsaved(request: HttpRequest, current: str) -> str:
    """What a person wrote and could not save, as a whole file, so that none of it is lost."""
    if "source" in request.POST:
        return request.POST["source"]
    try:
        return caseform.edited(current, request.POST)
    except (Refused, InvalidFile):
        return current


@login_required
@require_POST
def upload(request: HttpRequest, draft: UUID) -> HttpResponse:
    """A file in place of the text, or pictures beside it."""
    found = rights.draft_or_404(request, draft)
    try:
        for picture in request.FILES.getlist("pictures"):
            actions.put_picture(
                draft=found, name=picture.name, content=picture.read(), by=request.user, now=timezone.now()
            )
        if file := request.FILES.get("file"):
            given = {"source": text_of(file), "after": latest_text(found).number, "why": CaseText.Why.IMPORTED}
            actions.save_text(draft=found, **given, by=request.user, now=timezone.now())
    except Refused as refused:
        return render(request, "library/draft.jinja", _context(request, found, refused.message), status=refused.status)
    return redirect("draft", found.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def history(request: HttpRequest, draft: UUID) -> HttpResponse:
    """Every text that was saved; one of them can be made the latest again."""
    found = rights.draft_or_404(request, draft)
    texts = found.texts.select_related("saved_by").order_by("-number")
    problem = ""
    if request.method == "POST":
        chosen = get_object_or_404(texts, number=request.POST.get("number") or 0)
        given = {"source": chosen.source, "after": texts[0].number, "why": CaseText.Why.RESTORED}
        try:
            actions.save_text(draft=found, **given, by=request.user, now=timezone.now())
            return redirect("draft", found.pk)
        except Refused as refused:
            problem = refused.message
    context = {"draft": found, "rows": draftpage.history_of(list(texts)), "problem": problem}
    return render(request, "library/history.jinja", {**context, "may_write": may_write(request.user, found)})


@login_required
@require_safe
def file(request: HttpRequest, draft: UUID) -> HttpResponse:
    """The file, byte for byte as it stands; `?number=` gives an earlier text."""
    found = rights.draft_or_404(request, draft)
    number = request.GET.get("number", "")
    text = get_object_or_404(found.texts, number=number) if number.isdigit() else latest_text(found)
    return attachment(text.source.encode(), "case.yaml", YAML)


@login_required
@require_safe
def picture(request: HttpRequest, draft: UUID, name: str) -> HttpResponse:
    """A picture of a draft, made safe as it will be when the case is published."""
    found = rights.draft_or_404(request, draft)
    made = draftpage.picture_of(found, name)
    if made is None:
        raise Http404
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
    return HttpResponse(made.content, content_type=made.media_type, headers=headers)


@login_required
@require_POST
def publish(request: HttpRequest, draft: UUID) -> HttpResponse:
    found = rights.draft_or_404(request, draft)
    try:
        actions.publish_case(draft=found, by=request.user, now=timezone.now())
    except (Refused, InvalidFile) as refused:
        context = {"refused": str(refused), "back": "draft-review", "args": [found.pk]}
        return render(request, "library/refused.jinja", context, status=409)
    return redirect("library-case", found.pack, found.case_id)
