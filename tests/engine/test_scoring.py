import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.engine.case import Term
from simlab.engine.scoring import normalise, rank_of_reference, same_condition, synonyms_of, top_k

TERMS = [
    Term(term="Giant cell arteritis", synonyms=("Temporal arteritis", "GCA")),
    Term(term="Migraine", synonyms=("Migraine headache",)),
    Term(term="Graves' disease", synonyms=("Thyrotoxicosis", "GCA")),
]
NAMES = synonyms_of(TERMS)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("  Tension-Type   Headache ", "tension type headache"),
        ("Graves’ disease", "graves disease"),
        ("Crohn's disease", "crohn disease"),
        ("Ménière disease", "meniere disease"),
        ("COVID 19", "covid 19"),
        ("Otitis media (acute)", "otitis media acute"),
        ("?!", ""),
    ],
)
def test_names_come_to_one_spelling(written, name):
    assert normalise(written) == name


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


def test_synonym_is_the_same_condition():
    assert same_condition("temporal ARTERITIS", "Giant-cell arteritis", NAMES)
    assert not same_condition("Migraine", "Giant cell arteritis", NAMES)
    assert same_condition("unknown thing", "Unknown Thing", NAMES)


def test_synonym_claimed_twice_belongs_to_the_first():
    assert same_condition("GCA", "Giant cell arteritis", NAMES)


def test_synonym_never_takes_a_preferred_name():
    names = synonyms_of([Term(term="Flu", synonyms=("Cold",)), Term(term="Cold")])
    assert not same_condition("Cold", "Flu", names)


@pytest.mark.parametrize(
    ("answer", "rank"),
    [
        (["Giant cell arteritis"], 1),
        (["Migraine", "GCA"], 2),
        (["Migraine", "migraine headache", "Temporal arteritis"], 2),
        ([{"term": "Sinusitis", "icd10": None}, {"term": "GCA", "icd10": None}], 2),
        (["Migraine"], None),
        (["", "GCA"], 1),
        ([], None),
    ],
)
def test_rank_of_the_reference(answer, rank):
    assert rank_of_reference(answer, "Giant cell arteritis", NAMES) == rank


@pytest.mark.parametrize(
    ("rank", "k", "within"), [(1, 1, True), (2, 1, False), (3, 3, True), (4, 3, False), (None, 5, False)]
)
def test_top_k_counts_an_unlisted_reference_as_wrong(rank, k, within):
    assert top_k(rank, k) is within
