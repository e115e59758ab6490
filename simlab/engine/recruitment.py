"""Who may take part, and how they are shared out between the arms: `population` and `allocation` of a protocol."""

import itertools
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from simlab.engine.case import Line
from simlab.engine.errors import Mistaken
from simlab.engine.parsing import Part, nearest

SiteName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
Feature = Literal["grade", "site"]

ROLES = {
    "gp": "General practitioner",
    "gp-registrar": "GP registrar",
    "nurse-practitioner": "Nurse practitioner",
    "practice-nurse": "Practice nurse",
    "pharmacist": "Pharmacist",
    "paramedic": "Paramedic",
    "physician-associate": "Physician associate",
    "foundation-doctor": "Foundation doctor",
    "specialty-registrar": "Specialty registrar",
    "consultant": "Consultant",
    "medical-student": "Medical student",
    "other-clinician": "Other clinician",
}


def _known_role(role: str) -> str:
    if role not in ROLES:
        raise Mistaken(f"“{role}” is not a known role.", nearest(role, ROLES))
    return role


class Population(Part):
    """`sites` maps the name of each site to what participants read; whoever enrols then says where they work.

    `planned` is how many people are wanted in all.
    """

    roles: Annotated[tuple[Annotated[str, AfterValidator(_known_role)], ...], Field(min_length=1)]
    allocate_by: Literal["person", "site"] = "person"
    sites: dict[SiteName, Line] = {}
    planned: Annotated[int, Field(ge=1, le=100_000, strict=True)] | None = None

    def levels(self, feature: str) -> tuple[str, ...]:
        return self.roles if feature == "grade" else tuple(self.sites)

    def admits(self, grade: str, site: str) -> bool:
        return grade in self.roles and (not self.sites or site in self.sites)


class Allocation(Part):
    """`sizes` belong to blocks, `factors` and `preferred` to minimisation; an external list is uploaded at launch."""

    method: Literal["blocks", "simple", "minimisation", "list"] = "blocks"
    sizes: tuple[Annotated[int, Field(ge=1, le=60, strict=True)], ...] = ()
    strata: tuple[Feature, ...] = ()
    factors: tuple[Feature, ...] = ()
    preferred: Annotated[float, Field(gt=0, le=1)] = 0.8


def strata(population: Population, allocation: Allocation | None) -> tuple[str, ...]:
    """The strata that people belong to; `("all",)` without any. With allocation by site each site is one."""
    if population.allocate_by == "site":
        return tuple(population.sites)
    features = balanced_features(allocation)
    levels = [population.levels(feature) for feature in features]
    return tuple("/".join(combination) for combination in itertools.product(*levels)) if levels else ("all",)


def stratum_of(population: Population, allocation: Allocation | None, grade: str, site: str) -> str:
    """The stratum of one person. Raises ValueError when grade or site is not in the population."""
    if grade not in population.roles:
        raise ValueError(f"the grade “{grade}” is not in the population of this study")
    if population.sites and site not in population.sites:
        raise ValueError(f"the site “{site}” is not in the population of this study")
    if population.allocate_by == "site":
        return site
    given = {"grade": grade, "site": site}
    return "/".join(given[feature] for feature in balanced_features(allocation)) or "all"


def balanced_features(allocation: Allocation | None) -> tuple[Feature, ...]:
    """What the allocation balances the arms over: its strata, or the factors of a minimisation."""
    if allocation is None:
        return ()
    return allocation.factors if allocation.method == "minimisation" else allocation.strata
