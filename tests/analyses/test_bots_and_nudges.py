"""A virtual clinician gets through every way of nudging over the real web path."""

from pathlib import Path

import httpx
import pytest

from simlab.analyses.rehearsing import answer_key
from simlab.rehearsal.http import Bot
from simlab.rehearsal.ledger import Ledger
from simlab.rehearsal.line import Line
from simlab.rehearsal.mind import Mind
from simlab.rehearsal.traits import generator
from simlab.rehearsal.truth import DropOut, load_truth
from simlab.sittings.models import Encounter, Exposure, Quarantine, Sitting
from simlab.studies import actions as studies
from tests.factories import NOW, a_nudged_study

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"
pytestmark = pytest.mark.django_db

WAYS = {
    "on demand": "wrong: 1 of 2, when: with-case, delivery: on-demand",
    "asked after": "wrong: 1 of 2, delivery: on-demand, reasons: on-override, asymmetric: true",
    "delayed": "wrong: 1 of 2, when: with-case, delay: 5",
    "reflection": "wrong: 1 of 2, when: after-reflection, reasons: always, strength: hard-stop",
    "in turn": "wrong: 1 of 2, second: {label: B, stance: agrees, order: in-turn}",
    "down and slow": "wrong: 1 of 2, events: [{at: 1, kind: down}, {at: 2, kind: slow, seconds: 3}]",
    "before history": "wrong: 1 of 2, when: before-history",
    "at submission": "wrong: 1 of 2, when: at-submit, reasons: always",
    "reminder": "nudge: reminder, text: Think of it",
}


def through(client):
    """The site in this process: a server of its own would not see the rows of a test that is rolled back."""

    def answer(request):
        kind = request.headers.get("content-type", "text/plain")
        path = request.url.raw_path.decode()
        reply = client.generic(request.method, path, request.content, content_type=kind)
        return httpx.Response(reply.status_code, headers=dict(reply.items()), content=reply.content)

    return answer


@pytest.mark.parametrize("way", WAYS)
def test_virtual_clinician_gets_through(way, tmp_path, monkeypatch, client):
    monkeypatch.setattr("simlab.rehearsal.line.GIVE_UP_AFTER_S", 3.0)
    study = a_nudged_study(WAYS[way])
    studies.open_link(study=study, by=None, now=NOW, token="one")
    truth = load_truth(PROTOCOLS / "demo" / "truth.yaml").model_copy(update={"drop_out": DropOut()})
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        bot = Bot(
            number=1,
            mind=Mind(truth, generator(7, "mind", 1), "gp", 7),
            key=answer_key(study, truth),
            line=Line("http://localhost", transport=httpx.MockTransport(through(client))),
            ledger=ledger,
            join_url="/join/one/",
            sittings=["part"],
        )
        assert bot.join() == "waiting"
        bot.sit_what_is_open(0.0)
    assert bot.completed
    assert bot.unexpected == []
    assert Sitting.objects.get().completed_at
    assert not Encounter.objects.filter(closed_at=None).exists()
    assert not Quarantine.objects.exclude(reason__in=("other-content", "unknown-encounter")).exists()
    if way not in ("reminder", "down and slow", "at submission"):  # a safety net is silent where it agrees
        assert Exposure.objects.filter(kind="rendered").count() >= 2
