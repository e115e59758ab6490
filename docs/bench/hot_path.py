# ruff: noqa: S101 - it is run by pytest
"""What one decision costs the server: `python3 manage.py test docs/bench/hot_path.py -q -s`.

People sit the cases of the load test through the whole of Django's request handling, in this one process: each
decision is one batch (what was painted, the answer) whose reply brings the next page. Printed are milliseconds of this
processor, of the time that passes, which holds the database as well, and the queries; the same for the page itself, for
an event alone, and for somebody who presses “Join the study”. SIMLAB_PROFILE=FILE keeps the profile of the decisions,
SIMLAB_SQL=1 prints the longest list of statements.
"""

import cProfile
import os
import statistics
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from simlab.engine.casefile import load_pack
from simlab.engine.protocol import consent_statements
from simlab.sittings.access import SESSION_KEY
from simlab.sittings.actions import arrive, give_consent
from simlab.studies import actions
from simlab.studies.reading import document_of
from tests.factories import NOW

sys.path.insert(0, str(Path(__file__).parent / "load"))
import client as load
import people

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
PEOPLE = int(os.environ.get("SIMLAB_PEOPLE", "12"))
STARTS = 60


class Costs:
    """Processor and elapsed milliseconds, and queries, of calls of one kind."""

    def __init__(self, name: str) -> None:
        self.name, self.used, self.took, self.queries = name, [], [], []

    def of(self, call, *given):
        begun, used = time.perf_counter(), time.process_time()
        made = call(*given)
        self.used.append(1000 * (time.process_time() - used))
        self.took.append(1000 * (time.perf_counter() - begun))
        return made

    def counted(self, call, *given):
        with CaptureQueriesContext(connection) as captured:
            made = call(*given)
        self.queries.append([one["sql"] for one in captured.captured_queries])
        return made

    def __str__(self) -> str:
        asked = f"{statistics.mean(map(len, self.queries)):.1f}" if self.queries else "-"
        return (
            f"{self.name:12} {len(self.used):5} calls: processor {statistics.mean(self.used):6.2f} ms, "
            f"elapsed {statistics.mean(self.took):6.2f} ms (median {statistics.median(self.took):.2f}), {asked} queries"
        )


class Sitter:
    """One of the load client's people, who asks this process and not a wire."""

    def __init__(self, sitting) -> None:
        self.browser = browser_of(sitting.participant)
        self.answers, self.lease, self.seq = people.answers_to_come(sitting), sitting.lease, 0
        self.url = f"/sit/{sitting.pk}/"
        self.page = load.read(self.look())

    def look(self) -> str:
        return self.browser.get(self.url).content.decode()

    def message(self, kind: str, **body) -> dict:
        self.seq += 1
        at = {"t_mono_ms": 10.0 * self.seq, "t_origin_ms": 1e12, "encounter": self.page["encounter"]}
        return {"uuid": str(uuid4()), "seq": self.seq, "kind": kind, "body": body, **at}

    def send(self, path: str, *messages: dict) -> dict:
        body = {"lease": self.lease, "messages": messages}
        answer = self.browser.post(self.page[path], body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def batch(self) -> list[dict]:
        stage = "initial" if self.page["stage"] == "initial" else "final"
        answer = self.answers[int(self.page["place"]) - 1]
        return [self.message("event", name="paint", state=stage), self.message("answer", stage=stage, answer=answer)]


def browser_of(person) -> Client:
    browser = Client()
    session = browser.session
    session[SESSION_KEY] = [str(person.pk)]
    session.save()
    return browser


def a_consented(study, invitation):
    person, document = arrive(invitation=invitation, now=NOW), document_of(study, "consent")
    given = {"document": document, "statements": consent_statements(document.text), "agreed": True, "now": NOW}
    return give_consent(participant=person, **given)


def sat(one: Sitter, answer: Costs, page: Costs, event: Costs, profile: cProfile.Profile | None) -> None:
    """One person's whole sitting; every fourth decision has its queries counted and not its time."""
    more = True
    while more:
        batch, turn = one.batch(), one.seq % 8
        if turn == 2:
            reply = answer.counted(one.send, "answer-to", *batch)
        elif profile:
            reply = profile.runcall(answer.of, one.send, "answer-to", *batch)
        else:
            reply = answer.of(one.send, "answer-to", *batch)
        if more := "html" in reply:
            one.page = load.read(reply["html"])
        if more and turn == 4:
            event.of(one.send, "outbox", one.message("event", name="paint", state="late"))
            event.counted(one.send, "outbox", one.message("event", name="paint", state="later"))
            page.of(one.look)
            page.counted(one.look)


def test_costs(capsys, settings):
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    actions.load_pack(pack=load_pack(ROOT / "cases" / "primary-care"), now=NOW)
    study = people.a_study(PEOPLE + STARTS)
    invitation, token = actions.open_link(study=study, by=None, now=NOW)
    document = document_of(study, "consent")
    statements = consent_statements(document.text)
    sitters = [Sitter(people.a_person(study, invitation, document, statements)[1]) for _ in range(PEOPLE)]
    profile = cProfile.Profile() if os.environ.get("SIMLAB_PROFILE") else None
    for one in sitters[:2]:  # the first people pay for what is parsed once
        sat(one, Costs(""), Costs(""), Costs(""), None)
    answer, page, event, start = (Costs(name) for name in ("answer", "page", "event alone", "start"))
    for one in sitters[2:]:
        sat(one, answer, page, event, profile)
    browsers = [browser_of(a_consented(study, invitation)) for _ in range(STARTS)]
    for number, browser in enumerate(browsers):
        call = start.counted if number % 4 == 3 else start.of
        assert call(browser.post, f"/join/{token}/eligibility/", {"grade": "gp"}).status_code == 302
    if profile:
        profile.dump_stats(os.environ["SIMLAB_PROFILE"])
    with capsys.disabled():
        for one in (answer, page, event, start):
            print(f"\n{one}", end="")
            if os.environ.get("SIMLAB_SQL"):
                print("".join(f"\n   {sql[:230]}" for sql in max(one.queries, key=len)), end="")
