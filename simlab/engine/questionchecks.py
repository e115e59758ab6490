"""What a question must satisfy beyond the shape of its fields: its keys name options, and it can be answered right."""

from collections.abc import Iterable, Iterator, Sequence

from simlab.engine import questions as q
from simlab.engine.yamlfile import FieldPath

Finding = tuple[FieldPath, str, str]  # field, what is wrong, remedy


def question_findings(question: q.Question) -> Iterator[Finding]:
    """Every fault of a question, placed below the field `question`."""
    for path, message, remedy in _findings(question):
        yield ("question", *path), message, remedy
    if question.id is not None:
        yield ("question", "id"), "only a further question has an id.", "Remove it."
    yield from _repeated(("question", "also"), [str(one.id) for one in question.also if one.id])
    for index, one in enumerate(question.also):
        here: FieldPath = ("question", "also", index)
        if one.id is None:
            yield (*here, "id"), "this question has no id.", "Add “id:”; its score goes by it."
        if one.also:
            yield (*here, "also"), "a further question has none of its own.", "Put it beside this one."
        for path, message, remedy in _findings(one):
            yield (*here, *path), message, remedy


def _findings(question: q.Question) -> Iterator[Finding]:  # noqa: C901 - one branch a form
    match question:
        case q.SingleBestAnswer():
            yield from _ids(("options",), question.options)
            yield from _names(("answer",), [question.answer], question.options)
        case q.ExtendedMatching():
            yield from _ids(("themes",), question.themes)
            yield from _repeated(("stems",), [stem.id for stem in question.stems])
            for i, stem in enumerate(question.stems):
                yield from _names(("stems", i, "answer"), [stem.answer], question.themes)
        case q.Probability():
            yield from _ids(("hypotheses",), question.hypotheses)
            yield from _names(("answer",), [question.answer], question.hypotheses)
        case q.Triage():
            yield from _ids(("levels",), question.levels)
            yield from _names(("answer",), [question.answer], question.levels)
        case q.KeyFeature():
            yield from _key_features(question)
        case q.ScriptConcordance():
            yield from _repeated(("items",), [item.id for item in question.items])
            for i, item in enumerate(question.items):
                if not sum(item.panel):
                    yield ("items", i, "panel"), "no expert answered this item.", "Count the panel at −2 to +2."
        case q.ReflectionGrid():
            yield from _grid(question)
        case q.ErrorSpotting():
            yield from _passages(question)
        case q.ManagementChoices():
            yield from _actions(question)
        case q.Prescribing():
            yield from _prescribing(question)


def _key_features(question: q.KeyFeature) -> Iterator[Finding]:
    yield from _repeated(("features",), [feature.id for feature in question.features])
    for i, feature in enumerate(question.features):
        yield from _ids(("features", i, "options"), feature.options)
        right = sum(option.right for option in feature.options)
        if not right:
            yield ("features", i, "options"), "no option is right.", "Mark at least one with “right: true”."
        if right > feature.most:
            yield (
                ("features", i, "most"),
                f"{right} options are right but only {feature.most} may be chosen.",
                "Allow at least as many as are right.",
            )
        for j, option in enumerate(feature.options):
            if option.right and option.killer:
                path = ("features", i, "options", j, "killer")
                yield path, "an option cannot be both right and dangerous.", "Keep one of the two."


def _grid(question: q.ReflectionGrid) -> Iterator[Finding]:
    yield from _ids(("hypotheses",), question.hypotheses)
    yield from _ids(("findings",), question.findings)
    yield from _names(("answer",), [question.answer], question.hypotheses)
    for i, finding in enumerate(question.findings):
        named = [*finding.for_, *finding.against, *finding.absent]
        yield from _names(("findings", i), named, question.hypotheses)
        yield from _repeated(("findings", i), named, "the hypothesis “{}” is named twice.", "Give it one mark.")


def _passages(question: q.ErrorSpotting) -> Iterator[Finding]:
    yield from _repeated(("passages",), [passage.id for passage in question.passages])
    if all(passage.fault for passage in question.passages):
        yield ("passages",), "every passage is marked as wrong.", "Leave some that are right."
    for i, passage in enumerate(question.passages):
        if passage.fault and not passage.note:
            yield ("passages", i), "the wrong passage does not say what is wrong.", "Add “note:” for the debrief."


def _actions(question: q.ManagementChoices) -> Iterator[Finding]:
    yield from _ids(("options",), question.options)
    essential = sum(option.essential for option in question.options)
    if not essential:
        yield ("options",), "no action is essential.", "Mark at least one with “essential: true”."
    if essential > question.most:
        message = f"{essential} actions are essential but only {question.most} may be chosen."
        yield ("most",), message, "Allow at least as many as are essential."
    for i, option in enumerate(question.options):
        if option.essential + option.wrong + option.killer > 1:
            yield ("options", i), "the action is marked in two ways.", "Keep one of essential, wrong and killer."


def _prescribing(question: q.Prescribing) -> Iterator[Finding]:
    yield from _ids(("drugs",), question.drugs)
    yield from _ids(("frequencies",), question.frequencies)
    yield from _names(("never",), question.never, question.drugs)
    for i, accepted in enumerate(question.accepted):
        yield from _names(("accepted", i, "drug"), [accepted.drug], question.drugs)
        yield from _names(("accepted", i, "frequency"), accepted.frequency, question.frequencies)
        if accepted.drug in question.never:
            yield ("accepted", i, "drug"), f"“{accepted.drug}” is both accepted and never right.", "Keep one."
        for name, bounds in (("dose", accepted.dose), ("days", accepted.days)):
            if bounds and bounds[0] > bounds[1]:
                yield ("accepted", i, name), "the range runs from high to low.", "Write [low, high]."


def _ids(path: FieldPath, options: Sequence[q.Option]) -> Iterator[Finding]:
    yield from _repeated(path, [option.id for option in options])
    texts = [option.text.casefold() for option in options]
    yield from _repeated(path, texts, "the text “{}” is used twice.", "Give each option its own text.")


def _repeated(
    path: FieldPath,
    names: Iterable[str],
    message: str = "the id “{}” is used twice.",
    remedy: str = "Give each its own id.",
) -> Iterator[Finding]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield path, message.format(name), remedy
        seen.add(name)


def _names(path: FieldPath, wanted: Iterable[str], options: Sequence[q.Option]) -> Iterator[Finding]:
    known = [option.id for option in options]
    for name in wanted:
        if name not in known:
            yield path, f"“{name}” is not one of the ids.", "Use one of " + ", ".join(known) + "."
