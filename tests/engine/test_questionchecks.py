"""Questions that cannot be answered right, or whose keys name nothing, are refused with their place and a remedy."""

import copy

import pytest
import yaml

from simlab.engine.case import load_case
from simlab.engine.errors import InvalidFile
from tests.engine.conftest import ROOT
from tests.engine.forms import QUESTIONS, options

LIBRARY = ROOT / "cases" / "answer-forms"
FOLDERS = {
    yaml.safe_load(path.read_text(encoding="utf-8"))["question"]["kind"]: path for path in LIBRARY.glob("*/case.yaml")
}


def faults_of(tmp_path, kind: str, change) -> list[str]:
    """The faults of a library case of this kind after `change` was made to its data."""
    case = yaml.safe_load(FOLDERS[kind].read_text(encoding="utf-8"))
    change(case)
    folder = tmp_path / case["id"]
    folder.mkdir()
    (folder / "case.yaml").write_text(yaml.safe_dump(case, sort_keys=False, allow_unicode=True), encoding="utf-8")
    try:
        load_case(folder)
    except InvalidFile as error:
        return [str(fault) for fault in error.faults]
    return []


BROKEN = {
    "single-best-answer": ({"answer": "magic"}, "“magic” is not one of the ids"),
    "extended-matching": ({"stems": [{"id": "a", "text": "A", "answer": "flu"}]}, "“flu” is not one of the ids"),
    "probability": ({"answer": "flu"}, "“flu” is not one of the ids"),
    "triage": ({"answer": "tomorrow"}, "“tomorrow” is not one of the ids"),
    "key-feature": (
        {"features": [{"id": "a", "prompt": "A?", "most": 1, "options": options("x", "y", "z")}]},
        "no option is right",
    ),
    "script-concordance": (
        {"items": [{"id": "a", "if": "x", "and": "y", "panel": [0, 0, 0, 0, 0]}]},
        "no expert answered",
    ),
    "reflection-grid": ({"answer": "flu"}, "“flu” is not one of the ids"),
    "error-spotting": (
        {"passages": [{"id": "a", "text": "A", "fault": True}, {"id": "b", "text": "B"}]},
        "does not say what is wrong",
    ),
    "management": ({"most": 1}, "3 actions are essential but only 1"),
    "prescribing": ({"accepted": [{"drug": "trimethoprim"}]}, "both accepted and never right"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_question_is_told_at_its_place(tmp_path, kind):
    fields, message = BROKEN[kind]
    said = faults_of(tmp_path, kind, lambda case: case["question"].update(copy.deepcopy(fields)))
    assert len(said) == 1
    assert message in said[0]
    assert "field question" in said[0]


def test_wrong_field_of_a_form_names_the_fields_of_that_form(tmp_path):
    (said,) = faults_of(tmp_path, "triage", lambda case: case["question"].update({"levls": []}))
    assert "field question.levls" in said
    assert "Did you mean “levels”?" in said


def test_advice_must_be_an_answer_and_be_scored_as_it_is_marked(tmp_path):
    (said,) = faults_of(tmp_path, "triage", lambda case: case["advice"][0].update({"answer": {"level": "soon"}}))
    assert "marked right, but its answer is scored wrong" in said
    (tmp_path / "more").mkdir()
    (said,) = faults_of(tmp_path / "more", "triage", lambda case: case["advice"][0].update({"answer": {"level": "x"}}))
    assert "field advice[1].answer" in said
    assert "not among the choices" in said


def test_advice_takes_a_diagnosis_only_where_one_is_asked(tmp_path):
    said = faults_of(tmp_path, "triage", lambda case: case["advice"][0].update({"diagnosis": {"term": "Sprain"}}))
    assert any("takes no “diagnosis”" in line for line in said)
    (tmp_path / "more").mkdir()
    said = faults_of(tmp_path / "more", "ranked-differential", lambda case: case["advice"][0].pop("diagnosis"))
    assert any("“diagnosis” is missing" in line for line in said)


def test_every_form_has_a_library_case():
    assert set(FOLDERS) == set(QUESTIONS)
