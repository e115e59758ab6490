"""Feedback of CDS Hooks 2.0 from what was recorded of cards."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from simlab.sittings import actions
from simlab.sittings.messages import Message
from tests.factories import NOW, a_message, a_nudged_study, a_participant, a_sitting, a_study, an_answer

pytestmark = pytest.mark.django_db


def exported(slug):
    out = io.StringIO()
    call_command("export_feedback", slug, stdout=out)
    return json.loads(out.getvalue())["feedback"]


def test_outcome_with_its_suggestion_or_its_reason():
    study = a_nudged_study("wrong: 1 of 2, reasons: always")
    sitting = a_sitting(a_participant(study))
    seq = 0
    for kind, reason in (("overridden", "need-more-info"), ("accepted", "same-as-mine")):
        encounter = sitting.encounters.open().get().pk
        sent = [
            an_answer(seq + 1, encounter, "initial"),
            a_message(seq + 2, "exposure", encounter, kind=kind),
            an_answer(seq + 3, encounter, "final"),
            a_message(seq + 4, "exposure", encounter, kind="reason", reason=reason, comment="Too soon."),
        ]
        parsed = [Message.model_validate(one) for one in sent]
        done = actions.record_batch(sitting=sitting, lease=sitting.lease, messages=parsed, now=NOW)
        assert {one["status"] for one in done.results} == {"stored"}
        seq += 4
    overridden, accepted = exported("one")
    assert overridden["outcome"] == "overridden"
    assert overridden["overrideReason"]["reason"]["code"] == "need-more-info"
    assert overridden["overrideReason"]["userComment"] == "Too soon."
    assert "acceptedSuggestions" not in overridden
    assert accepted["outcome"] == "accepted"
    assert len(accepted["acceptedSuggestions"]) == 1
    assert accepted["outcomeTimestamp"] == "2026-11-23T09:00:00Z"
    assert overridden["card"] != accepted["card"]


def test_trial_under_way_gives_none():
    study = a_study(kind="main")
    with pytest.raises(CommandError, match="under way"):
        call_command("export_feedback", study.slug)
