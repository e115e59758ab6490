"""The library: packs and cases with their state, the page of a case for reviewers, its preview, blueprint and forms."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from simlab.engine import casefile, yamledit
from simlab.engine.errors import Refused
from simlab.exchange import moodle
from simlab.people.models import User
from simlab.studies import actions
from simlab.studies.casedrafts import AUTHOR, has_right, source_of
from simlab.studies.equated import bounds_of, latest_of
from simlab.studies.models import CaseDraft, CaseRight, CaseText, PackVersion
from simlab.studies.reading import pack_of, pictures_of, public_case
from simlab.web import libraryrights as rights
from simlab.web.downloads import attachment
from simlab.web.presenters import casepage, equatingpage, librarypage

YAML = "application/yaml; charset=utf-8"


@login_required
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    if not rights.reads_library(request.user):
        raise Http404
    today = timezone.now().date()
    packs = [pack_of(PackVersion.objects.latest_of(name)) for name in sorted(rights.packs_of(request.user))]
    mine = CaseDraft.objects.visible_to(request.user).order_by("pack", "case_id")
    drafts = {(draft.pack, draft.case_id): draft for draft in mine}
    rows = [
        row
        for pack in packs
        for row in librarypage.case_rows(pack, {n: d for (p, n), d in drafts.items() if p == pack.id}, today)
    ]
    context = {
        "packs": [librarypage.pack_line(pack, today) for pack in packs],
        "rows": librarypage.kept(rows, request.GET.dict()),
        "of": len(rows),
        "filters": librarypage.filters_of(rows, request.GET.dict()),
        "asked": request.GET.dict(),
        "drafts": list(mine),
    }
    return render(request, "library/library.jinja", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_pack(request: HttpRequest) -> HttpResponse:
    if not rights.reads_library(request.user):
        raise Http404
    problem = ""
    if request.method == "POST":
        given = {name: request.POST.get(name, "").strip() for name in ("name", "title", "description", "terms_of")}
        specialties = request.POST.get("specialties", "").split()
        try:
            actions.start_pack(**given, specialties=specialties, by=request.user, now=timezone.now())
            return redirect("pack", given["name"])
        except Refused as refused:
            problem = refused.message
    packs = sorted(rights.packs_of(request.user))
    context = {"packs": packs, "problem": problem, "given": request.POST}
    return render(request, "library/new_pack.jinja", context, status=422 if problem else 200)


@login_required
@require_safe
def pack(request: HttpRequest, pack: str) -> HttpResponse:
    version = rights.pack_or_404(request, pack)
    held = pack_of(version)
    drafts = CaseDraft.objects.visible_to(request.user).filter(pack=pack).order_by("case_id")
    rows = librarypage.case_rows(held, {draft.case_id: draft for draft in drafts}, timezone.now().date())
    context = {
        "pack": held, "version": version, "rows": rows, "drafts": [d for d in drafts if d.case_id not in held.cases],
        "is_author": has_right(request.user, pack, AUTHOR),
        "people": CaseRight.objects.filter(pack=pack).select_related("user").order_by("name", "user__email"),
        "moodle": librarypage.moodle_of(moodle.sift(held)),
    }  # fmt: skip
    return render(request, "library/pack.jinja", context)


@login_required
@require_safe
def pack_moodle(request: HttpRequest, pack: str) -> HttpResponse:
    """The questions of the pack that fit, for the question bank of Moodle."""
    version = rights.pack_or_404(request, pack)
    held = pack_of(version)
    if not moodle.sift(held).fit:
        refused = Refused("no-question", "No case of this pack asks in a form that Moodle marks as it is marked here.")
        return _refused(request, refused, "pack", pack)
    return attachment(moodle.quiz(held, pictures_of(version)), f"{pack}-{version.number}-moodle.xml", "application/xml")


@login_required
@require_safe
def blueprint(request: HttpRequest, pack: str) -> HttpResponse:
    held = pack_of(rights.pack_or_404(request, pack))
    return render(request, "library/blueprint.jinja", {"pack": held, "parts": librarypage.blueprint_of(held)})


@login_required
@require_safe
def forms(request: HttpRequest, pack: str) -> HttpResponse:
    held = pack_of(rights.pack_or_404(request, pack))
    pairs = equatingpage.pairs_of(held, bounds_of(held), latest_of(held))
    context = {
        "pack": held, "forms": librarypage.forms_of(held), "not_parallel": librarypage.NOT_PARALLEL, "pairs": pairs,
    }  # fmt: skip
    return render(request, "library/forms.jinja", context)


@login_required
@require_POST
def people(request: HttpRequest, pack: str) -> HttpResponse:
    """Give somebody a right in the pack, or take it away."""
    rights.pack_or_404(request, pack)
    try:
        if "remove" in request.POST:
            right = CaseRight.objects.filter(pack=pack, pk=request.POST["remove"]).first()
            if right is not None:
                actions.revoke_case_right(right=right, by=request.user)
        else:
            user = User.objects.filter(email=request.POST.get("email", "").strip().lower()).first()
            if user is None:
                raise Refused("malformed", "No account has this address. Ask the person to get an account first.")
            actions.grant_case_right(pack=pack, user=user, name=request.POST.get("name", ""), by=request.user)
    except Refused as refused:
        return _refused(request, refused, "pack", pack)
    return redirect("pack", pack)


@login_required
@require_safe
def case_page(request: HttpRequest, pack: str, case: str) -> HttpResponse:
    version, held = rights.case_or_404(request, pack, case)
    context = casepage.page_of(held, public_case(version.pk, True))
    draft = CaseDraft.objects.visible_to(request.user).filter(pack=pack, case_id=case).first()
    may_start = draft is None and has_right(request.user, pack, AUTHOR)
    here = {"pack": pack, "version": version, "draft": draft, "may_start": may_start}
    return render(request, "library/case.jinja", {**context, **here})


@login_required
@require_safe
def case_preview(request: HttpRequest, pack: str, case: str) -> HttpResponse:
    version, held = rights.case_or_404(request, pack, case)
    try:
        context = casepage.preview_of(held, public_case(version.pk), request.GET.get("advice", ""))
    except KeyError:
        raise Http404 from None
    return render(request, "library/preview.jinja", {**context, "pack": pack, "draft": None})


@login_required
@require_safe
def case_file(request: HttpRequest, pack: str, case: str) -> HttpResponse:
    """The file a case was made from; where it is not kept here, one written anew with the same meaning."""
    version, held = rights.case_or_404(request, pack, case)
    source = source_of(version)[0] or written_anew(held)
    return attachment(source.encode(), "case.yaml", YAML)


def written_anew(case: casefile.Case) -> str:
    """A file for a case whose own file is not kept here."""
    plain = case.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"images"})
    return yamledit.written({"simlab": "case/1", **_whole(plain)})


def _whole(value: Any) -> Any:
    """Numbers such as 45.0 as people write them."""
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@login_required
@require_POST
def start(request: HttpRequest, pack: str, case: str) -> HttpResponse:
    """Begin to change a case of the pack: a draft with its file and pictures."""
    version, held = rights.case_or_404(request, pack, case)
    source, files = source_of(version)
    if source is None:
        source = written_anew(held)
        files = {image.name: bytes(image.content) for image in version.images.all()}
    given = {"source": source, "files": files, "why": CaseText.Why.IMPORTED}
    try:
        draft = actions.start_draft(pack=pack, case_id=case, **given, by=request.user, now=timezone.now())
    except Refused as refused:
        return _refused(request, refused, "library-case", pack, case)
    return redirect("draft", draft.pk)


def _refused(request: HttpRequest, refused: Refused, back: str, *args: object) -> HttpResponse:
    context = {"refused": refused.message, "back": back, "args": args}
    return render(request, "library/refused.jinja", context, status=refused.status)
