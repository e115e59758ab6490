"""Who reads, writes and reviews cases. What is not theirs does not exist: 404.

The library shows keys. It is open to staff, to authors and reviewers of a pack (that pack), and to researchers and
educators; but whoever takes part in a study reads none of its packs until they have finished.
"""

from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest

from simlab.engine.casefile import Case
from simlab.people.models import User
from simlab.people.vault import participants_of
from simlab.studies.models import CaseDraft, CaseRight, CaseVersion, PackVersion, Role, Study
from simlab.studies.reading import case_of, packs_in_running_trials


def is_professional(user: User) -> bool:
    """Staff, whoever owns, researches or teaches in a study, and whoever teaches a cohort."""
    if not user.is_authenticated:
        return False
    return user.is_staff or Role.objects.filter(user=user).exists() or user.cohorts.exists()


def reads_library(user: User) -> bool:
    return is_professional(user) or (user.is_authenticated and CaseRight.objects.filter(user=user).exists())


def packs_of(user: User) -> set[str]:
    """The packs whose cases this person may read with their keys."""
    if not reads_library(user):
        return set()
    packs = set(PackVersion.objects.values_list("pack", flat=True))
    if not is_professional(user):
        packs &= set(CaseRight.objects.filter(user=user).values_list("pack", flat=True))
    return packs - packs_being_sat(user) - packs_kept_from_teaching(user)


def packs_kept_from_teaching(user: User) -> set[str]:
    """What running trials use does not exist for whoever teaches a cohort, unless they work on the cases or a trial."""
    if user.is_staff or not user.cohorts.exists():
        return set()
    mine = Study.objects.running_trials().filter(roles__user=user, roles__role__in=["owner", "researcher"])
    own = set(mine.values_list("packs__pack", flat=True))
    own |= set(CaseRight.objects.filter(user=user).values_list("pack", flat=True))
    return packs_in_running_trials() - own


def packs_being_sat(user: User) -> set[str]:
    """The packs of studies in which the person takes part and has not finished: a key would spoil them."""
    under_way = Q(participants__in=participants_of(user), participants__state__in=["arrived", "enrolled"])
    return set(Study.objects.filter(under_way).values_list("packs__pack", flat=True)) - {None}


def pack_or_404(request: HttpRequest, pack: str) -> PackVersion:
    found = PackVersion.objects.latest_of(pack) if pack in packs_of(request.user) else None
    if found is None:
        raise Http404
    return found


def case_or_404(request: HttpRequest, pack: str, case: str) -> tuple[CaseVersion, Case]:
    """A case as the latest version of its pack holds it."""
    version = pack_or_404(request, pack)
    found = CaseVersion.objects.filter(pack=pack, sha256=version.content["cases"].get(case, "")).first()
    if found is None:
        raise Http404
    return found, case_of(found.pk)


def draft_or_404(request: HttpRequest, draft: UUID) -> CaseDraft:
    found = CaseDraft.objects.visible_to(request.user).filter(pk=draft).first()
    if found is None or found.pack in packs_being_sat(request.user):
        raise Http404
    return found
