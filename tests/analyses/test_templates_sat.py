"""Every template that is shipped: a draft without faults, previewed in every arm, and sat to its end by a bot."""

from pathlib import Path

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone

from simlab.analyses.rehearsing import answer_key
from simlab.engine.casefile import load_pack
from simlab.rehearsal.conduct import sittings_of
from simlab.rehearsal.http import Bot
from simlab.rehearsal.ledger import Ledger
from simlab.rehearsal.line import Line
from simlab.rehearsal.mind import Mind
from simlab.rehearsal.traits import generator
from simlab.rehearsal.truth import DropOut, load_truth
from simlab.sittings.actions import skip_wait
from simlab.sittings.models import Participant, Quarantine
from simlab.studies import actions as studies
from simlab.studies.reading import protocol_of
from simlab.studies.templates import read_template
from tests.factories import a_user

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(path.name for path in (ROOT / "protocols" / "templates").iterdir() if path.is_dir())


def through(client):
    """The site in this process: a server of its own would not see the rows of a test that is rolled back."""

    def answer(request):
        kind = request.headers.get("content-type", "text/plain")
        path = request.url.raw_path.decode()
        reply = client.generic(request.method, path, request.content, content_type=kind)
        return httpx.Response(reply.status_code, headers=dict(reply.items()), content=reply.content)

    return answer


@pytest.fixture(scope="module")
def pack():
    return load_pack(ROOT / "cases" / "primary-care")


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_is_previewed_in_every_arm_and_sat_to_its_end(name, pack, client, tmp_path, monkeypatch):
    monkeypatch.setattr("simlab.rehearsal.line.GIVE_UP_AFTER_S", 3.0)
    monkeypatch.setattr("simlab.rehearsal.http.REPEATED", 0.0)
    owner = a_user()
    studies.load_pack(pack=pack, now=timezone.now())
    study = studies.draft_from_template(
        template=read_template(name), title=f"Our {name}", kind="pilot", by=owner, now=timezone.now()
    )
    client.force_login(owner)
    people = []
    for arm in protocol_of(study).arms:
        page = client.post(reverse("preview", args=[study.pk]), {"arm": arm}, follow=True)
        assert "Preview: nothing here counts." in page.content.decode(), arm
        person = Participant.objects.with_study().order_by("-created_at").first()
        assert person.slot.arm == arm
        people.append(person)
    assert not study.participants.exists()
    sit_to_the_end(people[-1], client, ROOT / "protocols" / "templates" / name / "truth.yaml", tmp_path)


def sit_to_the_end(person, client, truth_file, folder) -> None:
    """One bot in the place of the previewed person, with the waits skipped."""
    truth = load_truth(truth_file).model_copy(update={"drop_out": DropOut()})
    study = person.study
    with Ledger(folder / "ledger.jsonl") as ledger:
        bot = Bot(
            number=1,
            mind=Mind(truth, generator(7, "mind", 1), person.grade, 7),
            key=answer_key(study, truth),
            line=Line("http://localhost", transport=httpx.MockTransport(through(client))),
            ledger=ledger,
            join_url="",
            sittings=sittings_of(protocol_of(study)),
        )
        bot.participant = str(person.pk)
        for _ in range(2 * len(bot.sittings)):
            bot.sit_what_is_open(0.0)
            if Participant.objects.get(pk=person.pk).state == "completed":
                break
            skip_wait(participant=Participant.objects.with_study().get(pk=person.pk))
    assert bot.completed
    assert bot.unexpected == []
    assert Participant.objects.get(pk=person.pk).state == "completed"
    assert not Quarantine.objects.exclude(reason__in=("other-content", "unknown-encounter")).exists()
