"""Questionnaires: the shipped files, the worked numbers, and what is refused."""

import pytest

from simlab.engine import instrument as engine
from simlab.engine.errors import InvalidFile, Refused
from simlab.stats import questionnaires
from tests.engine.conftest import ROOT

SHIPPED = engine.load_folder(ROOT / "instruments")
SUS = dict(zip([f"s{n}" for n in range(1, 11)], [4, 2, 5, 1, 4, 2, 5, 1, 4, 2], strict=True))
TLX = dict(
    zip(
        ("mental", "physical", "temporal", "performance", "effort", "frustration"),
        [70, 10, 55, 40, 65, 30],
        strict=True,
    )
)
WEIGHTS = (5, 0, 3, 2, 4, 1)


def pairs(weights):
    """Fifteen choices that give each dimension its weight: the stronger of each pair is chosen."""
    order = sorted(zip(TLX, weights, strict=True), key=lambda pair: -pair[1])
    rank = [name for name, _ in order]
    tlx = SHIPPED["nasa-tlx-weighted"]
    return {
        item.id: min((option.id for option in item.options), key=rank.index)
        for item in tlx.items
        if item.kind == "choice"
    }


def test_shipped_files_are_there_and_hashed():
    assert {"sus", "nasa-tlx", "nasa-tlx-weighted", "jian-2000", "demographics", "outside-help"} <= set(SHIPPED)
    assert len({one.hash for one in SHIPPED.values()}) == len(SHIPPED)
    assert {name for name, one in SHIPPED.items() if one.wording == "to-be-filled-in"} == {
        "jian-2000", "koerber-2018", "merritt-2011-trust", "merritt-2013-propensity",
    }  # fmt: skip


def test_sus_is_85_in_the_worked_example():
    assert engine.score(SHIPPED["sus"], SUS) == {"sus": 85}
    assert engine.score(SHIPPED["sus"], {**SUS, "s3": None}) == {"sus": None}


def test_tlx_is_45_raw_and_59_weighted_in_the_worked_example():
    answers = TLX | pairs(WEIGHTS)
    assert engine.score(SHIPPED["nasa-tlx-weighted"], answers) == {"raw": 45, "tlx": 59}
    assert engine.items_for_statistics(SHIPPED["nasa-tlx-weighted"], answers)["tlx-weights"] == [5, 0, 3, 2, 4, 1]
    assert engine.score(SHIPPED["nasa-tlx-weighted"], TLX)["tlx"] is None
    assert engine.score(SHIPPED["nasa-tlx"], TLX) == {"raw": 45}


@pytest.mark.parametrize("missing", [(), (7,), (1, 2, 6, 10, 13, 15)])
def test_trust_scales_agree_with_the_statistics(missing):
    """Two codes, two keys: the file's and the one of simlab.stats."""
    jian = [None if n in missing else 1 + n % 7 for n in range(1, 13)]
    answers = {f"i{n}": value for n, value in enumerate(jian, start=1)}
    assert list(engine.score(SHIPPED["jian-2000"], answers).values()) == list(questionnaires.trust_jian(jian).values())
    koerber = [None if n in missing else 1 + n % 5 for n in range(1, 20)]
    answers = {f"i{n}": value for n, value in enumerate(koerber, start=1)}
    ours = engine.score(SHIPPED["koerber-2018"], answers)
    theirs = questionnaires.trust_in_automation(koerber)
    assert {name.replace("-", " "): value for name, value in ours.items()} == pytest.approx(theirs, nan_ok=True)


def test_items_go_to_the_statistics_under_their_names():
    for one in SHIPPED.values():
        for name, items in one.scores_as.items():
            assert questionnaires.ITEMS[name] == len(items)
    assert engine.items_for_statistics(SHIPPED["sus"], SUS) == {"sus": [4, 2, 5, 1, 4, 2, 5, 1, 4, 2]}


