"""Rules about what is chosen from and what is shown as advice, and about the licence and the sign-off of a case."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simlab.engine.card import SHOWABLE, card
from simlab.engine.cardrules import card_faults
from simlab.engine.casesigning import UNSIGNED, UNSIGNED_NOTICE, signed
from simlab.engine.casetexts import Finding
from simlab.engine.questions import KeyFeature, ManagementChoices, Option, Probability, SingleBestAnswer

if TYPE_CHECKING:
    from simlab.engine.case import Case

LICENCES = ("CC-BY-4.0", "CC0-1.0")
LONGER = 1.4  # a right choice of more than this many times the length of a wrong one stands out


def option_length(case: "Case") -> Iterator[Finding]:
    """The right choice must not be known by its length: longer than every other, or longer on average."""
    for name, right, wrong in _choices(case):
        if not right or not wrong:
            continue
        mean_right = sum(len(option.text) for option in right) / len(right)
        mean_wrong = sum(len(option.text) for option in wrong) / len(wrong)
        longest = max(len(option.text) for option in wrong)
        stands_out = len(right) == 1 and mean_right > 1.2 * longest
        if stands_out or mean_right > LONGER * mean_wrong:
            message = (
                f"what is right is known by its length ({mean_right:.0f} characters; the others {mean_wrong:.0f})."
            )
            yield ("question", name), message, "Make choices of like length."


def _choices(case: "Case") -> Iterator[tuple[str, list[Option], list[Option]]]:
    """Name of the field, right choices and others, of every set of choices with a key."""
    asked = case.question
    if isinstance(asked, SingleBestAnswer):
        yield "options", *_parted(asked.options, {asked.answer})
    elif isinstance(asked, Probability):
        yield "hypotheses", *_parted(asked.hypotheses, {asked.answer})
    elif isinstance(asked, ManagementChoices):
        yield "options", *_parted(asked.options, {option.id for option in asked.options if option.essential})
    elif isinstance(asked, KeyFeature):
        for feature in asked.features:
            yield "features", *_parted(feature.options, {option.id for option in feature.options if option.right})


def _parted(options: tuple[Option, ...], right: set[str]) -> tuple[list[Option], list[Option]]:
    return [one for one in options if one.id in right], [one for one in options if one.id not in right]


def cards(case: "Case") -> Iterator[Finding]:
    """Every piece of advice makes a sound card, and the cards of a case have one shape."""
    shapes = {}
    for index, advice in enumerate(case.advice):
        if advice.unusable:
            continue
        made = card(advice, show=frozenset(SHOWABLE), case_id=case.id)
        for fault in card_faults(made):
            yield ("advice", index), f"the card of “{advice.id}” is not sound: {fault}", "Correct the advice."
        shapes[index] = (len(advice.findings_for), len(advice.findings_against))
    odd = next((index for index, shape in shapes.items() if shape != next(iter(shapes.values()))), None)
    if odd is not None and case.origin == "authored":
        message = "this card has another number of findings than the first one."
        yield ("advice", odd), message, "Give the cards of a case equally many, so that they look alike."


def licence(case: "Case") -> Iterator[Finding]:
    """Authored cases are free to use, change and share."""
    if case.origin == "authored" and case.licence not in LICENCES:
        message = f"the licence “{case.licence}” is not one of the library."
        yield ("licence",), message, f"Use {' or '.join(LICENCES)}."


def sign_off(case: "Case") -> Iterator[Finding]:
    """A case says that nobody has reviewed it until a named clinician has signed it as it stands, with the day."""
    status = case.status
    if (status.reviewer is None) != (status.reviewed_on is None):
        yield ("status",), "a review has a name and a day.", "Give “reviewer” and “reviewed-on”, or neither."
    if status.reviewer is not None and not signed(case):
        remedy = "Have it signed again, or empty “reviewer”, “reviewed-on” and “reviewed-content”."
        yield ("status",), "the signature does not belong to the case as it stands.", remedy
    if case.origin != "authored":
        return
    if not signed(case) and UNSIGNED not in status.notice:
        yield ("status", "notice"), "an unsigned case must say so.", f"Write “{UNSIGNED_NOTICE}”."
    if status.review_by is None:
        yield ("status",), "there is no day by which the case is to be reviewed.", "Add “review-by”."


def image_alt(case: "Case") -> Iterator[Finding]:
    """A text alternative must tell what a reader needs of the picture. That there is one is checked at loading."""
    for i, stage in enumerate(case.stages):
        for j, item in enumerate(stage.items):
            if item.image and len((item.alt or "").split()) < 5:
                message = "the text alternative of the image says next to nothing."
                yield ("stages", i, "items", j, "alt"), message, "Say in a sentence what is to be seen."
