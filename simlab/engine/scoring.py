"""Is this the same condition, and where in the list does the reference stand?

Answers are compared by name, after both names are brought to one spelling and synonyms to one name. Codes are not
compared: one ICD-10 category may cover conditions that a clinician must tell apart.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

Synonyms = Mapping[str, str]  # a name, normalised → the condition's preferred name, normalised


class Named(Protocol):
    """A condition with its names; a `casefile.Term` is one."""

    @property
    def term(self) -> str: ...
    @property
    def synonyms(self) -> tuple[str, ...]: ...


def normalise(term: str) -> str:
    """One spelling for a name: small letters, no accents, no punctuation, no possessive, single spaces.

    >>> normalise("  Graves’ Disease ") == normalise("graves disease")
    True
    """
    plain = unicodedata.normalize("NFKD", term)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    plain = re.sub(r"['’ʼ`](s\b)?", "", plain)
    return " ".join(re.findall(r"[^\W_]+", plain))


def synonyms_of(terms: Iterable[Named]) -> dict[str, str]:
    """Every name of every condition, to its preferred name. A preferred name is never overridden by a synonym."""
    terms = list(terms)
    names = {normalise(term.term): normalise(term.term) for term in terms}
    for term in terms:
        for synonym in term.synonyms:
            names.setdefault(normalise(synonym), normalise(term.term))
    return names


def canonical(term: str, synonyms: Synonyms) -> str:
    """The preferred name, normalised; a name nobody knows stands for itself."""
    name = normalise(term)
    return synonyms.get(name, name)


def same_condition(a: str, b: str, synonyms: Synonyms) -> bool:
    return canonical(a, synonyms) == canonical(b, synonyms)


def rank_of_reference(answer: Sequence[str | Mapping[str, Any]], reference: str, synonyms: Synonyms) -> int | None:
    """The rank (1 = first) of the reference in an ordered answer; None when it is not listed.

    `answer` holds names, or mappings with a "term". Names of one condition collapse into the first of them before
    ranks are counted, so a repeated guess does not push the reference down.
    """
    wanted = canonical(reference, synonyms)
    ranked: list[str] = []
    for entry in answer:
        name = canonical(entry if isinstance(entry, str) else str(entry["term"]), synonyms)
        if name and name not in ranked:
            ranked.append(name)
    return ranked.index(wanted) + 1 if wanted in ranked else None


def top_k(rank: int | None, k: int) -> bool:
    """Whether the reference stands among the first `k`. An unlisted reference is a wrong answer, not a missing one."""
    return rank is not None and rank <= k
