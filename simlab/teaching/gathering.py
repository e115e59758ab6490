"""How a trainee gathered what they needed to know, in the cases whose findings come when they are asked for."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from simlab.engine.asking import ASKED, asked_for
from simlab.engine.case import Case
from simlab.sittings.models import Encounter, Event
from simlab.studies.reading import case_of, protocol_of
from simlab.teaching.models import Trainee
from simlab.teaching.reading import participants_of
from simlab.teaching.review import Share
from simlab.teaching.traineereview import Mean, mean_of


@dataclass(frozen=True)
class CaseGathering:
    """What was asked for in one case, in order; `key` says which of it decides the case. `missed`: never asked for."""

    participant: UUID
    phase: str
    title: str
    asked: tuple[tuple[str, bool], ...]  # label, decides the case
    missed: tuple[str, ...]
    cost: int

    @property
    def key(self) -> Share:
        got = sum(decides for _, decides in self.asked)
        return Share(got, got + len(self.missed))

    @property
    def beside(self) -> Share:
        """What does not decide the case, of all that was asked for."""
        return Share(sum(not decides for _, decides in self.asked), len(self.asked))


@dataclass(frozen=True)
class Gathering:
    """Over cases. Means are of the shares of cases, since what is asked for within one case hangs together."""

    cases: list[CaseGathering]
    key: Mean
    beside: Mean
    began_with_key: Share  # the first thing asked for decides the case


def gathering_of(cases: list[CaseGathering]) -> Gathering:
    key = [share for case in cases if (share := case.key.value) is not None]
    beside = [share for case in cases if (share := case.beside.value) is not None]
    first = [case.asked[0][1] for case in cases if case.asked]
    return Gathering(cases, mean_of(key), mean_of(beside), Share(sum(first), len(first)))


def gathered_by(trainee: Trainee) -> list[CaseGathering]:
    """Every closed case whose findings had to be asked for, in the order of opening; three queries and the cases."""
    people = {person.pk: person for person in participants_of(trainee).select_related("slot")}
    closed = Encounter.objects.filter(
        sitting__participant__in=people, sitting__participant__withdrawal__in=("", "keep"), closed_at__isnull=False,
        planned__purpose="case",
    )  # fmt: skip
    wanted = _wanted(closed)
    made = []
    for one in closed.select_related("sitting", "planned").order_by("opened_at", "pk"):
        person, phase = people[one.sitting.participant_id], one.sitting.phase
        protocol = protocol_of(person.study)
        if protocol.view(person.slot.arm, phase).asked:
            case, budget = case_of(one.planned.case_version_id), protocol.phases[phase].budget
            made.append(told_of(case, wanted[one.pk], budget, participant=person.pk, phase=phase))
    return made


def _wanted(closed) -> dict[int, list[str]]:
    wanted = defaultdict(list)
    events = Event.objects.filter(encounter__in=closed, kind="event", payload__name=ASKED).order_by("lease", "seq")
    for encounter, item in events.values_list("encounter_id", "payload__item"):
        wanted[encounter].append(str(item))
    return wanted


def told_of(case: Case, wanted: list[str], budget: int | None, *, participant: UUID, phase: str) -> CaseGathering:
    got = asked_for(case, wanted, budget)
    menu = {item.id: item for stage in case.stages for item in stage.items}
    missed = tuple(item.label for name, item in menu.items() if item.key and name not in got.items)
    asked = tuple((menu[name].label, menu[name].key) for name in got.items)
    return CaseGathering(participant, phase, case.title, asked, missed, got.cost)
