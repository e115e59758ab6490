"""What the page of an assignment asks and shows, and how its answers are read."""

import secrets
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from simlab.engine.draw import Draws
from simlab.engine.errors import Refused
from simlab.engine.pack import Pack
from simlab.people.models import User
from simlab.studies.models import PackVersion
from simlab.studies.reading import pack_of, packs_in_running_trials
from simlab.studies.tokens import hash_of, secret_of
from simlab.teaching.assigning import Wish, draw_by_theme, themes_of
from simlab.teaching.models import Assignment, Cohort
from simlab.web.libraryrights import packs_of
from simlab.web.words import sentence

MOST_BYTES = 200_000


def assignable(user: User) -> dict[str, Pack]:
    """The packs this person reads that no running trial uses, by name."""
    names = sorted(packs_of(user) - packs_in_running_trials())
    packs = {name: pack_of(PackVersion.objects.latest_of(name)) for name in names}
    return {name: pack for name, pack in packs.items() if themes_of(pack)}


def form_of(request: HttpRequest) -> dict[str, Any]:
    """The packs, and the themes and cases of the one that is chosen."""
    packs = assignable(request.user)
    given = request.POST if request.method == "POST" else request.GET
    pack = packs.get(given.get("pack", ""))
    themes = []
    if pack:
        themes = [
            {"id": theme, "title": sentence(theme.replace("-", " ")), "cases": [pack.cases[case] for case in cases]}
            for theme, cases in sorted(themes_of(pack).items())
        ]
    chosen = given.getlist("case") if isinstance(given, QueryDict) else []
    return {"packs": list(packs.values()), "pack": pack, "themes": themes, "given": given, "chosen": chosen}


def read(given: QueryDict, user: User) -> dict[str, Any]:
    """The answers as the arguments of the action. Raises Refused with one sentence."""
    pack = assignable(user).get(given.get("pack", ""))
    if pack is None:
        raise Refused("malformed", "Choose one of the packs. What a running trial uses cannot be assigned.")
    wish = Wish(
        title=" ".join(given.get("title", "").split()),
        pack=pack.id,
        cases=_cases(given, pack),
        order=given.get("order", ""),
        advice=given.get("advice", ""),
        feedback=given.get("feedback", ""),
        set_size=number(given.get("set_size") or "1", "cases of a set"),
    )
    opens, closes = _day(given.get("opens", ""), time.min), _day(given.get("closes", ""), time(23, 59, 59))
    return {"wish": wish, "opens_at": opens, "closes_at": closes, "tries": number(given.get("tries", ""), "tries")}


def _cases(given: QueryDict, pack: Pack) -> tuple[str, ...]:
    """The ticked cases; without any, so many of each theme by chance."""
    if ticked := given.getlist("case"):
        return tuple(dict.fromkeys(ticked))
    counts = {theme: number(given.get(f"count-{theme}") or "0", f"cases of {theme}") for theme in themes_of(pack)}
    return draw_by_theme(pack, counts, Draws(secrets.token_hex(16)))


def number(text: str, of: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) <= 4):
        raise Refused("malformed", f"“{text[:20]}” is no number of {of}. Write a whole number.")
    return int(text)


def _day(text: str, at: time) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), at, UTC)
    except ValueError:
        raise Refused("malformed", f"“{text[:20]}” is no day. Write it as year-month-day.") from None


def uploaded(file: UploadedFile | None) -> str:
    if file is None:
        raise Refused("malformed", "Choose a file with one label a line.")
    if file.size > MOST_BYTES:
        raise Refused("malformed", "The file is too large for a roster. Write one label a line.")
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("malformed", "The file is not written in UTF-8. Save it again as CSV in UTF-8.") from None


def roster_of(request: HttpRequest, cohort: Cohort) -> dict[str, Any]:
    given = cohort.assignments.select_related("study").order_by("-assigned_at")
    return {
        "assignments": [_assignment(request, one) for one in given],
        "trainees": list(cohort.trainees.all()),
    }


def _assignment(request: HttpRequest, given: Assignment) -> dict[str, Any]:
    links = given.links.select_related("trainee").order_by("trainee__label")
    joined = set(given.seats.values_list("trainee_id", flat=True))
    shared = given.study.invitations.usable().filter(kind="open", personal_link=None).order_by("created_at").first()
    return {
        "title": given.study.title,
        "row": given,
        "joined": len(joined),
        "link": _address(request, shared.pk) if shared and _is_ours(shared) else "",
        "people": [
            {"label": one.trainee.label, "link": _address(request, one.invitation_id)}
            for one in links
            if one.trainee_id not in joined
        ],
    }


def _is_ours(invitation: Any) -> bool:
    """Whether the site can tell the link again."""
    return invitation.token_sha256 == hash_of(secret_of("invitation", invitation.pk))


def _address(request: HttpRequest, key: Any) -> str:
    return request.build_absolute_uri(reverse("join", args=[secret_of("invitation", key)]))
