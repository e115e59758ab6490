# ruff: noqa: E501 - the tables of broken files read best with one row a line
import hashlib

import pytest

from simlab.engine.casefile import Case, content_hash, document, load_case, load_pack
from simlab.engine.errors import InvalidFile
from tests.engine.builders import GOOD_CASE

# What is changed in a sound case: (old text, new text, the one message that follows).
BROKEN_CASES = [
    ("simlab: case/1\n", "", "sore-toe/case.yaml:1, field simlab: this is not a file of the format case/1. Begin the file with “simlab: case/1”."),
    ("simlab: case/1", "simlab: case/2", "sore-toe/case.yaml:1, field simlab: this is not a file of the format case/1. Begin the file with “simlab: case/1”."),
    ("id: sore-toe", "id: other-toe", "sore-toe/case.yaml:2, field id: the id “other-toe” is not the name of the folder, “sore-toe”. Make them the same."),
    ("title:", "titel:", "sore-toe/case.yaml:3, field titel: “titel” is not a known key here. Did you mean “title”?"),
    ("A toe that cannot bear the sheet", "Gout", "sore-toe/case.yaml:3, field title: “gout” gives the answer away. Name the case by its complaint, not by its diagnosis."),
    ("difficulty: 0.7", "difficulty: 70", "sore-toe/case.yaml:6, field difficulty: “70” is out of range. Write a number of at most 1.0."),
    ("difficulty: 0.7", "difficulty: hard", "sore-toe/case.yaml:6, field difficulty: “hard” is not a number. Write a number without quotation marks."),
    ("difficulty: 0.7\n", "", "sore-toe/case.yaml:1, field difficulty: “difficulty” is missing. An authored case needs it; see the case format."),
    ("sex: male", "sex: man", "sore-toe/case.yaml:7, field patient.sex: “man” is not one of the possible values. Use “female”, “male”, “not-stated” or “other”."),
    ("id: travel", "id: onset", "sore-toe/case.yaml:14, field stages[1].items[2].id: the id “onset” is used twice. Give each its own id."),
    ("range: [200, 430]", "range: [430, 200]", "sore-toe/case.yaml:22, field record.results[1].range: the range runs from high to low. Write [low, high]."),
    ("kind: ranked-differential", "kind: essay", "sore-toe/case.yaml:25, field question.kind: “essay” is not one of the possible values. Use “error-spotting”"),
    ("    - {term: Pseudogout}\n", "", "sore-toe/case.yaml:28, field reference.differential: the differential lists 2 conditions. List 3 to 6 plausible others."),
    (", essential: true", "", "sore-toe/case.yaml:32, field reference.management: no action is essential. Mark at least one with “essential: true”."),
    ("correct: true", "correct: 1", "sore-toe/case.yaml:40, field advice[1].correct: “1” is not true or false. Write true or false."),
    ("Gouty arthritis", "Bunion", "sore-toe/case.yaml:41, field advice[1].diagnosis: the advice is marked right but says “Bunion”. Write “Gout”, or mark it “correct: false”."),
    ("    error-type: premature-closure\n", "", "sore-toe/case.yaml:47, field advice[2].error-type: the wrong advice names no error type. Add “error-type:”; see the case format."),
    ("premature-closure", "premature_closure", "sore-toe/case.yaml:49, field advice[2].error-type: “premature_closure” is not one of the possible values. Did you mean “premature-closure”?"),
    ("diagnosis: {term: Cellulitis, icd10: L03.9}", "diagnosis: {term: gout}", "sore-toe/case.yaml:51, field advice[2].diagnosis: the advice is marked wrong but names the reference diagnosis. Mark it “correct: true”."),
    ('summary: "Consider cellulitis"', "summary: " + "x" * 140, "sore-toe/case.yaml:53, field advice[2].summary: this has too many characters (140). At most 139 are allowed."),
    ("harm: 2\nstatus", "harm: 4\nstatus", "sore-toe/case.yaml:59, field harm: “4” is out of range. Write a number of at most 3."),
    ("icd10: M10.9, synonyms", "icd10: gout, synonyms", "sore-toe/case.yaml:27, field reference.diagnosis.icd10: "),
    ("text: \"None\"}", "text: None, as far as known}", "sore-toe/case.yaml:14, field stages[1].items[2].as far as known: “as far as known” was read as a key. Put the whole text, commas included, in quotation marks."),
    ("  The joint decides.\n", "", "sore-toe/case.yaml:57, field debrief: this has too few characters (0). At least 1 are needed."),
    ("[diagnosis]", "[]", "sore-toe/case.yaml:5, field competences: no competence is named. Name at least one, for example [diagnosis]."),
    ('    - {id: review, text: "Review the diuretic"}\n', "", "sore-toe/case.yaml:32, field reference.management: the management lists 2 actions. List 3 to 6 key features."),
    ("    confidence: 0.86\n", "", "sore-toe/case.yaml:39, field advice[1].confidence: “confidence” is missing. Add “confidence:” to the advice “right-1”."),
    ('findings-for: ["Redness"]', "findings-for: []", "sore-toe/case.yaml:55, field advice[2].findings-for: the advice gives no finding in its favour. Add at least one."),
    ("    correct: true\n", "    correct: true\n    error-type: over-triage\n", "sore-toe/case.yaml:41, field advice[1].error-type: right advice has no error type. Remove “error-type”."),
    ("    correct: true\n", "    correct: true\n    link: {label: More, url: \"https://example.org/\"}\n", "sore-toe/case.yaml:48, field advice[2]: this advice has no “link” and other advice of the case has. Give it to all or to none, so that cards look alike."),
    ("    harm: 2\n", "", "sore-toe/case.yaml:47, field advice[2].harm: the wrong advice names no harm. Add “harm:” from 1 (minor) to 3 (severe)."),
    ("    correct: true\n", "    correct: true\n    unusable: garbled\n", "sore-toe/case.yaml:38, field advice: there is no right advice. Add at least one item that is right."),
    ("It woke me at three.", "I have gout.", "sore-toe/case.yaml:8, field presentation: the presentation names the reference diagnosis. Let the patient describe it instead."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), BROKEN_CASES)
