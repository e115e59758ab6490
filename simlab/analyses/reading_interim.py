"""Questions about looks before the end: who is independent, what the team may know, what is due."""

from django.db.models import QuerySet

from simlab.analyses.interimmodels import InterimDecision, InterimLook
from simlab.people.models import User
from simlab.people.vault import participants_of
from simlab.stats.planfile import parse
from simlab.stats.planoptions import InterimOptions
from simlab.studies.models import Study
from simlab.studies.reading import protocol_of


def independent(study: Study, user: User) -> bool:
    """Whether a person has no other part in the study: no role, no oversight of the whole site, no place as a
    participant."""
    if user.is_superuser or user.is_staff or study.roles.filter(user=user).exists():
        return False
    return not study.participants.filter(pk__in=participants_of(user)).exists()


def monitors(study: Study, user: User) -> bool:
    """Whether a person is of the committee, and independent still."""
    return user.is_authenticated and study.monitors.filter(user=user).exists() and independent(study, user)


def monitored_by(user: User) -> list[Study]:
    return [one.study for one in user.monitored.select_related("study") if independent(one.study, user)]


def looks_planned(study: Study) -> InterimOptions | None:
    """What the plan says of looks; None where it plans none."""
    if study.protocol is None:
        return None
    plan = parse(protocol_of(study).plan())
    return plan.options.interim if plan.primary is not None else None


def decisions(study: Study) -> QuerySet[InterimDecision]:
    """Word and day of each decision: all that the team is told."""
    return InterimDecision.objects.filter(look__study=study).select_related("look").order_by("look__number")


def open_look(study: Study) -> InterimLook | None:
    """The look that was made and is not decided."""
    return study.interim_looks.filter(decision=None).order_by("-number").first()
