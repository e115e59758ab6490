"""Which cards stand on the page of an encounter, and what the page waits for. Read by the step and by the outbox."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from simlab.engine import journey
from simlab.engine.answers import parts_checked
from simlab.engine.card import aid_card, altered, card_of
from simlab.engine.cardrules import EXTENSION
from simlab.engine.case import Advice, Case
from simlab.engine.nudge import (
    FOLLOWING,
    FOLLOWING_SYSTEM,
    REASON_SYSTEM,
    REASONS,
    AdvicePolicy,
    Altered,
    CaseEvent,
)
from simlab.engine.rendered import rendered_hash
from simlab.engine.scoring import canonical, synonyms_of
from simlab.engine.secondopinion import second_opinion
from simlab.engine.stated import DRAWN, stated
from simlab.sittings.models import Decision, Encounter, Sitting
from simlab.studies.models import AdviceVersion, PlannedEncounter, Slot
from simlab.studies.reading import case_of, image_address, protocol_of


@dataclass(frozen=True)
class Shown:
    """One card: `shown_as` “first”, “second” (adviser) or “aid”; no advice version for what is not advice."""

    shown_as: str
    card: dict[str, Any]
    advice_version_id: UUID | None

    @cached_property
    def sha256(self) -> str:
        return rendered_hash(self.card)


@dataclass(frozen=True)
class Place:
    """A planned encounter with the policy of its arm and phase, and what befalls its advice."""

    planned: PlannedEncounter
    policy: AdvicePolicy | None
    sitting: int
    aid_policy: AdvicePolicy | None = None
    slot: Slot | None = None

    @property
    def event(self) -> CaseEvent | None:
        if self.policy is None:
            return None
        return self.policy.event_at(self.sitting, self.planned.position)

    @property
    def event_kind(self) -> str:
        return self.event.kind if self.event else ""

    @property
    def aid(self) -> Shown | None:
        """The nudge that is not advice; it stands on the page from the first stage that may show it."""
        return _aid(self.planned.case_version_id, self.aid_policy) if self.aid_policy else None

    @property
    def first(self) -> Shown | None:
        if self.policy is None or self.planned.advice_version_id is None:
            return None
        change = self.event.altered if self.event else None
        return _first(self.planned.advice_version_id, self.policy, change, self._stated)

    @property
    def _stated(self) -> int | None:
        """The confidence that was drawn for this place, where the protocol draws it."""
        if self.slot is None or self.policy.confidence not in DRAWN:
            return None
        case = case_of(self.planned.case_version_id)
        correct = case.advice_by_id(_advice_id(self.planned.advice_version_id)).correct
        place = {"stratum": self.slot.stratum, "ordinal": self.slot.ordinal, "phase": self.planned.phase}
        return stated(self.policy, correct, **place, case_id=case.id)

    @property
    def second(self) -> Shown | None:
        if self.policy is None or self.policy.second is None or self.planned.advice_version_id is None:
            return None
        return _second(self.planned.advice_version_id, self.policy, str(self.planned.pk))

    def assigned(self) -> dict[str, UUID | None]:
        """Every card that this place may come to show: `shown_as` → its advice version, where it is advice."""
        made = {"first": self.planned.advice_version_id} if self.planned.advice_version_id else {}
        made |= {shown.shown_as: shown.advice_version_id for shown in (self.second, self.aid) if shown}
        return made

    def advice_id(self, shown_as: str) -> str | None:
        """The id within its case of the advice on a card."""
        version = self.assigned().get(shown_as)
        return _advice_id(version) if version else None

    def card(self, shown_as: str) -> Shown | None:
        return {"first": self.first, "second": self.second, "aid": self.aid}[shown_as]

    def shown(self, state: journey.State) -> list[Shown]:
        """The cards on the page at this stage."""
        cards = [self.aid] if self.aid and self._aid_stands(state.stage) else []
        if self.event_kind != "down" and journey.shows_advice(state):
            cards.append(self.first)
            together = self.policy and self.policy.second and self.policy.second.order == "together"
            if together or state.stage in ("second", "reasons"):
                cards.append(self.second)
        return [card for card in cards if card]

    def _aid_stands(self, stage: str) -> bool:
        return stage != "done" and (self.aid_policy.when != "after-commit" or stage not in ("initial", "early"))

    @property
    def asks_only_overrides(self) -> bool:
        return self.policy is not None and self.policy.reasons == "on-override"

    def spares(self, answer: Mapping[str, Any]) -> bool:
        """Whether the answer follows the first adviser, in the names of the case."""
        case = case_of(self.planned.case_version_id)
        advice = case.advice_by_id(_advice_id(self.planned.advice_version_id))
        return follows(case, advice, answer)

    @property
    def keeps_silent(self) -> Callable[[Mapping[str, Any]], bool] | None:
        """Tells of an answer that a safety net has nothing to say to it: it agrees, or there is no advice to be had."""
        if self.planned.advice_version_id is None:
            return None
        return (lambda answer: True) if self.event_kind == "down" else self.spares

    def reasons(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """What is asked after the last answer: reasons to override, or as many to follow."""
        followed = self.spares(answer)
        system, offered = (FOLLOWING_SYSTEM, FOLLOWING) if followed else (REASON_SYSTEM, REASONS)
        options = [{"code": code, "system": system, "display": words} for code, words in offered.items()]
        return {"options": options, "skippable": followed or self.policy.strength != "hard-stop"}

    def is_down(self, state: journey.State) -> bool:
        return self.event_kind == "down" and journey.shows_advice(state)

    def pending(self, state: journey.State) -> dict[str, Any] | None:
        """What the page waits for: a request (“ask”, “second”), time (“wait” with seconds), or a reflection."""
        if self.policy is None or state.stage in ("done", "reasons"):
            return None
        if state.stage == "early":
            return {"kind": "read"}
        given = next((g for g in ("requested", "revealed", "reflected") if self._waits_for(state, g)), None)
        if given == "revealed":
            late = self.event.seconds if self.event_kind == "slow" else self.policy.delay
            return {"kind": "wait", "seconds": late, "slow": self.event_kind == "slow"}
        if given == "requested" and not self.is_down(state):
            return {"kind": "second" if state.stage == "advice" else "ask", "label": self._asked(state.stage)}
        return {"kind": "reflect"} if given == "reflected" else None

    def _asked(self, stage: str) -> str:
        return self.policy.second.label if stage == "advice" and self.policy.second else self.policy.label

    @staticmethod
    def _waits_for(state: journey.State, given: str) -> bool:
        return (state.structure, state.stage, given) in journey.TRANSITIONS


def follows(case: Case, advice: Advice, answer: Mapping[str, Any]) -> bool:
    """Whether an answer says what the advice says, in the names of the case."""
    if advice.answer is not None:
        wanted = parts_checked(case.question, advice.answer)
        return all(answer.get(part) == value for part, value in wanted.items())
    terms = [case.reference.diagnosis, *case.reference.differential, *(one.diagnosis for one in case.advice)]
    names = synonyms_of([term for term in terms if term])
    listed = answer.get("differential") or []
    return bool(listed) and canonical(listed[0]["term"], names) == canonical(advice.suggested, names)


def place_of(sitting: Sitting, planned: PlannedEncounter) -> Place:
    """The sitting should come with participant, slot, study and protocol."""
    participant = sitting.participant
    policy = protocol_of(participant.study).policy(participant.slot.arm, sitting.phase, planned.condition)
    aid = protocol_of(participant.study).aid_of(policy) if policy else None
    return Place(planned, policy, sitting.number, aid, participant.slot)


def state_of(sitting: Sitting, encounter: Encounter) -> journey.State:
    return journey.state_at(
        journey.befallen(structure_of(sitting, encounter.planned), encounter.event), encounter.stage
    )


def structure_of(sitting: Sitting, planned: PlannedEncounter) -> str:
    """How the case is answered: as its sitting, unless ways of working are shared out over the cases."""
    if not planned.condition:
        return sitting.structure
    participant = sitting.participant
    protocol = protocol_of(participant.study)
    return journey.structure_for(protocol, participant.slot.arm, sitting.phase, planned.condition)


def must_reason(place: Place, encounter: Encounter) -> Callable[[Mapping[str, Any] | None], bool] | None:
    """Tells of a last answer (None: the stored one) whether it overrides advice that is declared a hard stop."""
    if place.policy is None or place.policy.strength != "hard-stop":
        return None
    return lambda given: not place.spares(given or final_answer(encounter))


def final_answer(encounter: Encounter) -> dict[str, Any]:
    return Decision.objects.values_list("answer", flat=True).get(encounter=encounter, stage="final")


@lru_cache(maxsize=4096)
def _advice_id(advice_version_id: UUID) -> str:
    return AdviceVersion.objects.values_list("advice_id", flat=True).get(pk=advice_version_id)


@lru_cache(maxsize=4096)
def _first(advice_version_id: UUID, policy: AdvicePolicy, change: Altered | None, sure: int | None) -> Shown:
    row = AdviceVersion.objects.only("advice_id", "case_version_id").get(pk=advice_version_id)
    advice = case_of(row.case_version_id).advice_by_id(row.advice_id)
    label = change.label if change else None
    # Ids on the card come from the row's random id: made from names in the file, they would tell right from wrong.
    name = str(advice_version_id)
    sure = None if change and change.confidence is not None else sure
    made = card_of(policy, altered(advice, change) if change else advice, label=label, case_id=name, stated=sure)
    return Shown("first", {**_addressed(made, row.case_version_id), "uuid": name}, advice_version_id)


@lru_cache(maxsize=4096)
def _second(advice_version_id: UUID, policy: AdvicePolicy, key: str) -> Shown:
    row = AdviceVersion.objects.only("advice_id", "case_version_id").get(pk=advice_version_id)
    case = case_of(row.case_version_id)
    advice = second_opinion(case, case.advice_by_id(row.advice_id), stance=policy.second.stance, key=key)
    version = AdviceVersion.objects.only("pk").get(case_version=row.case_version_id, advice_id=advice.id)
    name = f"{version.pk}"
    made = card_of(policy, advice, label=policy.second.label, case_id=f"second:{name}")
    return Shown("second", _addressed(made, row.case_version_id), version.pk)


def _addressed(card: dict[str, Any], case_version_id: UUID) -> dict[str, Any]:
    """The card with the address of its heat map in the place of the name of a file."""
    shown = card["extension"][EXTENSION]
    if "heat-map" in shown:
        shown["heat-map"] = {**shown["heat-map"], "image": image_address(case_version_id, shown["heat-map"]["image"])}
    return card


@lru_cache(maxsize=2048)
def _aid(case_version_id: UUID, policy: AdvicePolicy) -> Shown | None:
    made = aid_card(policy, case_of(case_version_id).guideline, case_id=str(case_version_id))
    return Shown("aid", made, None) if made else None
