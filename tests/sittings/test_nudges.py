"""What stands on the page of each way of nudging, what is recorded of it, and what it refuses."""

import pytest

from simlab.analyses.extract import analysis_table
from simlab.engine.rendered import rendered_hash
from simlab.sittings import actions
from simlab.sittings.debrief import debrief
from simlab.sittings.messages import Message
from simlab.sittings.models import Decision, Exposure, Sitting
from simlab.sittings.nudges import place_of
from simlab.sittings.reading import current_step
from tests.factories import NOW, a_message, a_nudged_study, a_participant, a_sitting, an_answer

pytestmark = pytest.mark.django_db


def seat(way):
    return a_sitting(a_participant(a_nudged_study(way)))


class Window:
    """One browser window at a sitting."""

    def __init__(self, sitting):
        self.sitting, self.seq = sitting, 0

    @property
    def step(self):
        return current_step(Sitting.objects.with_participant().get(pk=self.sitting.pk))

    def _send(self, message):
        parsed = [Message.model_validate(message)]
        done = actions.record_batch(sitting=self.sitting, lease=self.sitting.lease, messages=parsed, now=NOW)
        return done.results[0]

    def answer(self, stage, term="Something else"):
        self.seq += 1
        return self._send(an_answer(self.seq, self.step["encounter"], stage, term))

    def tell(self, kind, **body):
        self.seq += 1
        return self._send(a_message(self.seq, "exposure", self.step["encounter"], kind=kind, **body))


def test_hard_stop_is_passed_with_a_reason_only_when_advice_was_overridden():
    window = Window(seat("wrong: 1 of 2, reasons: always, strength: hard-stop"))
    window.answer("initial")
    window.answer("final")
    assert window.step["reasons"]["skippable"] is False
    refused = window.tell("reason")
    assert (refused["status"], refused["message"].split(".")[0]) == (
        "refused",
        "This advice can be overridden only with a reason",
    )
    assert window.tell("reason", reason="need-more-info")["status"] == "stored"
    assert window.step["position"] == 2
    window.answer("initial")
    window.answer("final", window.step["advice"]["suggestions"][0]["label"])
    asked = window.step["reasons"]
    assert asked["skippable"] is True
    assert "It fits the findings" in [option["display"] for option in asked["options"]]
    assert window.tell("reason")["status"] == "stored"
    assert window.step["page"] == "finished"


def test_hard_stop_holds_in_one_batch_with_the_answer():
    window = Window(seat("wrong: 1 of 2, reasons: always, strength: hard-stop"))
    window.answer("initial")
    encounter = window.step["encounter"]
    batch = [an_answer(2, encounter, "final", "Something else"), a_message(3, "exposure", encounter, kind="reason")]
    done = actions.record_batch(
        sitting=window.sitting,
        lease=window.sitting.lease,
        messages=[Message.model_validate(one) for one in batch],
        now=NOW,
    )
    assert [one["status"] for one in done.results] == ["stored", "refused"]
    assert window.step["stage"] == "reasons"


def test_advice_before_the_history_stands_alone_until_it_is_passed():
    window = Window(seat("wrong: 1 of 2, when: before-history"))
    assert (window.step["stage"], window.step["pending"]) == ("early", {"kind": "read"})
    assert window.step["case"]["stages"] == []
    assert window.step["case"]["presentation"]
    assert window.step["advice"]
    assert window.answer("final")["status"] == "refused"
    assert window.tell("dismissed")["status"] == "stored"
    assert (window.step["stage"], bool(window.step["case"]["stages"])) == ("final", True)
    assert window.step["advice"]
    assert window.answer("final")["status"] == "stored"
    assert window.step["position"] == 2


def test_checklist_before_the_history_is_no_advice():
    window = Window(seat("nudge: checklist, items: [Red flags], when: before-history"))
    assert window.step["case"]["stages"] == []
    assert window.tell("dismissed", card="aid")["status"] == "stored"
    assert window.step["advice"] is None
    assert [card["shown_as"] for card in window.step["cards"]] == ["aid"]


def test_safety_net_speaks_only_where_it_differs():
    window = Window(seat("wrong: 1 of 2, when: at-submit, reasons: always"))
    sitting = window.sitting
    place = place_of(sitting, sitting.encounters.get().planned)
    said = place.first.card["suggestions"][0]["label"]
    window.answer("initial", said)
    assert window.step["position"] == 2, "it agreed, and had nothing to say"
    first = Decision.objects.get()
    assert (first.stage, first.answer["differential"][0]["term"]) == ("final", said)
    window.answer("initial")
    assert window.step["stage"] == "advice"
    window.answer("final")
    assert window.step["stage"] == "reasons"


