"""Every rule about cases, tripped by one change to a sound case; and the shipped packs, which trip none."""

import shutil
from pathlib import Path

import pytest

from simlab.engine.cardcue import Look, auc, cue_aucs
from simlab.engine.casequality import library_faults, quality_faults
from simlab.engine.casewording import school_grade
from simlab.engine.drugdoses import milligrams_daily

LIBRARY = Path(__file__).resolve().parents[2] / "cases"
TODAY = "2026-11-23"
CASE = "awake-at-three"

SLIPS = {
    "American spelling": ("trauma-focused cognitive behavioural", "trauma-focused cognitive behavioral", "American"),
    "hard words of the patient": (
        "I think I am going mad.",
        "Considering the accumulated psychological disturbances, unfortunately "
        + "deteriorating and disproportionately debilitating physiological manifestations, " * 4
        + "hospitalisation is conceivable.",
        "years of school",
    ),
    "a long finding": ("Neat, tearful", "Neat, " + "and again " * 50 + "tearful", "item has"),
    "the answer in a synonym": ("I think I am going mad.", "I think it is PTSD.", "is a name of the answer"),
    "a unit from elsewhere": ("      unit: mU/L", "      unit: mg/dL", "is given in"),
    "an American unit in a text": ('"46 micrograms/L."', '"46 ng/dL."', "no unit of UK practice"),
    "a result that cannot be": ("value: 1.6}", "value: 1600}", "cannot be"),
    "an observation that cannot be": ("Pulse 92", "Pulse 920", "a pulse of 920"),
    "a dose with a slipped point": ("dose: 25 mg at night", "dose: 250 mg at night", "an adult is given"),
    "a weekly drug taken daily": (
        "{drug: Promethazine, dose: 25 mg at night when required,",
        "{drug: Methotrexate, dose: 2.5 mg once daily,",
        "once a week",
    ),
    "another age on the card": ('    summary: "', '    summary: "A woman of 58. ', "somebody aged 58"),
    "a problem of the other sex": ("term: Insomnia", "term: Benign prostatic hyperplasia", "does not fit the patient"),
    "a day to come": ("date: 2026-11-16", "date: 2031-11-16", "has not come yet"),
    "a day before birth": ("since: 2019,", "since: 1979,", "before the patient was born"),
    "a series backwards": ("date: 2021-06-15, value: 3", "date: 2026-09-15, value: 3", "old to new"),
    "a next review before the last": (
        "reviewer: null, reviewed-on: null, review-by: 2028-11-23",
        "reviewer: A Clinician, reviewed-on: 2026-11-01, review-by: 2026-10-01",
        "next review",
    ),
    "a licence that is not free": ("licence: CC-BY-4.0", "licence: CC-BY-NC-4.0", "not one of the library"),
    "a reviewer without a day": ("reviewer: null", "reviewer: A Clinician", "a name and a day"),
    "a signature of other words": (
        "reviewer: null, reviewed-on: null",
        f"reviewer: A Clinician, reviewed-on: 2026-11-01, reviewed-content: {'0' * 64}",
        "does not belong to the case",
    ),
    "a long title": ("title: Not sleeping since the spring", "title: Not sleeping" + " well" * 12, "title has"),
    "an unsigned case that is silent": ("; not clinically reviewed", "", "must say so"),
    "no day of review": (", review-by: 2028-11-23", "", "“review-by”"),
    "a picture without words": ('Fully orientated.",', 'Fully orientated.", image: room.png,', "text alternative"),
    "a picture with next to none": (
        'Fully orientated.",',
        'Fully orientated.", image: room.png, alt: A room,',
        "next to nothing",
    ),
    "an unknown field": ("harm: 2\nstatus", "harmful: 2\nstatus", "not a known key"),
    "a right choice that is long": (
        'question: {prompt: "What is the most likely diagnosis?", kind: ranked-differential, most: 5}',
        "question: {prompt: What now?, kind: management, most: 2, options: [{id: a, text: "
        + "Very " * 9
        + "carefully refer, essential: true}, {id: b, text: Wait}, {id: c, text: Go home}]}",
        "known by its length",
    ),
}