def test_broken_case_gets_one_clear_message(case_folder, old, new, message):
    assert GOOD_CASE.count(old) >= 1
    (case_folder / "case.yaml").write_text(GOOD_CASE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidFile) as caught:
        load_case(case_folder)
    (fault,) = caught.value.faults
    assert str(fault).startswith(message)
    assert fault.line is not None
    assert fault.remedy


def test_case_without_a_key_finding_is_refused(case_folder):
    (case_folder / "case.yaml").write_text(GOOD_CASE.replace(", key: true", ""), encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"case\.yaml:10, field stages: no finding is marked as key\."):
        load_case(case_folder)


def test_every_fault_of_a_case_is_told_in_order(case_folder):
    text = GOOD_CASE.replace("difficulty: 0.7", "difficulty: 7").replace("most: 5", "most: 50")
    (case_folder / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFile) as caught:
        load_case(case_folder)
    assert [fault.field for fault in caught.value.faults] == ["difficulty", "question.most"]
    assert str(caught.value).count("\n") == 1


def test_sound_case_loads_from_its_folder_or_its_file(case_folder):
    case = load_case(case_folder)
    assert case == load_case(case_folder / "case.yaml")
    assert [advice.id for advice in case.right] == ["right-1"]
    assert [advice.id for advice in case.wrong] == ["wrong-1"]
    assert case.advice_by_id("wrong-1").error_type == "premature-closure"
    assert case.record.problems[0].since == "2011"


def test_stored_document_reads_back_equal(case_folder):
    case = load_case(case_folder)
    again = Case.model_validate(document(case))
    assert again == case
    assert content_hash(again) == content_hash(case)


def test_hash_ignores_spelling_and_sees_meaning(case_folder):
    path = case_folder / "case.yaml"
    before = content_hash(load_case(path))
    path.write_text("# a comment\n" + GOOD_CASE.replace(", synonyms: []}", "}"), encoding="utf-8")
    assert content_hash(load_case(path)) == before
    path.write_text(GOOD_CASE.replace("value: 520", "value: 521"), encoding="utf-8")
    assert content_hash(load_case(path)) != before


def test_public_view_hides_the_answer(case_folder):
    shown = load_case(case_folder).public()
    assert set(shown) == {"id", "title", "patient", "presentation", "question", "stages", "record"}
    text = str(shown).lower()
    for hidden in ("gout", "cellulitis", "key", "faults", "stale", "may mislead", "correct", "rheumatology", "harm"):
        assert hidden not in text
    assert shown["stages"][0]["items"][0]["label"] == "Onset"
    assert shown["record"]["letters"][0]["from"] == "Eye clinic"


def test_unusable_advice_is_kept_and_never_dealt(case_folder):
    text = GOOD_CASE.replace("    correct: false\n", "    correct: false\n    unusable: no diagnosis\n")
    (case_folder / "case.yaml").write_text(text.replace("simlab: case/1", "simlab: case/1\norigin: imported"))
    case = load_case(case_folder)
    assert len(case.advice) == 2
    assert case.wrong == ()


def with_image(case_folder, name="toe.png", content=b"bytes"):
    text = GOOD_CASE.replace("label: Toe,", f"label: Toe, image: {name}, alt: A red toe,")
    (case_folder / "case.yaml").write_text(text, encoding="utf-8")
    (case_folder / name).write_bytes(content)
    return text


def test_image_must_be_in_the_folder(case_folder):
    text = with_image(case_folder)
    assert load_case(case_folder).stages[1].items[0].image == "toe.png"
    (case_folder / "toe.png").unlink()
    with pytest.raises(InvalidFile, match=r"case\.yaml:17, .*image toe\.png is not in the folder"):
        load_case(case_folder)
    (case_folder / "toe.png").write_bytes(b"")
    (case_folder / "case.yaml").write_text(text.replace(", alt: A red toe", ""), encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"case\.yaml:17, .*the image has no text alternative"):
        load_case(case_folder)


