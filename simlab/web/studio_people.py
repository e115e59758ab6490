"""Who takes part, by pseudonym, and who works on the study."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.studies import actions
from simlab.studies.models import Role, Study
from simlab.studies.reading import has_role
from simlab.web.presenters import peoplepage
from simlab.web.rights import study_or_404

A_PAGE = 50


@login_required
@never_cache
@require_safe
def participants(request: HttpRequest, study: UUID) -> HttpResponse:
    return _participants(request, study_or_404(request, study))


def _participants(request: HttpRequest, study: Study, link: str = "") -> HttpResponse:
    state = request.GET.get("state", "")
    found = peoplepage.found(study, state, request.GET.get("code", "").strip().lower())
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {"study": study, "page": page, "rows": peoplepage.rows_of(page.object_list), "state": state}
    context |= {"code": request.GET.get("code", ""), "states": peoplepage.STATES, "link": link}
    context["links"] = study.invitations.filter(kind="open").order_by("-created_at")
    return render(request, "researcher/studio/participants.jinja", context)


@login_required
@require_POST
def links(request: HttpRequest, study: UUID) -> HttpResponse:
    """A new open link, shown once; or an end to one."""
    found = study_or_404(request, study)
    if "close" in request.POST:
        one = get_object_or_404(found.invitations, pk=request.POST["close"])
        actions.close_invitation(invitation=one, by=request.user, now=timezone.now())
        return redirect("participants", found.pk)
    _, token = actions.open_link(study=found, by=request.user, now=timezone.now())
    return _participants(request, found, request.build_absolute_uri(f"/join/{token}/"))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, study: UUID) -> HttpResponse:
    """Roles of the study team; an owner gives and takes them."""
    found, problem = study_or_404(request, study), ""
    if request.method == "POST":
        try:
            _changed(request, found)
            return redirect("people", found.pk)
        except Refused as refused:
            problem = refused.message
    context = {"study": found, "problem": problem, "owner": has_role(found, request.user, Role.Name.OWNER)}
    context |= {"roles": found.roles.select_related("user").order_by("role", "user__email"), "given": request.POST}
    context["rights"] = peoplepage.RIGHTS
    return render(request, "researcher/studio/people.jinja", context, status=409 if problem else 200)


def _changed(request: HttpRequest, study: Study) -> None:
    if not has_role(study, request.user, Role.Name.OWNER):
        raise Refused("not-owner", "Only an owner of the study gives and takes roles.")
    if "take" in request.POST:
        role = get_object_or_404(study.roles, pk=request.POST["take"])
        actions.revoke_role(role=role, by=request.user, now=timezone.now())
        return
    email, role = request.POST.get("email", "").strip().lower(), request.POST.get("role", "")
    user = User.objects.filter(email=email).first()
    if user is None:
        raise Refused("malformed", f"Nobody has an account with the address “{email}”. Ask an administrator for one.")
    if role not in Role.Name.values:
        raise Refused("malformed", "Choose a role.")
    actions.grant_role(study=study, user=user, role=role, by=request.user, now=timezone.now())
