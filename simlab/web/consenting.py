"""Consent of somebody who takes part: asked again when the texts have changed, and a copy to keep."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from simlab.engine.consent import required_statements
from simlab.engine.errors import Refused
from simlab.engine.protocol import consent_statements
from simlab.sittings import access, actions
from simlab.sittings.consenting import consent_due, consent_of
from simlab.sittings.models import Participant
from simlab.studies import clock
from simlab.studies.models import Document
from simlab.studies.reading import document_of
from simlab.web.presenters import arrival


def ticked(request: HttpRequest, text: str) -> list[str]:
    """The statements whose boxes were ticked, in the words of the form."""
    statements = consent_statements(text)
    return [statements[int(n)] for n in request.POST.getlist("statement") if n.isdigit() and int(n) < len(statements)]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, participant: UUID) -> HttpResponse:
    """Information and consent form as they are now, for somebody who agreed to earlier ones."""
    person = access.find_participant(request, participant)
    if not consent_due(person):
        return redirect("me", person.pk)
    document = document_of(person.study, Document.Kind.CONSENT)
    problem = ""
    if "agree" in request.POST:
        problem = _answer(request, person, document)
        if not problem:
            return redirect("me" if request.POST["agree"] == "yes" else "leave", person.pk)
    context = {"participant": person, "study": person.study, "document": document, "problem": problem}
    context |= {"information": document_of(person.study, Document.Kind.INFORMATION)}
    context |= {"text": arrival.without_statements(document.text), "statements": consent_statements(document.text)}
    context["ticked"] = ticked(request, document.text)
    return render(request, "clinician/consent_again.jinja", context, status=409 if problem else 200)


def _answer(request: HttpRequest, person: Participant, document: Document) -> str:
    """What is wrong with the answer, in words; empty when it was taken."""
    if request.POST.get("version") != document.sha256:
        return "The form has changed while this page was open. Please read the new one."
    try:
        actions.consent_again(
            participant=person,
            document=document,
            statements=ticked(request, document.text),
            agreed=request.POST["agree"] == "yes",
            now=clock.now(person.study),
        )
    except Refused as refused:
        return refused.message
    return ""


@never_cache
@require_safe
def copy(request: HttpRequest, participant: UUID) -> HttpResponse:
    """The texts as this person agreed to them, with every statement and its answer, to print or save."""
    person = access.find_participant(request, participant)
    given = consent_of(person)
    if given is None:
        raise Http404
    sheets = person.study.documents.filter(kind=Document.Kind.INFORMATION)
    information = sheets.filter(sha256=given.information_sha256).first() or sheets.order_by("version").first()
    rows = [{"text": one, "agreed": one in given.statements} for one in consent_statements(given.document.text)]
    context = {"participant": person, "study": person.study, "given": given, "information": information, "rows": rows}
    context["text"] = arrival.without_statements(given.document.text)
    return render(request, "clinician/consent_copy.jinja", context)


def complete(text: str, said: list[str]) -> bool:
    """Whether every statement that is needed was ticked."""
    return set(required_statements(text)) <= set(said)
