"""The forms of question that a case may ask; `kind` says which.

Each model names in SHOWN what a participant may see, so that a key added later stays hidden until somebody decides
otherwise. How answers are checked, put into words and scored is in `answers`, `answerwords` and `formscores`.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from simlab.engine.parsing import Part
from simlab.engine.texts import Line, Share, Slug, Text

_OPTION = {"__all__": {"id", "text"}}
Days = Annotated[int, Field(ge=1, le=366, strict=True)]


class Option(Part):
    """Something that may be chosen."""

    id: Slug
    text: Line


class QuestionPart(Part):
    """`also` are further questions of the same case, answered together with it; each of them has an `id`."""

    SHOWN: ClassVar[dict[str, Any]] = {}

    id: Slug | None = None
    also: Annotated[tuple["Further", ...], Field(max_length=4)] = ()

    def public(self) -> dict[str, Any]:
        """What a participant may see, as plain data."""
        include = {"kind": True, "prompt": True, **self.SHOWN}
        shown = self.model_dump(mode="json", by_alias=True, include=include)
        if self.also:
            shown["also"] = [{"id": one.id, **one.public()} for one in self.also]
        return shown


class RankedDifferential(QuestionPart):
    """A list of conditions, most likely first; the reference diagnosis of the case is its key."""

    SHOWN: ClassVar[dict[str, Any]] = {"most": True}

    prompt: Line = "What is the most likely diagnosis?"
    kind: Literal["ranked-differential"] = "ranked-differential"
    most: Annotated[int, Field(ge=1, le=10, strict=True)] = 5


class CreditedOption(Option):
    credit: Share = 0  # what a second-best choice earns; the answer itself earns 1


class SingleBestAnswer(QuestionPart):
    SHOWN: ClassVar[dict[str, Any]] = {"options": _OPTION}

    kind: Literal["single-best-answer"]
    prompt: Line
    options: Annotated[tuple[CreditedOption, ...], Field(min_length=2, max_length=10)]
    answer: Slug


class Stem(Part):
    id: Slug
    text: Line
    answer: Slug


class ExtendedMatching(QuestionPart):
    """Several short stems, each answered from one long list of themes."""

    SHOWN: ClassVar[dict[str, Any]] = {"themes": _OPTION, "stems": _OPTION}

    kind: Literal["extended-matching"]
    prompt: Line
    themes: Annotated[tuple[Option, ...], Field(min_length=3, max_length=26)]
    stems: Annotated[tuple[Stem, ...], Field(min_length=1, max_length=10)]


class Probability(QuestionPart):
    """Percentages over hypotheses of which exactly one is true; they sum to 100."""

    SHOWN: ClassVar[dict[str, Any]] = {"hypotheses": _OPTION}

    kind: Literal["probability"]
    prompt: Line = "How likely is each of these?"
    hypotheses: Annotated[tuple[Option, ...], Field(min_length=2, max_length=8)]
    answer: Slug


class Triage(QuestionPart):
    """One of ordered levels, the least urgent first. `one-over` and `one-under` are the credit for the level beside."""

    SHOWN: ClassVar[dict[str, Any]] = {"levels": _OPTION}

    kind: Literal["triage"]
    prompt: Line = "How soon, and by whom, must this patient be seen?"
    levels: Annotated[tuple[Option, ...], Field(min_length=2, max_length=7)]
    answer: Slug
    one_over: Share = 0
    one_under: Share = 0


class KeyOption(Option):
    """`right` belongs to the key; `killer` is dangerous and costs the whole feature."""

    right: bool = False
    killer: bool = False


class Feature(Part):
    id: Slug
    prompt: Line
    most: Annotated[int, Field(ge=1, le=10, strict=True)]
    options: Annotated[tuple[KeyOption, ...], Field(min_length=3, max_length=20)]


class KeyFeature(QuestionPart):
    """The few steps on which this case turns (Page and Bordage 1995)."""

    SHOWN: ClassVar[dict[str, Any]] = {
        "features": {"__all__": {"id": True, "prompt": True, "most": True, "options": _OPTION}}
    }

    kind: Literal["key-feature"]
    prompt: Line = "What would you do now?"
    features: Annotated[tuple[Feature, ...], Field(min_length=1, max_length=5)]


Votes = Annotated[tuple[Annotated[int, Field(ge=0, le=200, strict=True)], ...], Field(min_length=5, max_length=5)]


class Concordance(Part):
    """One item: `if_` is what one had in mind, `and_` what is found then; `panel` counts experts from −2 to +2."""

    id: Slug
    if_: Annotated[Line, Field(alias="if")]
    and_: Annotated[Line, Field(alias="and")]
    panel: Votes


class ScriptConcordance(QuestionPart):
    SHOWN: ClassVar[dict[str, Any]] = {"scale": True, "items": {"__all__": {"id", "if_", "and_"}}}

    kind: Literal["script-concordance"]
    prompt: Line = "What does each new finding do to the idea before it?"
    scale: Literal["likelihood", "usefulness", "appropriateness"] = "likelihood"
    scoring: Literal["aggregate", "distance-to-mode", "distance-to-mean", "aggregate-with-distance", "single-best"] = (
        "aggregate"
    )
    items: Annotated[tuple[Concordance, ...], Field(min_length=1, max_length=10)]


class GridFinding(Option):
    """A finding and the hypotheses it speaks for or against, or of which it would be expected but is absent."""

    for_: Annotated[tuple[Slug, ...], Field(alias="for")] = ()
    against: tuple[Slug, ...] = ()
    absent: tuple[Slug, ...] = ()


class ReflectionGrid(QuestionPart):
    """Structured reflection (Mamede): each hypothesis against each finding, then the hypotheses in order."""

    SHOWN: ClassVar[dict[str, Any]] = {"hypotheses": _OPTION, "findings": _OPTION}

    kind: Literal["reflection-grid"]
    prompt: Line = "What speaks for and against each hypothesis?"
    hypotheses: Annotated[tuple[Option, ...], Field(min_length=2, max_length=4)]
    findings: Annotated[tuple[GridFinding, ...], Field(min_length=2, max_length=12)]
    answer: Slug
    grid_weight: Share = 0.5


class Passage(Part):
    """A sentence or entry of the text; `fault` when it is wrong, and then `note` says how."""

    id: Slug
    text: Line
    fault: bool = False
    note: Line | None = None


class ErrorSpotting(QuestionPart):
    SHOWN: ClassVar[dict[str, Any]] = {"source": True, "passages": _OPTION}

    kind: Literal["error-spotting"]
    prompt: Line = "Which of these sentences are wrong?"
    source: Line | None = None  # what the text is, for example “Summary written by a computer program”
    passages: Annotated[tuple[Passage, ...], Field(min_length=2, max_length=30)]


class Action(Option):
    """An action: `essential` earns, `wrong` costs as much as an essential one earns, `killer` costs everything."""

    essential: bool = False
    wrong: bool = False
    killer: bool = False


class ManagementChoices(QuestionPart):
    SHOWN: ClassVar[dict[str, Any]] = {"most": True, "options": _OPTION}

    kind: Literal["management"]
    prompt: Line = "What would you do now?"
    most: Annotated[int, Field(ge=1, le=15, strict=True)]
    options: Annotated[tuple[Action, ...], Field(min_length=3, max_length=20)]


class Drug(Option):
    """`none` stands for prescribing nothing: then dose, frequency and length are not asked."""

    none: bool = False


Range = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]


class Prescription(Part):
    """An acceptable prescription; a part that is left out may be anything. `dose` and `days` are (lowest, highest)."""

    drug: Slug
    dose: Range | None = None
    frequency: tuple[Slug, ...] = ()
    days: tuple[Days, Days] | None = None


class Prescribing(QuestionPart):
    SHOWN: ClassVar[dict[str, Any]] = {
        "drugs": {"__all__": {"id", "text", "none"}},
        "unit": True,
        "frequencies": _OPTION,
    }

    kind: Literal["prescribing"]
    prompt: Line = "What, if anything, would you prescribe?"
    drugs: Annotated[tuple[Drug, ...], Field(min_length=2, max_length=20)]
    unit: Line = "mg"
    frequencies: Annotated[tuple[Option, ...], Field(min_length=1, max_length=12)]
    accepted: Annotated[tuple[Prescription, ...], Field(min_length=1)]
    never: tuple[Slug, ...] = ()


class FreeText(QuestionPart):
    """An answer in one's own words. What is neither accepted nor rejected waits for two raters."""

    SHOWN: ClassVar[dict[str, Any]] = {"longest": True, "lines": True}

    kind: Literal["free-text"]
    prompt: Line
    lines: Annotated[int, Field(ge=1, le=12, strict=True)] = 3
    longest: Annotated[int, Field(ge=20, le=2000, strict=True)] = 300
    accepted: Annotated[tuple[Text, ...], Field(min_length=1)]
    rejected: tuple[Text, ...] = ()


