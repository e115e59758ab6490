"""Questionnaires: the page on which they are answered, and their table for the study team."""

import csv
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from simlab.engine.errors import Refused
from simlab.sittings import access, actions
from simlab.sittings.models import Participant
from simlab.sittings.questions import question_page, questions_due
from simlab.sittings.responses import COLUMNS, export_rows
from simlab.studies import clock
from simlab.web.rights import study_or_404


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, participant: UUID) -> HttpResponse:
    """One questionnaire at a time; after the last, back to where it came between."""
    person = access.find_participant(request, participant)
    now = clock.now(person.study)
    due = questions_due(person, now)
    if not due:
        return onward(person)
    shown = question_page(person.study, due[0])
    if request.method != "POST" or request.POST.get("instrument") != due[0].instrument:
        return asked(request, person, shown)
    try:
        actions.answer_questions(participant=person, due=due[0], answers=given(request, shown), now=now)
    except Refused as refused:
        return asked(request, person, shown, refused.message, refused.status)
    return redirect("questions", person.pk)


def asked(
    request: HttpRequest, person: Participant, shown: dict[str, Any], problem: str = "", status: int = 200
) -> HttpResponse:
    answers = given(request, shown) if request.method == "POST" else {}
    context = {"participant": person, "page": shown, "problem": problem, "answers": answers}
    return render(request, "clinician/questions.jinja", context, status=422 if problem else status)


def given(request: HttpRequest, shown: dict[str, Any]) -> dict[str, Any]:
    """The form's answers by item; boxes to tick give a list."""
    several = {item["id"] for item in shown["items"] if item["kind"] == "choices"}
    posted = request.POST
    return {
        item["id"]: posted.getlist(item["id"]) if item["id"] in several else posted.get(item["id"])
        for item in shown["items"]
    }


def onward(person: Participant) -> HttpResponse:
    going = person.sittings.filter(completed_at=None).first()
    return redirect("sit", going.pk) if going else redirect("me", person.pk)


@login_required
@require_safe
def export(request: HttpRequest, study: UUID) -> HttpResponse:
    """Every answer and score as CSV. It names no arm, so it may be read while a trial is under way."""
    found = study_or_404(request, study)
    reply = StreamingHttpResponse(lines(export_rows(found)), content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="{found.slug}-instruments.csv"'
    return reply


class Echo:
    """What csv writes goes on at once."""

    def write(self, line: str) -> str:
        return line


def lines(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    writer = csv.DictWriter(Echo(), COLUMNS)
    yield writer.writeheader()
    for row in rows:
        yield writer.writerow(row)