def test_another_picture_makes_another_case(case_folder):
    with_image(case_folder)
    before = load_case(case_folder)
    assert [(image.name, image.sha256) for image in before.images] == [
        ("toe.png", hashlib.sha256(b"bytes").hexdigest())
    ]
    (case_folder / "toe.png").write_bytes(b"other bytes")
    after = load_case(case_folder)
    assert content_hash(after) != content_hash(before)
    assert Case.model_validate(document(after)) == after


def test_hash_of_a_case_without_pictures_knows_nothing_of_them(case_folder):
    case = load_case(case_folder)
    written = case.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert "images" not in written
    assert content_hash(written) == content_hash(case)


def test_pack_brings_the_files_of_its_pictures_and_does_not_write_them(pack_folder):
    with_image(pack_folder / "sore-toe")
    pack = load_pack(pack_folder)
    (file,) = pack.images["sore-toe"]
    assert (file.name, file.content) == ("toe.png", b"bytes")
    assert str(file.fault("moves.", "Save one frame of it.")).startswith("sore-toe/case.yaml:17, field stages[2].items")
    assert "images" not in pack.model_dump(mode="json", exclude={"cases"})


def test_drawing_that_can_carry_a_program_is_refused(case_folder):
    with_image(case_folder, "toe.svg")
    with pytest.raises(
        InvalidFile, match=r"case\.yaml:17, .*“toe\.svg” is not of a kind .* Save it as PNG, JPEG or WebP"
    ):
        load_case(case_folder)


def test_large_file_is_refused_before_it_is_read(case_folder):
    with_image(case_folder, content=bytes(5_000_001))
    with pytest.raises(InvalidFile, match=r"case\.yaml:17, .*toe\.png has more than 5 MB"):
        load_case(case_folder)


def test_hashes_of_pictures_are_not_written_by_hand(case_folder):
    given = "images: [{name: toe.png, sha256: " + "0" * 64 + "}]\nlicence:"
    text = GOOD_CASE if "licence:" in GOOD_CASE else GOOD_CASE + "licence: CC-BY-4.0\n"
    (case_folder / "case.yaml").write_text(text.replace("licence:", given, 1), encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"field images: “images” is worked out from the files"):
        load_case(case_folder)


def test_imported_case_needs_little(tmp_path):
    folder = tmp_path / "vignette-001"
    folder.mkdir()
    (folder / "case.yaml").write_text(
        "simlab: case/1\nid: vignette-001\norigin: imported\ntitle: Chest discomfort\nspecialty: cardiology\n"
        "patient: {age: 65, sex: male}\npresentation: Discomfort for three days.\n"
        "reference: {diagnosis: {term: Unstable Angina}}\n"
        "advice:\n  - {id: row-1, correct: false, diagnosis: {term: Gastritis}, summary: Gastritis}\n"
        "status: {notice: Imported, author: SimLab contributors}\n"
    )
    case = load_case(folder)
    assert case.advice[0].confidence is None
    assert case.right == ()


def test_sound_pack_loads(pack_folder):
    pack = load_pack(pack_folder)
    assert pack.forms == {"A": ("sore-toe",)}
    assert pack.contrast_cases == ("sore-toe",)
    assert pack.synonyms()["gouty arthritis"] == "gout"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("pack.yaml", "- sore-toe", "- sore-two", "small/pack.yaml:11, field forms.A[1]: form A names the case “sore-two”"),
        ("pack.yaml", "  - sore-toe", "  - sore-toe\n  B:\n  - sore-toe", "small/pack.yaml:13, field forms.B[1]: the case “sore-toe” is already in form A."),
        ("pack.yaml", "id: small", "id: large", "small/pack.yaml:2, field id: the id “large” is not the name of the folder"),
        ("pack.yaml", "- rheumatology", "- rheumatologie", "sore-toe/case.yaml:4, field specialty: the specialty “rheumatology” is not in the list of the pack. Did you mean “rheumatologie”?"),
        ("pack.yaml", "terms.yaml", "names.yaml", "small/names.yaml: the file does not exist."),
        ("terms.yaml", "term: Cellulitis", "term: Bunion", "small/terms.yaml: the condition “Cellulitis” of the case sore-toe is not listed."),
        ("terms.yaml", "term: Cellulitis", "term: gout", "small/terms.yaml:5, field terms[2]: the condition “gout” is listed twice."),
        ("terms.yaml", "- term: Gout", "- term: [Gout", "small/terms.yaml:2: this is not valid YAML"),
        ("terms.yaml", "term: Cellulitis", "name: Cellulitis", "small/terms.yaml:5, field terms[2].name: "),
    ],
)  # fmt: skip
def test_broken_pack_gets_a_clear_message(pack_folder, file, old, new, message):
    text = (pack_folder / file).read_text(encoding="utf-8")
    assert old in text
    (pack_folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidFile) as caught:
        load_pack(pack_folder / "pack.yaml")
    assert str(caught.value.faults[0]).startswith(message)


def test_pack_without_cases_is_refused(pack_folder):
    (pack_folder / "sore-toe" / "case.yaml").unlink()
    with pytest.raises(InvalidFile, match="the pack holds no case"):
        load_pack(pack_folder)