def a_pack(folder: Path, *cases: str) -> Path:
    """A pack with these cases of the library and without forms."""
    shipped, made = LIBRARY / "primary-care", folder / "primary-care"
    made.mkdir()
    head = (shipped / "pack.yaml").read_text(encoding="utf-8").partition("forms:")[0]
    (made / "pack.yaml").write_text(head, encoding="utf-8")
    shutil.copy(shipped / "terms.yaml", made)
    for name in cases:
        shutil.copytree(shipped / name, made / name)
    return made


def change(pack: Path, case: str, old: str, new: str) -> None:
    file = pack / case / "case.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("slip", SLIPS)
def test_each_rule_is_tripped_by_its_slip(tmp_path: Path, slip: str) -> None:
    old, new, told = SLIPS[slip]
    pack = a_pack(tmp_path, CASE)
    if "picture" in slip:
        shutil.copy(LIBRARY / "primary-care/five-days-of-fever/temperature-chart.png", pack / CASE / "room.png")
    assert quality_faults(pack, TODAY) == []
    change(pack, CASE, old, new)
    if "choice" in slip:
        file = pack / CASE / "case.yaml"
        text = file.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.startswith("    diagnosis: {")]
        text = "\n".join(lines).replace("correct: true", "correct: true\n    answer: {chosen: [a]}")
        file.write_text(text.replace("correct: false", "correct: false\n    answer: {chosen: [b]}"), encoding="utf-8")
    faults = quality_faults(pack, TODAY)
    assert [fault for fault in faults if told in str(fault)], [str(fault) for fault in faults]
    assert all(fault.file and (fault.line or "pack.yaml" in fault.file) for fault in faults)


def test_a_sentence_of_two_cases_is_told(tmp_path: Path) -> None:
    pack = a_pack(tmp_path, CASE, "a-mark-on-the-toe")
    shared = "She has not spoken of it since that day in the spring of the year."
    for case, old in ((CASE, "She has not spoken of it since."), ("a-mark-on-the-toe", "None that he or his wife")):
        change(pack, case, old, f"{shared} {old}")
    (fault,) = quality_faults(pack, TODAY)
    assert "word for word in a-mark-on-the-toe" in str(fault)


def test_cards_of_another_shape_are_told(tmp_path: Path) -> None:
    pack = a_pack(tmp_path, "a-mark-on-the-toe")
    change(pack, "a-mark-on-the-toe", '"Uneven lines under the dermatoscope", ', "")
    assert "another number of findings" in str(quality_faults(pack, TODAY)[0])


def say_surely(pack: Path) -> None:
    """Every right card says that it is sure, and no wrong one does."""
    for file in pack.glob("*/case.yaml"):
        head, right, rest = file.read_text(encoding="utf-8").partition("    correct: true\n")
        card, wrong, others = rest.partition("    correct: false\n")
        summary, rationale, words = card.partition('    rationale: "')
        file.write_text(head + right + summary + rationale + "Surely " + words + wrong + others, encoding="utf-8")


def test_cards_that_give_themselves_away_are_told(tmp_path: Path) -> None:
    names = sorted(path.parent.name for path in (LIBRARY / "primary-care").glob("*/case.yaml"))
    pack = a_pack(tmp_path, *[name for name in names if not name.endswith("-twin")][:24])
    say_surely(pack)
    assert any("told apart by wording" in str(fault) for fault in quality_faults(pack, TODAY))


def test_cards_that_give_themselves_away_in_two_small_packs_are_told_of_both_together(tmp_path: Path) -> None:
    names = sorted(path.parent.name for path in (LIBRARY / "primary-care").glob("*/case.yaml"))
    names = [name for name in names if not name.endswith("-twin")][:24]
    folders = []
    for index, part in enumerate((names[:12], names[12:])):
        (tmp_path / str(index)).mkdir()
        folders.append(a_pack(tmp_path / str(index), *part))
        say_surely(folders[-1])
        assert quality_faults(folders[-1], TODAY) == []  # too small to be judged alone
    told = library_faults(folders)
    assert any("told apart by wording" in str(fault) for fault in told)
    assert all(fault.file == "all packs together" for fault in told)
    assert library_faults(folders[:1]) == []


