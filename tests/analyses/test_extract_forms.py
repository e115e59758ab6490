"""Every form of answer, from the outbox to the analysis table."""

from pathlib import Path

import pytest

from simlab.analyses.extract import analysis_table
from simlab.engine.casefile import load_pack
from simlab.rehearsal.key import case_key
from simlab.rehearsal.truth import load_truth
from simlab.sittings import actions as sittings
from simlab.sittings.debrief import debrief
from simlab.sittings.messages import Message
from simlab.studies import actions
from simlab.studies.reading import case_of, read_folder
from simlab.web.presenters import debriefing
from tests.factories import DAY, MINI, NOW, a_message, a_participant

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def table_and_page():
    """Somebody of the advised arm who is wrong at first and right in the end, and the debrief."""
    actions.load_pack(pack=load_pack(ROOT / "cases" / "answer-forms"), now=NOW)
    source, documents = read_folder(ROOT / "protocols" / "forms")[0], read_folder(MINI)[1]
    study = actions.create_study(
        slug="forms", kind="demonstration", source=source, documents=documents, by=None, now=NOW
    )
    study = actions.launch_study(study=study, by=None, now=NOW, per_stratum=8, seed="forms")
    person = a_participant(study, arm="advised")
    sitting = sittings.open_sitting(participant=person, now=NOW)
    truth, seq = load_truth(ROOT / "protocols" / "forms" / "truth.yaml"), 0
    while encounter := sitting.encounters.open().select_related("planned").first():
        key = case_key(case_of(encounter.planned.case_version_id), truth)
        stage = "initial" if encounter.stage == "initial" else "final"
        labels = [key.wrong[0] if stage == "initial" else key.reference]
        seq += 1
        answer = key.answer(labels, 70, "bands")
        message = Message.model_validate(a_message(seq, "answer", encounter.pk, stage=stage, answer=answer))
        result = sittings.record_batch(sitting=sitting, lease=sitting.lease, messages=[message], now=NOW)
        assert result.results[0]["status"] == "stored", result.results
    person.refresh_from_db()
    return analysis_table(study), debriefing.page_of(debrief(person, NOW + DAY))


def test_every_form_reaches_the_table_and_the_debrief(table_and_page):
    table, page = table_and_page
    rows = table[table["case"].notna() & table["final"].notna()].set_index("answer_kind")
    assert len(rows) == 12
    assert "probabilities" in rows.index
    assert rows["final_correct"].all()
    assert list(rows["final"]) == list(rows["truth"])
    assert (rows["score"] == 1).all()
    assert not rows["initial_correct"].fillna(False).any()
    assert rows["changed"].all()
    right = rows["advice_correct"].astype(bool)
    assert (rows["advice"][right] == rows["truth"][right]).all()
    assert rows["final_agrees"][right].all()
    assert not rows["final_agrees"][~right].any()
    cases = page["cases"]
    assert len(cases) == 12
    assert all(case["first"]["words"] and case["last"]["words"] and case["reference_lines"] for case in cases)
    assert sum(case["correction"] is not None for case in cases) == (~right).sum() == 4
    assert {case["last"]["place"] for case in cases} == {"This is right.", "The first choice is the reference answer."}