def test_centre_rule_puts_the_middle_in_place_of_a_missing_answer():
    scale = SHIPPED["sus"].scales["sus"].model_copy(update={"missing": "centre"})
    lenient = SHIPPED["sus"].model_copy(update={"scales": {"sus": scale}})
    assert engine.score(lenient, {**SUS, "s1": None}) == {"sus": 85 - 2.5}


def test_attention_check_is_passed_only_as_asked():
    one = SHIPPED["propensity-short"]
    assert engine.attention_passed(one, {"attention": 2.0}) is True
    assert engine.attention_passed(one, {"attention": 3.0}) is False
    assert engine.attention_passed(one, {}) is False
    assert engine.attention_passed(SHIPPED["sus"], SUS) is None


def test_help_from_outside_is_told_as_an_event():
    one = SHIPPED["outside-help"]
    assert engine.events_told(one, {"help": ["search", "ai"]}) == {"outside-help": True}
    assert engine.events_told(one, {"help": ["none"]}) == {"outside-help": False}
    assert engine.events_told(one, {"help": None}) == {"outside-help": None}
    assert engine.events_told(SHIPPED["own-ai-use"], {"use": "weekly"}) == {"ai-between-phases": True}


def test_answers_are_kept_whole_with_what_is_missing():
    given = {"years": "12", "gender": "woman", "ai-at-work": ""}
    kept = engine.checked_answers(SHIPPED["demographics"], given)
    assert kept == {"years": 12.0, "gender": "woman", "age": None, "ai-at-work": None}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("sus", {"s1": 6}, "a number from 1 to 5"),
        ("sus", {"s1": 2.5}, "a number from 1 to 5"),
        ("sus", {"s1": "often"}, "write a number"),
        ("sus", {"s11": 1}, "“s11” is not an item"),
        ("nasa-tlx", {"mental": 52}, "a number from 0 to 100"),
        ("demographics", {"gender": "x"}, "choose from the answers given"),
        ("demographics", {"gender": ["woman", "man"]}, "choose from the answers given"),
        ("comments", {"comments": "x" * 2001}, "at most 2000 characters"),
        ("comments", {"comments": 5}, "at most 2000 characters"),
    ],
)
def test_answer_that_does_not_fit_is_refused(name, given, words):
    with pytest.raises(Refused, match=words):
        engine.checked_answers(SHIPPED[name], given)


def test_required_item_must_be_answered():
    items = tuple(item.model_copy(update={"required": True}) for item in SHIPPED["comments"].items)
    with pytest.raises(Refused, match="Please answer: Your comments"):
        engine.checked_answers(SHIPPED["comments"].model_copy(update={"items": items}), {"comments": "  "})


BROKEN = [
    ("id: trust-short", "id: trust", "the id “trust” is not the name of the file"),
    ("reverse: [check]", "reverse: [chek]", "there is no item “chek”. Did you mean “check”?"),
    ("missing: half", "missing: some", "is not one of the possible values"),
    ("low: 0, high: 100", "low: 100, high: 0", "runs from 100 to 0"),
    ("low: 1, high: 7", "low: 1, high: 7, step: 4", "steps of 4 do not lead from 1 to 7"),
    ("{id: know, text:", "{id: rely, text:", "the item “rely” is listed twice"),
    ("{id: rely, text: \"I can rely on the suggestions\"", "{id: rely", "the item “rely” has no text"),
    ("reverse: [check]", "statistic: weighted-mean", "a weighted mean needs pairs"),
    ("[right]", "[write]", "there is no item “write”"),
    ("kind: number", "kind: choice", "offers nothing to choose"),
    ("items: [rely, check, know], rev", "items: [rely, know], rev", "reversed that does not count"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), BROKEN)
def test_broken_file_is_told_with_its_line(old, new, words):
    text = (ROOT / "instruments" / "trust-short.yaml").read_text()
    assert old in text
    with pytest.raises(InvalidFile) as caught:
        engine.parse_instrument(text.replace(old, new, 1), "trust-short.yaml")
    told = [str(fault) for fault in caught.value.faults]
    assert any(words in one for one in told), told
    assert all(one.startswith("trust-short.yaml:") for one in told)