def test_the_whole_library_gives_no_card_away() -> None:
    folders = sorted(path.parent for path in LIBRARY.glob("*/pack.yaml"))
    assert len(folders) == 4
    assert [str(fault) for fault in library_faults(folders)] == []


@pytest.mark.parametrize("pack", ["primary-care", "answer-forms"])
def test_shipped_packs_are_without_fault(pack: str) -> None:
    assert [str(fault) for fault in quality_faults(LIBRARY / pack, TODAY)] == []


def test_judges_see_what_is_there_and_nothing_else() -> None:
    def cards(length: int, word: str) -> list[Look]:
        return [
            Look(
                str(case),
                right,
                frozenset({f"w{case}", word if right else "other"}),
                100 + length * right + case % 7,
                0.8,
            )
            for case in range(30)
            for right in (True, False)
        ]

    telling, mute = cue_aucs(cards(20, "surely")), cue_aucs(cards(0, "other"))
    assert (telling["length"], telling["wording"]) == (1.0, 1.0)
    assert mute["length"] == mute["wording"] == mute["confidence"] == 0.5


def test_auc_of_a_worked_example() -> None:
    # Pairs: (3, 1) won, (3, 3) tied, (2, 1) won, (2, 3) lost: 2.5 of 4.
    assert auc([(True, 3), (True, 2), (False, 1), (False, 3)]) == 0.625


def test_school_grade_of_a_worked_example() -> None:
    # Six words, one sentence, seven syllables: 0.39 × 6 + 11.8 × 7 / 6 − 15.59.
    assert school_grade("The cat sat on my table.") == pytest.approx(0.39 * 6 + 11.8 * 7 / 6 - 15.59)


@pytest.mark.parametrize(
    ("dose", "daily"),
    [
        ("1 g up to four times daily", 4000),
        ("75 micrograms once daily", 0.075),
        ("70 mg once weekly", 10),
        ("two puffs", None),
    ],
)
def test_doses_are_read(dose: str, daily: float | None) -> None:
    assert milligrams_daily(dose) == daily


TWIN = "numb-feet-and-a-stick-twin"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: Dennis Arkwright", "name: Ranjit Singh Bhullar", "the name of the original"),
        ("with eyes shut.", "with eyes open.", "“open”"),
        ("twin-of: numb-feet-and-a-stick", "twin-of: nobody", "could have a twin"),
        ("difficulty: 0.42", "difficulty: 0.52", "“difficulty” is not that of"),
        ("id: wrong-2", "id: wrong-3", "“advice” is not that of"),
    ],
)
def test_a_twin_that_is_none_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    pack = a_pack(tmp_path, TWIN, TWIN.removesuffix("-twin"))
    assert quality_faults(pack, TODAY) == []
    change(pack, TWIN, old, new)
    assert any(told in str(fault) for fault in quality_faults(pack, TODAY))


def test_a_form_holds_no_twins_and_shares_cases_with_a_longer_one_only(tmp_path: Path) -> None:
    original = TWIN.removesuffix("-twin")
    pack = a_pack(tmp_path, TWIN, original, CASE, "a-mark-on-the-toe")
    head = (pack / "pack.yaml").read_text(encoding="utf-8")

    def told(forms: str) -> list[str]:
        (pack / "pack.yaml").write_text(f"{head}forms: {forms}\n", encoding="utf-8")
        return [fault.message for fault in quality_faults(pack, TODAY)]

    assert told(f"{{A: [{original}], A2: [{original}, {CASE}]}}") == []
    assert told(f"{{A: [{original}, {TWIN}]}}") == [f"form A holds both “{original}” and “{TWIN}”, which are twins."]
    shared = f"{{A: [{original}, {CASE}], B: [{CASE}, a-mark-on-the-toe]}}"
    assert told(shared) == [f"the case “{CASE}” is already in form A."]
