"""The page on which a pack's authors declare bounds for its forms and record what data say of them."""

import math

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from simlab.analyses import equating as from_data
from simlab.engine.errors import Refused
from simlab.studies import actions
from simlab.studies.casedrafts import AUTHOR, has_right
from simlab.studies.equated import bounds_of, equatings_of, latest_of
from simlab.studies.models import PackVersion
from simlab.studies.reading import pack_of
from simlab.web import libraryrights as rights
from simlab.web.presenters import equatingpage


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def equating(request: HttpRequest, pack: str) -> HttpResponse:
    version = rights.pack_or_404(request, pack)
    held, problem = pack_of(version), None
    if request.method == "POST":
        try:
            _act(request, version)
            return redirect("pack-equating", pack)
        except Refused as refused:
            problem = refused
    context = {
        "pack": held, "problem": problem and problem.message, "given": request.POST,
        "pairs": equatingpage.pairs_of(held, bounds_of(held), latest_of(held)),
        "records": equatingpage.rows_of(equatings_of(held)),
        "is_author": has_right(request.user, pack, AUTHOR), "datasets": from_data.datasets_for(request.user, pack),
    }  # fmt: skip
    return render(request, "library/equating.jinja", context, status=problem.status if problem else 200)


def _act(request: HttpRequest, version: PackVersion) -> None:
    if not has_right(request.user, version.pack, AUTHOR):
        raise Refused("not-author", "Only authors of the pack may declare bounds and record equatings.")
    who = {"by": request.user, "now": timezone.now()}
    act = request.POST.get("act")
    if act == "declare":
        one, _, other = request.POST.get("pair", "").partition(" ")
        reason = request.POST.get("reason", "")
        bound = _number(request.POST.get("bound", ""))
        actions.declare_bound(version=version, one=one, other=other, bound=bound, reason=reason, **who)
    elif act == "study":
        offered = {str(one.pk): one for one in from_data.datasets_for(request.user, version.pack)}
        dataset = offered.get(request.POST.get("dataset", ""))
        if dataset is None:
            raise Refused("malformed", "Choose one of the data sets on this page.")
        from_data.equate_study(pack=pack_of(version), dataset=dataset, **who)
    else:
        file = request.FILES.get("file")
        content = file.read(from_data.MOST_BYTES + 1) if file else b""
        from_data.equate_file(pack=pack_of(version), content=content, name=file.name if file else "", **who)


def _number(text: str) -> float:
    try:
        return float(text.strip().lstrip("±"))
    except ValueError:
        return math.nan
