"""Any sequence of requests leaves a legal sitting, whichever way of nudging it has."""

import uuid

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlab.engine import journey
from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.messages import Message
from simlab.sittings.models import Decision, Exposure, Sitting
from simlab.sittings.nudges import state_of
from simlab.sittings.reading import current_step
from simlab.studies import actions as studies
from tests.factories import MINI, NOW, a_loaded_pack, a_participant

pytestmark = pytest.mark.django_db

STUDY = """
simlab: study/1
title: Anything may be sent
population: {roles: [gp, gp-registrar]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [mini], forms: {A: 2}, rotate: fixed}
arms: {nudged: 1}
phases: {part: {advice: way}}
advice:
  way: {%s}
"""
WAYS = {
    "hard stop": "wrong: 1 of 2, reasons: always, strength: hard-stop",
    "override only": "wrong: 1 of 2, reasons: on-override, asymmetric: true, events: [{at: 2, kind: down}]",
    "on demand": "wrong: 1 of 2, when: with-case, delivery: on-demand, reasons: always",
    "reflection": "wrong: 1 of 2, when: after-reflection",
    "in turn": "wrong: 1 of 2, second: {label: B, stance: disagrees, order: in-turn}",
    "slow": "wrong: 1 of 2, events: [{at: 1, kind: slow, seconds: 5}]",
    "checklist": "nudge: checklist, when: with-case, items: [One]",
}
ANSWER = {"differential": [{"term": "Gout", "icd10": None}], "confidence": 50, "management": None}
REFLECTION = {"for": "a", "against": "", "else": ""}
BODIES = [
    *[("answer", {"stage": stage, "answer": ANSWER}) for stage in ("initial", "final", "third")],
    *[("exposure", {"kind": kind, "card": "first", **REFLECTION}) for kind in journey.EXPOSURE_KINDS],
    *[("exposure", {"kind": kind, "card": "aid"}) for kind in ("rendered", "seen")],
    ("exposure", {"kind": "reason", "reason": "need-more-info"}),
    ("event", {"name": "blur"}),
    ("answer", {}),
]
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(BODIES),
        st.integers(min_value=-1, max_value=2),  # how far the running number jumps; below one it is used again
        st.sampled_from(["open", "first", "none"]),
        st.booleans(),  # whether another window takes over before
    ),
    max_size=14,
)


@pytest.fixture(params=WAYS)
def person(request):
    a_loaded_pack()
    documents = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
    study = studies.create_study(
        slug="any", kind="demonstration", source=STUDY % WAYS[request.param], documents=documents, by=None, now=NOW
    )
    return a_participant(studies.launch_study(study=study, by=None, now=NOW, per_stratum=4, seed="any"))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=REQUESTS)
def test_any_sequence_of_requests_leaves_a_legal_sitting(person, requests):
    with transaction.atomic():
        sitting = actions.open_sitting(participant=person, now=NOW)
        first = sitting.encounters.get().pk
        seq = 1
        for (kind, body), jump, about, taken_over in requests:
            if taken_over:
                sitting = _again(person, sitting)
            open_now = sitting.encounters.open().first()
            encounter = {"open": open_now and open_now.pk, "first": first, "none": None}[about]
            seq = max(1, seq + jump)
            message = {"uuid": uuid.uuid4(), "seq": seq, "kind": kind, "encounter": encounter, "body": body}
            parsed = Message.model_validate({**message, "t_mono_ms": 1.0, "t_origin_ms": 1.0})
            actions.record_batch(sitting=sitting, lease=sitting.lease, messages=[parsed], now=NOW)
            sitting = Sitting.objects.with_participant().get(pk=sitting.pk)
            is_legal(sitting)
        transaction.set_rollback(True)


def _again(person, sitting):
    try:
        return actions.open_sitting(participant=person, now=NOW)
    except Refused:
        return sitting


def is_legal(sitting):
    encounters = list(sitting.encounters.order_by("position"))
    assert [encounter.position for encounter in encounters] == list(range(1, len(encounters) + 1))
    assert all(encounter.closed_at for encounter in encounters[:-1])
    assert bool(sitting.completed_at) == (len(encounters) == 2 and all(one.closed_at for one in encounters))
    for encounter in encounters:
        state = state_of(sitting, encounter)
        decided = Decision.objects.filter(encounter=encounter).order_by("pk").values_list("stage", flat=True)
        assert tuple(decided) == state.decided
        assert (state.structure, state.stage) in {path[:2] for path in journey.TRANSITIONS} or state.stage == "done"
        told = Exposure.objects.filter(encounter=encounter, shown_as="first", event__isnull=False)
        assert (
            not told.exclude(kind__in=journey.STEPS).exists() or (state.structure, state.stage) in journey.ADVICE_STAGES
        )
    step = current_step(sitting)
    assert step["page"] == ("finished" if sitting.completed_at else "encounter")
    assert sitting.acked <= sitting.last_seq
