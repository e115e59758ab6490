"""A virtual clinician sits every case of the library to the end, its twins as well, over the real web path."""

from collections import Counter
from pathlib import Path

import httpx
import pytest

from simlab.analyses.extract import analysis_table
from simlab.analyses.rehearsing import answer_key
from simlab.engine.casefile import Pack, load_pack
from simlab.engine.questions import KINDS
from simlab.rehearsal.http import Bot
from simlab.rehearsal.ledger import Ledger
from simlab.rehearsal.line import Line
from simlab.rehearsal.mind import Mind
from simlab.rehearsal.traits import generator
from simlab.rehearsal.truth import DropOut, load_truth
from simlab.sittings.models import Encounter, Quarantine
from simlab.studies import actions
from tests.analyses.test_bots_and_nudges import through
from tests.factories import MINI, NOW

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db

STUDY = """
simlab: study/1
title: The whole library
population: {roles: [gp, gp-registrar]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [library], forms: {A: %d}, rotate: fixed}
arms: {advised: 1}
phases: {part: {advice: beside}}
advice:
  beside: {when: with-case, wrong: %d of %d, explanation: [rationale, findings, highlights, similar, counterfactual]}
questions: {diagnosis: as-each-case-asks}
"""


def one_pack(packs: list[Pack]) -> Pack:
    """All cases in one pack without forms. A twin is drawn like any other here, so nothing says whose twin it is."""
    cases = {case.id: case.model_copy(update={"twin_of": None}) for pack in packs for case in pack.cases.values()}
    whole = {name: getattr(packs[0], name) for name in ("title", "description", "notice", "licence")}
    terms = {term.term: term for pack in packs for term in pack.terms}
    return Pack.model_construct(
        **whole,
        id="library",
        specialties=tuple({name for pack in packs for name in pack.specialties}),
        terms=tuple(terms.values()),
        forms={},
        cases=cases,
        images={name: files for pack in packs for name, files in pack.images.items() if name in cases},
    )


def test_a_virtual_clinician_sits_all_cases_in_every_form_of_answer(tmp_path, monkeypatch, client):
    monkeypatch.setattr("simlab.rehearsal.line.GIVE_UP_AFTER_S", 3.0)
    library = one_pack([load_pack(path.parent) for path in sorted((ROOT / "cases").glob("*/pack.yaml"))])
    count = len(library.cases)
    assert sum(name.endswith("-twin") for name in library.cases) == 10
    actions.load_pack(pack=library, now=NOW)
    documents = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
    source = STUDY % (count, count // 2, count)
    study = actions.create_study(
        slug="library", kind="demonstration", source=source, documents=documents, by=None, now=NOW
    )
    study = actions.launch_study(study=study, by=None, now=NOW, per_stratum=2, seed="library")
    actions.open_link(study=study, by=None, now=NOW, token="one")
    truth = load_truth(ROOT / "protocols" / "forms" / "truth.yaml").model_copy(update={"drop_out": DropOut()})
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
    assert Encounter.objects.exclude(closed_at=None).count() == count
    assert not Quarantine.objects.exclude(reason__in=("other-content", "unknown-encounter")).exists()
    rows = analysis_table(study)
    rows = rows[rows["case"].notna()]
    assert set(rows["case"]) == set(library.cases)
    asked = Counter(library.cases[name].question.kind for name in rows["case"])
    assert set(asked) == set(KINDS)
    assert min(asked.values()) >= 3
