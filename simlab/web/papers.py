"""A finished report to take away: the article as PDF, and one page in plain words for two kinds of reader."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from simlab.analyses.models import AnalysisRun
from simlab.analyses.reading import shown
from simlab.web.presenters.paper import paper_of
from simlab.web.presenters.plain import READERS, plain_of
from simlab.web.report_pdf import plain_pdf, report_pdf
from simlab.web.reportfacts import about_of
from simlab.web.rights import run_or_404


@login_required
@require_safe
def article(request: HttpRequest, study: UUID, run: UUID) -> HttpResponse:
    found = run_or_404(request, study, run)
    if found.state != "done":
        return redirect("report-run", study, run)
    told = shown(found)
    name = "report-blinded.pdf" if told.blinded else "report.pdf"
    return pdf(report_pdf(paper_of(about_of(told), told.result, told.plan, told.figures)), name)


@login_required
@require_safe
def plain(request: HttpRequest, study: UUID, run: UUID, reader: str) -> HttpResponse:
    found = run_or_404(request, study, run)
    if found.state != "done":
        return redirect("report-run", study, run)
    return render(request, "researcher/plain.jinja", {"run": found, "page": in_plain_words(found, reader)})


@login_required
@require_safe
def plain_paper(request: HttpRequest, study: UUID, run: UUID, reader: str) -> HttpResponse:
    found = run_or_404(request, study, run)
    if found.state != "done":
        return redirect("report-run", study, run)
    return pdf(plain_pdf(in_plain_words(found, reader)), f"for-{reader}.pdf")


def in_plain_words(run: AnalysisRun, reader: str) -> dict:
    """These pages are for people outside the study, and are there once its arms may be known."""
    told = shown(run)
    if reader not in READERS or told.blinded:
        raise Http404
    return {"name": reader, **plain_of(reader, about_of(told), told.result, told.plan)}


def pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )
