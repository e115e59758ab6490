"""A finished report to take away: the article as PDF, and one page in plain words for two kinds of reader."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from simlab.analyses.models import AnalysisRun
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
    figures = {figure.name: figure for figure in found.figures.all()}
    return pdf(report_pdf(paper_of(about_of(found), found.result, found.plan, figures)), "report.pdf")


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
    if reader not in READERS:
        raise Http404
    return {"name": reader, **plain_of(reader, about_of(run), run.result, run.plan)}


def pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )
