"""The file for Moodle: its structure by the documented format, and nothing of the key where a learner reads."""

import base64
from pathlib import Path
from xml.etree import ElementTree as ET

from simlab.engine import questions as q
from simlab.engine.casefile import load_pack
from simlab.exchange import moodle

FORMS = load_pack(Path(__file__).resolve().parents[2] / "cases" / "answer-forms")


def read(pack, pictures=None) -> list[ET.Element]:
    content = moodle.quiz(pack, pictures or {})
    assert content.startswith(b"<?xml")
    root = ET.fromstring(content)
    assert root.tag == "quiz"
    head, *rest = root
    assert (head.get("type"), head.findtext("category/text")) == ("category", f"$course$/top/{pack.title}")
    assert pack.licence in head.findtext("info/text")
    return rest


def with_question(question, **more):
    """The pack with one case only, which asks this."""
    case = FORMS.cases["a-tight-calf"].model_copy(update={"question": question, **more})
    return FORMS.model_copy(update={"cases": {case.id: case}, "forms": {}})


def test_all_that_fits_is_there_and_the_rest_is_named():
    sifted = moodle.sift(FORMS)
    asked = sum(1 + len(case.question.also) for case in FORMS.cases.values())
    assert len(sifted.fit) + len(sifted.left_out) == asked
    assert not {question.kind for _, question in sifted.left_out} & set(moodle.TYPES)
    made = read(FORMS)
    assert sorted(one.get("type") for one in made) == sorted(moodle.TYPES[question.kind] for _, question in sifted.fit)
    assert {one.get("type") for one in made} == {"multichoice", "matching", "essay"}
    numbers = [one.findtext("idnumber") for one in made]
    assert len(set(numbers)) == len(numbers)
    for one in made:
        case = FORMS.cases[one.findtext("idnumber").split("/")[1]]
        assert one.findtext("name/text").startswith(case.title)
        assert one.find("questiontext").get("format") == "html"
        shown = one.findtext("questiontext/text")
        assert case.question.prompt in shown.replace("&#x27;", "'").replace("&quot;", '"')
        assert case.reference.diagnosis.term not in one.findtext("name/text")
        assert case.licence in shown
        assert one.findtext("defaultgrade") == "1"


def test_one_best_answer_has_the_whole_mark_and_part_marks_are_grades_that_moodle_knows():
    options = [{"id": "a", "text": "A <b>"}, {"id": "b", "text": "B", "credit": 0.34}, {"id": "c", "text": "C"}]
    asked = q.SingleBestAnswer(kind="single-best-answer", prompt="5 < 6 & so?", options=options, answer="a")
    [made] = read(with_question(asked))
    assert made.findtext("single") == "true"
    answers = [(one.findtext("text"), one.get("fraction")) for one in made.findall("answer")]
    assert answers == [("A <b>", "100"), ("B", "33.33333"), ("C", "0")]
    assert "5 &lt; 6 &amp; so?" in made.findtext("questiontext/text")


def test_matching_has_a_pair_for_each_stem_and_the_other_themes_as_wrong_answers():
    themes = [{"id": name, "text": f"Theme {name}"} for name in "abcd"]
    stems = [{"id": "one", "text": "First", "answer": "b"}, {"id": "two", "text": "Second", "answer": "b"}]
    asked = q.ExtendedMatching(kind="extended-matching", prompt="Which?", themes=themes, stems=stems)
    [made] = read(with_question(asked))
    pairs = [(one.findtext("text") or "", one.findtext("answer/text")) for one in made.findall("subquestion")]
    assert pairs == [
        ("First", "Theme b"), ("Second", "Theme b"), ("", "Theme a"), ("", "Theme c"), ("", "Theme d"),
    ]  # fmt: skip
    [single] = read(with_question(asked.model_copy(update={"stems": asked.stems[:1]})))
    assert single.get("type") == "multichoice"
    assert "Which? First" in single.findtext("questiontext/text")
    assert [one.get("fraction") for one in single.findall("answer")] == ["0", "100", "0", "0"]


def test_model_answers_of_an_essay_go_to_those_who_mark_only():
    asked = q.FreeText(kind="free-text", prompt="Why?", accepted=["The potassium"], rejected=["The sodium"], lines=2)
    [made] = read(with_question(asked, debrief=None))
    assert (made.get("type"), made.findtext("responsefieldlines")) == ("essay", "2")
    learner = made.findtext("questiontext/text") + made.findtext("generalfeedback/text")
    for answer in ("The potassium", "The sodium"):
        assert answer in made.findtext("graderinfo/text")
        assert answer not in learner


def test_pictures_travel_in_the_file_and_characters_that_xml_forbids_do_not():
    case = next(iter(with_question(FORMS.cases["a-tight-calf"].question).cases.values()))
    item = case.stages[0].items[0].model_copy(update={"image": "leg.png", "alt": 'A "leg"', "text": "Sore\x0b\x00"})
    stage = case.stages[0].model_copy(update={"items": (item,)})
    pack = with_question(case.question, stages=(stage,))
    [made] = read(pack, {case.id: {"leg.png": b"PNG", "unused.png": b"no"}})
    [file] = made.findall("questiontext/file")
    assert (file.get("name"), file.get("path"), base64.b64decode(file.text)) == ("leg.png", "/", b"PNG")
    assert '<img src="@@PLUGINFILE@@/leg.png" alt="A &quot;leg&quot;">' in made.findtext("questiontext/text")