def _tag(given: Any) -> str:
    kind = given.get("kind", "ranked-differential") if isinstance(given, dict) else getattr(given, "kind", "")
    return f"({kind})"  # in brackets, so that it is told from a field in the place of a fault


Question = Annotated[
    Annotated[RankedDifferential, Tag("(ranked-differential)")]
    | Annotated[SingleBestAnswer, Tag("(single-best-answer)")]
    | Annotated[ExtendedMatching, Tag("(extended-matching)")]
    | Annotated[Probability, Tag("(probability)")]
    | Annotated[Triage, Tag("(triage)")]
    | Annotated[KeyFeature, Tag("(key-feature)")]
    | Annotated[ScriptConcordance, Tag("(script-concordance)")]
    | Annotated[ReflectionGrid, Tag("(reflection-grid)")]
    | Annotated[ErrorSpotting, Tag("(error-spotting)")]
    | Annotated[ManagementChoices, Tag("(management)")]
    | Annotated[Prescribing, Tag("(prescribing)")]
    | Annotated[FreeText, Tag("(free-text)")],
    Discriminator(_tag),
]

# Not a second list of conditions, and no free text: what raters judge is one text a case.
Further = Annotated[
    Annotated[SingleBestAnswer, Tag("(single-best-answer)")]
    | Annotated[ExtendedMatching, Tag("(extended-matching)")]
    | Annotated[Probability, Tag("(probability)")]
    | Annotated[Triage, Tag("(triage)")]
    | Annotated[KeyFeature, Tag("(key-feature)")]
    | Annotated[ScriptConcordance, Tag("(script-concordance)")]
    | Annotated[ReflectionGrid, Tag("(reflection-grid)")]
    | Annotated[ErrorSpotting, Tag("(error-spotting)")]
    | Annotated[ManagementChoices, Tag("(management)")]
    | Annotated[Prescribing, Tag("(prescribing)")],
    Discriminator(_tag),
]
for _form in (
    RankedDifferential,
    SingleBestAnswer,
    ExtendedMatching,
    Probability,
    Triage,
    KeyFeature,
    ScriptConcordance,
    ReflectionGrid,
    ErrorSpotting,
    ManagementChoices,
    Prescribing,
    FreeText,
):
    _form.model_rebuild()

KINDS: tuple[str, ...] = (
    "ranked-differential",
    "single-best-answer",
    "extended-matching",
    "probability",
    "triage",
    "key-feature",
    "script-concordance",
    "reflection-grid",
    "error-spotting",
    "management",
    "prescribing",
    "free-text",
)
