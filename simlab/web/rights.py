"""Which study and which run a researcher may see. What is not theirs does not exist: 404."""

from uuid import UUID

from django.http import Http404, HttpRequest

from simlab.analyses.models import AnalysisRun
from simlab.studies.models import Study
from simlab.studies.reading import has_role

RESEARCH = ("owner", "researcher")


def study_or_404(request: HttpRequest, study: UUID) -> Study:
    """A study, or the twin of a study, in which this person does research."""
    found = Study.objects.select_related("protocol", "parent").filter(pk=study).first()
    if found is None or not has_role(found.parent or found, request.user, *RESEARCH):
        raise Http404
    return found


def run_or_404(request: HttpRequest, study: UUID, run: UUID) -> AnalysisRun:
    found = AnalysisRun.objects.select_related("dataset").filter(pk=run, study=study_or_404(request, study)).first()
    if found is None:
        raise Http404
    return found
