"""Where a logged-in person can go: one entry for each side of SimLab they belong to."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from simlab.people.vault import participants_of
from simlab.studies.models import Study
from simlab.teaching.models import Cohort
from simlab.web.libraryrights import reads_library

RESEARCH_ROLES = ["owner", "researcher"]


def places_of(request: HttpRequest) -> list[dict[str, Any]]:
    user = request.user
    sides = [
        ("Studies", "studies", researches(user)),
        ("Teaching", "teaching", Cohort.objects.filter(owner=user).exists()),
        ("Library", "library", reads_library(user)),
        ("Monitoring", "monitoring", user.is_authenticated and user.monitored.exists()),
        ("My cases", "mine", bool(participants_of(user))),
    ]
    return [
        {"name": name, "url": reverse(to), "here": request.path.startswith(reverse(to))}
        for name, to, has in sides
        if has
    ]


def researches(user: Any) -> bool:
    return user.is_superuser or Study.objects.filter(roles__user=user, roles__role__in=RESEARCH_ROLES).exists()
