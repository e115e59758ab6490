"""What a case must satisfy beyond the shape of its fields.

Imported cases (real vignettes, recorded AI output) are held to the checks that keep a study correct; authored cases
also to those that make a case worth sitting.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from simlab.engine.answers import parts_checked
from simlab.engine.caseimages import MOST_BYTES, pictures_named
from simlab.engine.errors import Fault, Refused
from simlab.engine.formscores import score_answer
from simlab.engine.parsing import Origin
from simlab.engine.questionchecks import question_findings
from simlab.engine.scoring import normalise, same_condition, synonyms_of
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.case import Advice, Case

Finding = tuple[FieldPath, str, str]  # field, what is wrong, remedy

TELLING_LENGTH = 5  # shorter words ("of", "acute", "type") do not give an answer away


def case_faults(case: "Case", origin: Origin, folder: str, files: Mapping[str, bytes]) -> list[Fault]:
    """Every fault of a case that has the right shape, in the order of the file.

    `folder` is the name of its folder, `files` what lies in it of the pictures that the case names.
    """
    findings = [*_identity(case, folder), *_unique_ids(case), *_images(case, files), *_heat_maps(case), *_record(case)]
    asked = list(question_findings(case.question))
    findings += asked or _advised(case)
    if case.origin == "authored":
        findings += [*_completeness(case), *_secrecy(case), *_even_cards(case)]
        findings += [] if asked else _advice_truth(case)
        for index, advice in enumerate(case.advice):
            findings += _advice_completeness(advice, index)
    faults = [origin.fault(path, message, remedy) for path, message, remedy in findings]
    return sorted(faults, key=lambda fault: fault.line or 0)


def _identity(case: "Case", folder: str) -> Iterator[Finding]:
    if folder != case.id:
        yield ("id",), f"the id “{case.id}” is not the name of the folder, “{folder}”.", "Make them the same."


def _unique_ids(case: "Case") -> Iterator[Finding]:
    items = [
        (("stages", i, "items", j, "id"), item.id)
        for i, stage in enumerate(case.stages)
        for j, item in enumerate(stage.items)
    ]
    management = [
        (("reference", "management", i, "id"), action.id) for i, action in enumerate(case.reference.management)
    ]
    advice = [(("advice", i, "id"), item.id) for i, item in enumerate(case.advice)]
    for group in (items, management, advice):
        yield from _repeated(group)


def _repeated(named: Iterable[tuple[FieldPath, str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, name in named:
        if name in seen:
            yield path, f"the id “{name}” is used twice.", "Give each its own id."
        seen.add(name)


def _images(case: "Case", files: Mapping[str, bytes]) -> Iterator[Finding]:
    if case.images:
        yield ("images",), "“images” is worked out from the files.", "Remove it; name each image at its item."
    for name, place in pictures_named(case):
        yield from _image_file(name, files, place)
    for i, stage in enumerate(case.stages):
        for j, item in enumerate(stage.items):
            path: FieldPath = ("stages", i, "items", j)
            if item.layers and not item.image:
                yield (*path, "layers"), "there is no picture that the layers could lie on.", "Add “image:”."
            yield from _repeated([((*path, "layers", k, "id"), layer.id) for k, layer in enumerate(item.layers)])
            if item.image and not item.alt:
                yield (
                    path,
                    "the image has no text alternative.",
                    "Add “alt:” with what a reader must know of the image.",
                )


def _heat_maps(case: "Case") -> Iterator[Finding]:
    pictured = {item.id for stage in case.stages for item in stage.items if item.image}
    for index, advice in enumerate(case.advice):
        if advice.heat_map and advice.heat_map.item not in pictured:
            message = f"no item “{advice.heat_map.item}” of this case has a picture."
            yield ("advice", index, "heat-map", "item"), message, "Name the item by its id."


def _image_file(name: str, files: Mapping[str, bytes], path: FieldPath) -> Iterator[Finding]:
    if name not in files:
        yield path, f"the image {name} is not in the folder.", "Add the file or correct its name."
    elif len(files[name]) > MOST_BYTES:
        message = f"the image {name} has more than {MOST_BYTES // 1_000_000} MB."
        yield path, message, "Save it smaller."


def _record(case: "Case") -> Iterator[Finding]:
    lists = ((("record", "results"), case.record.results), (("record", "noise", "results"), case.record.noise.results))
    for place, results in lists:
        for index, result in enumerate(results):
            low, high = result.range or (None, None)
            if low is not None and high is not None and low > high:
                yield (*place, index, "range"), "the range runs from high to low.", "Write [low, high]."


def _completeness(case: "Case") -> Iterator[Finding]:
    reference = case.reference
    for name in ("difficulty", "guideline", "debrief"):
        if getattr(case, name) is None:
            yield (name,), f"“{name}” is missing.", "An authored case needs it; see the case format."
    if not case.competences:
        yield ("competences",), "no competence is named.", "Name at least one, for example [diagnosis]."
    if not 3 <= len(reference.differential) <= 6:
        found = len(reference.differential)
        yield (
            ("reference", "differential"),
            f"the differential lists {found} conditions.",
            "List 3 to 6 plausible others.",
        )
    if not 3 <= len(reference.management) <= 6:
        found = len(reference.management)
        yield ("reference", "management"), f"the management lists {found} actions.", "List 3 to 6 key features."
    elif not any(action.essential for action in reference.management):
        yield ("reference", "management"), "no action is essential.", "Mark at least one with “essential: true”."
    if not any(item.key for stage in case.stages for item in stage.items):
        yield ("stages",), "no finding is marked as key.", "Mark those that decide the case with “key: true”."
    for name, present in (("right", case.right), ("wrong", case.wrong)):
        if not present:
            yield ("advice",), f"there is no {name} advice.", f"Add at least one item that is {name}."


def _secrecy(case: "Case") -> Iterator[Finding]:
    term = case.reference.diagnosis.term
    telling = {word for word in normalise(term).split() if len(word) >= TELLING_LENGTH}
    telling -= {"acute", "chronic", "disease", "syndrome", "infection", "primary", "secondary"}
    for name in ("id", "title"):
        text = normalise(getattr(case, name))
        given_away = normalise(term) if _names(text, term) else next((w for w in text.split() if w in telling), None)
        if given_away:
            message = f"“{given_away}” gives the answer away."
            yield (name,), message, "Name the case by its complaint, not by its diagnosis."
    if _names(normalise(case.presentation), term):
        yield (
            ("presentation",),
            "the presentation names the reference diagnosis.",
            "Let the patient describe it instead.",
        )


def _names(text: str, term: str) -> bool:
    """Whether a normalised text holds the whole name of a condition."""
    return f" {normalise(term)} " in f" {text} "


def _advised(case: "Case") -> Iterator[Finding]:
    """Advice suggests a diagnosis where the case asks for one, and else an answer that could be given."""
    by_diagnosis = case.question.kind == "ranked-differential"
    for index, advice in enumerate(case.advice):
        wanted, other = ("diagnosis", "answer") if by_diagnosis else ("answer", "diagnosis")
        if getattr(advice, wanted) is None:
            yield ("advice", index, wanted), f"“{wanted}” is missing.", f"Add “{wanted}:” here."
        if getattr(advice, other) is not None:
            message = f"the question of this case takes no “{other}”."
            yield ("advice", index, other), message, f"Say what is suggested under “{wanted}:”."
        elif advice.answer is not None:
            try:
                parts_checked(case.question, advice.answer)
            except Refused as refused:
                yield ("advice", index, "answer"), refused.message, "Write it as an answer; see the case format."


def _advice_truth(case: "Case") -> Iterator[Finding]:
    reference = case.reference.diagnosis
    synonyms = synonyms_of([reference])
    for index, advice in enumerate(case.advice):
        if advice.diagnosis is None:
            yield from _answer_truth(case, advice, index)
            continue
        agrees = same_condition(advice.diagnosis.term, reference.term, synonyms)
        path = ("advice", index, "diagnosis")
        if advice.correct and not agrees:
            message = f"the advice is marked right but says “{advice.diagnosis.term}”."
            yield path, message, f"Write “{reference.term}”, or mark it “correct: false”."
        if not advice.correct and agrees:
            yield path, "the advice is marked wrong but names the reference diagnosis.", "Mark it “correct: true”."


def _answer_truth(case: "Case", advice: "Advice", index: int) -> Iterator[Finding]:
    try:
        parts = parts_checked(case.question, advice.answer or {})
    except Refused:
        return  # told already
    right = score_answer(case.question, case.reference.diagnosis, parts, {}).correct
    if right is not None and right != advice.correct:
        said = "right" if advice.correct else "wrong"
        message = f"the advice is marked {said}, but its answer is scored {'right' if right else 'wrong'}."
        yield ("advice", index, "answer"), message, "Correct the answer, or the mark."


def _even_cards(case: "Case") -> Iterator[Finding]:
    """What only right or only wrong advice has on its card would tell them apart."""
    shown = [(index, advice) for index, advice in enumerate(case.advice) if not advice.unusable]
    even = (("link", "link"), ("findings_against", "findings-against"), ("heat_map", "heat-map"))
    for name, part in even:
        lacking = [index for index, advice in shown if not getattr(advice, name)]
        if lacking and len(lacking) < len(shown):
            message = f"this advice has no “{part}” and other advice of the case has."
            yield ("advice", lacking[0]), message, "Give it to all or to none, so that cards look alike."


def _advice_completeness(advice: "Advice", index: int) -> Iterator[Finding]:
    path = ("advice", index)
    for name in ("confidence", "rationale"):
        if getattr(advice, name) is None:
            yield (*path, name), f"“{name}” is missing.", f"Add “{name}:” to the advice “{advice.id}”."
    if not advice.findings_for:
        yield (*path, "findings-for"), "the advice gives no finding in its favour.", "Add at least one."
    if advice.correct and advice.error_type is not None:
        yield (*path, "error-type"), "right advice has no error type.", "Remove “error-type”."
    if not advice.correct and advice.error_type is None:
        yield (*path, "error-type"), "the wrong advice names no error type.", "Add “error-type:”; see the case format."
    if not advice.correct and advice.harm is None:
        yield (*path, "harm"), "the wrong advice names no harm.", "Add “harm:” from 1 (minor) to 3 (severe)."
