"""After the debrief: the participant's own reflection, and a note of learning to take away."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from simlab.engine.errors import Refused
from simlab.sittings import access, actions
from simlab.sittings.debrief import debrief
from simlab.sittings.models import Participant
from simlab.sittings.reflections import reflections_of
from simlab.studies import clock
from simlab.web.downloads import attachment
from simlab.web.presenters import debriefing
from simlab.web.presenters.cpdnote import note_of
from simlab.web.report_pdf import cpd_pdf


@require_POST
def reflect(request: HttpRequest, participant: UUID) -> HttpResponse:
    person = access.find_participant(request, participant)
    try:
        case = UUID(request.POST["case"]) if request.POST.get("case") else None
        text = request.POST.get("text", "")
        actions.write_reflection(participant=person, text=text, encounter=case, now=clock.now(person.study))
    except (Refused, ValueError) as fault:
        refused = fault if isinstance(fault, Refused) else Refused("not-debriefed", "This case is not in your debrief.")
        return closed(request, person, refused)
    place = request.POST.get("place", "")
    return redirect(f"/me/{person.pk}/debrief/#{'reflection' if not place.isdigit() else f'case-{place}'}")


@never_cache
@require_safe
def cpd_note(request: HttpRequest, participant: UUID) -> HttpResponse:
    """The note as PDF; `scores` in the address, from a box that the person ticks, adds how they did."""
    person = access.find_participant(request, participant)
    now = clock.now(person.study)
    try:
        told = debriefing.page_of(debrief(person, now))
    except Refused as refused:
        return closed(request, person, refused)
    note = note_of(told, reflections_of(person), now, scores=request.GET.get("scores") == "yes")
    return attachment(cpd_pdf(note), "cpd-note.pdf", "application/pdf")


def closed(request: HttpRequest, person: Participant, refused: Refused) -> HttpResponse:
    context = {"message": refused.message, "back": person}
    return render(request, "clinician/closed.jinja", context, status=refused.status)
