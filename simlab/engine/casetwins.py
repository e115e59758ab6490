"""Swapped twins: a case told again of another patient, the same in all that decides it."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simlab.engine.casetexts import Finding, texts
from simlab.engine.parsing import document

if TYPE_CHECKING:
    from simlab.engine.case import Case

# Words that say the sex of a person. Either side may stand on either side of a difference.
_SEXED = {
    *("he", "him", "his", "himself", "man", "men", "boy", "male", "gentleman", "mr", "sir"),
    *("husband", "father", "dad", "grandfather", "son", "brother", "uncle", "nephew", "lad", "widower", "waiter"),
    *("she", "her", "hers", "herself", "woman", "women", "girl", "female", "lady", "mrs", "ms", "miss", "madam"),
    *("wife", "mother", "mum", "grandmother", "daughter", "sister", "aunt", "niece", "lass", "widow", "waitress"),
}


def family(case: "Case") -> str:
    """The id under which a case and its twins count as one."""
    return case.twin_of or case.id


def twin_faults(case: "Case", cases: Mapping[str, "Case"]) -> Iterator[Finding]:
    """What is wrong with a case that calls itself a twin."""
    if case.twin_of is None:
        return
    original = cases.get(case.twin_of)
    if original is None or original.twin_of is not None:
        message = f"“{case.twin_of}” is not a case of this pack that could have a twin."
        yield ("twin-of",), message, "Name the case that this one repeats."
        return
    if case.patient.name == original.patient.name:
        yield ("patient", "name"), "the twin has the name of the original.", "Give the patient another name."
    for name, (own, other) in _decisive(case, original).items():
        if own != other:
            yield (name,), f"“{name}” is not that of {original.id}.", "A twin differs in its patient only."
    yield from _other_words(case, original)


def _decisive(case: "Case", original: "Case") -> dict[str, tuple[Any, Any]]:
    one, other = _essence(case), _essence(original)
    return {name: (one[name], other[name]) for name in one}


def _essence(case: "Case") -> dict[str, Any]:
    whole = document(case)
    reference = whole["reference"]
    kept = ("id", "correct", "error-type", "harm", "diagnosis", "answer", "differential", "confidence")
    return {
        **{name: whole[name] for name in ("specialty", "competences", "difficulty", "question", "harm")},
        "reference": {
            "diagnosis": reference["diagnosis"],
            "differential": reference["differential"],
            "management": [{**action, "text": None} for action in reference["management"]],
        },
        "advice": [{name: advice[name] for name in kept} for advice in whole["advice"]],
        "stages": [[(item["id"], item["key"], item["image"]) for item in stage["items"]] for stage in whole["stages"]],
        "record": {
            "medication": whole["record"]["medication"],
            "problems": whole["record"]["problems"],
            "results": [(result["name"], result["unit"], result["values"]) for result in whole["record"]["results"]],
            "faults": [(fault["kind"], fault["where"]) for fault in whole["record"]["faults"]],
        },
        "guideline": whole["guideline"] and (whole["guideline"]["url"], whole["guideline"]["fits"]),
    }


def _other_words(case: "Case", original: "Case") -> Iterator[Finding]:
    """Word for word the same, but for names and for words that say a person's sex."""
    told = dict(texts(original))
    for path, text in texts(case):
        if path[0] in ("patient", "title", "status"):
            continue
        differs = _first_difference(text, told.get(path, ""))
        if differs:
            message = (
                f"“{differs}” is neither a name nor a word for a person's sex, and {original.id} has it otherwise."
            )
            yield path, message, "A twin differs in its patient only."


def _first_difference(text: str, other: str) -> str | None:
    own, wanted = _words(text), _words(other)
    if len(own) != len(wanted):
        return text if len(text) < 60 else text[:57] + "…"
    for word, was in zip(own, wanted, strict=True):
        named = word[:1].isupper() and was[:1].isupper()
        sexed = _bare(word) in _SEXED and _bare(was) in _SEXED
        if word != was and not named and not sexed:
            return word
    return None


def _words(text: str) -> list[str]:
    return [found[0] for found in re.finditer(r"[\w'’-]+", text)]


def _bare(word: str) -> str:
    return re.sub(r"['’].*$", "", word.lower())
