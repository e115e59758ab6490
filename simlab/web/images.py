"""Pictures of cases, for those who meet, run or teach with the case. For everybody else they do not exist: 404."""

from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from simlab.sittings.access import participants_here
from simlab.sittings.models import Encounter
from simlab.studies.models import CaseImage, CaseVersion, PlannedEncounter
from simlab.studies.reading import case_of
from simlab.web.libraryrights import packs_of


@require_safe
@cache_control(private=True, immutable=True, max_age=31_536_000)
def case_image(request: HttpRequest, case_version: UUID, name: str) -> HttpResponse:
    if not CaseVersion.objects.filter(pk=case_version).exists() or not may_see(request, case_version, name):
        raise Http404
    image = get_object_or_404(CaseImage, case_version=case_version, name=name)
    headers = {"X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(image.content), content_type=image.media_type, headers=headers)


def may_see(request: HttpRequest, case_version: UUID, name: str) -> bool:
    """Whoever met the case sees its pictures; a heat map only who met it with the advice that it belongs to."""
    met = Encounter.objects.filter(
        planned__case_version=case_version, sitting__participant_id__in=participants_here(request)
    )
    maps = {advice.id: advice.heat_map.image for advice in case_of(case_version).advice if advice.heat_map}
    if name in maps.values():
        mapped = [advice for advice, image in maps.items() if image == name]
        met = met.filter(exposures__advice_version__advice_id__in=mapped)
    return met.exists() or may_see_by_role(request, case_version)


def may_see_by_role(request: HttpRequest, case_version: UUID) -> bool:
    """Whoever has a role in a study with the case or in one it rehearses, teaches with it, or reads its pack."""
    user = request.user
    if not user.is_authenticated:
        return False
    used = PlannedEncounter.objects.filter(case_version=case_version)
    team = Q(slot__study__roles__user=user) | Q(slot__study__parent__roles__user=user)
    teacher = Q(slot__study__assignments__cohort__owner=user, slot__study__kind="training")
    reader = CaseVersion.objects.filter(pk=case_version, pack__in=packs_of(user))
    return user.is_superuser or used.filter(team).exists() or used.filter(teacher).exists() or reader.exists()