def test_nudge_that_is_no_advice_stands_beside_advice():
    study = a_nudged_study("wrong: 1 of 2, beside: list}\n  list: {nudge: reminder, text: Look twice, when: with-case")
    window = Window(a_sitting(a_participant(study)))
    assert [card["shown_as"] for card in window.step["cards"]] == ["aid"]
    window.answer("initial")
    assert sorted(card["shown_as"] for card in window.step["cards"]) == ["aid", "first"]
    assert window.tell("seen", card="aid", dwell_ms=300)["status"] == "stored"


def test_asymmetric_arm_asks_only_those_who_override():
    window = Window(seat("wrong: 1 of 2, reasons: on-override, asymmetric: true"))
    window.answer("initial")
    window.answer("final", window.step["advice"]["suggestions"][0]["label"])
    assert window.step["position"] == 2
    window.answer("initial")
    window.answer("final")
    assert window.step["stage"] == "reasons"


def test_advice_on_demand_is_not_on_the_page_before_it_is_asked_for():
    window = Window(seat("wrong: 1 of 2, when: with-case, delivery: on-demand"))
    step = window.step
    assert (step["advice"], step["cards"], step["pending"]["kind"]) == (None, [], "ask")
    assert window.tell("seen", dwell_ms=5)["code"] == "no-advice"
    assert window.tell("requested")["status"] == "stored"
    assert window.step["advice"]["summary"]
    assert window.step["pending"] is None


@pytest.mark.parametrize("honest", [True, False])
def test_hash_of_what_was_rendered_is_checked_against_the_card(honest):
    window = Window(seat("wrong: 1 of 2, when: with-case, second: {label: B, stance: disagrees}"))
    for one in window.step["cards"]:
        digest = rendered_hash(one["card"]) if honest else "0" * 64
        window.tell("rendered", card=one["shown_as"], rendered_sha256=digest)
    told = Exposure.objects.filter(kind="rendered").order_by("pk")
    assert [(one.shown_as, one.as_shown) for one in told] == [("first", honest), ("second", honest)]
    assert len({one.advice_version_id for one in told}) == 2
    window.tell("rendered")
    assert Exposure.objects.order_by("pk").last().as_shown is None


def test_debrief_corrects_what_was_seen_and_only_that():
    window = Window(seat("wrong: 2 of 2, when: with-case, delivery: on-demand"))
    window.tell("requested")
    window.tell("rendered")
    window.answer("final")
    window.answer("final")
    told = debrief(Sitting.objects.get().participant, NOW)["cases"]
    seen, unseen = sorted(told, key=lambda case: case["position"])
    assert (seen["advice_was_wrong"], len(seen["advices"])) == (True, 1)
    assert (unseen["advice_was_wrong"], unseen["advice"]) == (False, None)


def test_debrief_corrects_the_second_adviser_too():
    window = Window(seat("wrong: 0 of 2, when: with-case, second: {label: B, stance: disagrees}"))
    for _ in range(2):
        for one in window.step["cards"]:
            window.tell("rendered", card=one["shown_as"])
        window.answer("final")
    for case in debrief(Sitting.objects.get().participant, NOW)["cases"]:
        assert [advice["correct"] for advice in case["advices"]] == [True, False]
        assert case["advice_was_wrong"]


def test_guideline_link_stands_without_any_advice():
    window = Window(seat("nudge: guideline, when: with-case"))
    step = window.step
    assert step["advice"] is None
    (one,) = step["cards"]
    assert (one["shown_as"], one["card"]["links"][0]["url"]) == ("aid", "https://example.org/")
    assert "fits" not in str(one["card"])
    assert window.tell("seen", card="aid", dwell_ms=900)["status"] == "stored"
    assert window.tell("seen")["code"] == "no-advice"


def test_drawn_confidence_on_the_card_is_the_one_in_the_analysis_table():
    sitting = seat("wrong: 1 of 2, confidence: calibrated, when: with-case")
    shown = Window(sitting).step["advice"]["extension"]["simlab.advice"]["confidence"]
    assert shown in (30, 40, 50, 60, 70)
    table = analysis_table(sitting.participant.study)
    assert table.loc[table["position"] == 1, "advice_confidence"].tolist() == [shown / 100]
