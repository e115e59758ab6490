"""The case file: one simulated patient, the question, the reference and the advice bank of that case.

`docs/case-format.md` explains every field; `docs/schemas/case-1.schema.json` is made from the models below.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from simlab.engine import yamlfile
from simlab.engine.casechecks import case_faults
from simlab.engine.caseimages import Digest, ImageFile, ImageHash, image_files, named_files
from simlab.engine.errors import InvalidFile, Mistaken
from simlab.engine.parsing import Origin, Part, document, parse
from simlab.engine.questions import Question, RankedDifferential
from simlab.engine.texts import Line, Share, Slug, Text

__all__ = ["Advice", "Case", "Line", "Slug", "Term", "Text", "load_case", "read_case"]

Day = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
# A bare year, such as 2011, is a number to YAML.
Since = Annotated[
    Day,
    BeforeValidator(lambda value: str(value) if isinstance(value, int) else value),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}]}),
]


def _picture(name: Any) -> Any:
    if isinstance(name, str) and not name.lower().endswith((".png", ".jpg", ".jpeg", ".webp")):
        raise Mistaken(f"“{name}” is not of a kind of image that is shown.", "Save it as PNG, JPEG or WebP.")
    return name


# Not SVG: it can carry a program.
ImageName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+\.(png|jpg|jpeg|webp)$", max_length=120), BeforeValidator(_picture)
]
Harm = Annotated[int, Field(ge=1, le=3, strict=True)]

ERROR_TYPES = Literal[
    "premature-closure",
    "base-rate-neglect",
    "outdated-guideline",
    "missed-interaction",
    "hallucinated-finding",
    "wrong-patient",
    "over-triage",
    "under-triage",
]


class Term(Part):
    """A condition under its preferred name, with the other names it is known by."""

    term: Line
    icd10: Annotated[str, StringConstraints(pattern=r"^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$")] | None = None
    synonyms: tuple[Line, ...] = ()


class Patient(Part):
    name: Line | None = None
    age: Annotated[float, Field(ge=0, le=120)] | None = None
    sex: Literal["female", "male", "other", "not-stated"] = "not-stated"
    occupation: Line | None = None


class Layer(Part):
    """A drawing over the picture of an item, of the same proportions and transparent where it says nothing."""

    id: Slug
    label: Line
    image: ImageName
    alt: Text


class Item(Part):
    """One thing that may be asked, examined or tested. `key` marks what matters for the diagnosis; it stays hidden.

    `cost` is what asking for it costs where a study has menus; an item that is `asked_only` stands in menus and is left
    out where everything is shown at once.
    """

    id: Slug
    label: Line
    text: Text
    key: bool = False
    cost: Annotated[int, Field(ge=0, le=100, strict=True)] = 1
    asked_only: bool = False
    image: ImageName | None = None
    alt: Text | None = None
    layers: Annotated[tuple[Layer, ...], Field(max_length=4)] = ()


class Stage(Part):
    kind: Literal["history", "examination", "investigations"]
    items: Annotated[tuple[Item, ...], Field(min_length=1)]


class Problem(Part):
    term: Line
    since: Since | None = None
    code: Line | None = None


class Medicine(Part):
    drug: Line
    dose: Line
    since: Since | None = None


class Allergy(Part):
    substance: Line
    reaction: Line | None = None


class Value(Part):
    date: Day
    value: float


class Result(Part):
    """A laboratory series; `range` is (low, high) of normal, either may be null."""

    name: Line
    unit: str = ""
    range: tuple[float | None, float | None] | None = None
    values: Annotated[tuple[Value, ...], Field(min_length=1)]


class Letter(Part):
    date: Day
    from_: Annotated[Line, Field(alias="from")]
    text: Text


class RecordFault(Part):
    """Something wrong or stale in the record on purpose. Never shown before the debrief."""

    kind: Slug
    where: Line
    consequence: Text


class RecordNoise(Part):
    """Entries that have nothing to do with the complaint; a study says how many of them stand in the record."""

    problems: tuple[Problem, ...] = ()
    medication: tuple[Medicine, ...] = ()
    results: tuple[Result, ...] = ()
    letters: tuple[Letter, ...] = ()


class Record(Part):
    problems: tuple[Problem, ...] = ()
    medication: tuple[Medicine, ...] = ()
    allergies: tuple[Allergy, ...] | None = None
    results: tuple[Result, ...] = ()
    letters: tuple[Letter, ...] = ()
    faults: tuple[RecordFault, ...] = ()
    noise: RecordNoise = RecordNoise()


class Management(Part):
    id: Slug
    text: Text
    essential: bool = False
    killer: bool = False


class Perspective(Part):
    """Ideas, concerns and expectations of the patient."""

    ideas: Text
    concerns: Text
    expectations: Text


class Reference(Part):
    diagnosis: Term
    differential: tuple[Term, ...] = ()
    management: tuple[Management, ...] = ()
    safety_net: Text | None = None
    ice: Perspective | None = None


class Recorded(Part):
    """Where a recorded (not authored) piece of advice comes from: the system, its run and the place in its file."""

    system: Line
    run: Line | None = None
    row: Line | None = None
    judged_by: Line | None = None


class AdviceLink(Part):
    label: Line
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")]


class Weight(Part):
    """How much one finding counted for the advice: −1 (against) to 1 (for)."""

    finding: Line
    weight: Annotated[float, Field(ge=-1, le=1)]


class SimilarCase(Part):
    """An earlier case that the adviser holds to be like this one, and what it turned out to be."""

    summary: Line
    outcome: Line


class HeatMap(Part):
    """Where on the picture of the item `item` the adviser looked, as a layer over it."""

    item: Slug
    image: ImageName
    alt: Text


class Excerpt(Part):
    """The words of a source that the advice rests on."""

    text: Text
    source: Line
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")] | None = None


class Advice(Part):
    """One piece of advice, known to be right or wrong before any trial. `confidence` 0..1, null when not known.

    It suggests a `diagnosis` where the case asks for one, else an `answer` in the form of the question.
    """

    id: Slug
    correct: Annotated[bool, Field(strict=True)]
    error_type: ERROR_TYPES | None = None
    harm: Harm | None = None
    diagnosis: Term | None = None
    answer: dict[str, Any] | None = None
    differential: tuple[Term, ...] = ()
    confidence: Share | None = None
    summary: Annotated[Line, StringConstraints(max_length=139)]
    rationale: Text | None = None
    findings_for: tuple[Line, ...] = ()
    findings_against: tuple[Line, ...] = ()
    weights: tuple[Weight, ...] = ()
    highlights: tuple[Line, ...] = ()  # words of the case that are marked in it
    similar: tuple[SimilarCase, ...] = ()
    counterfactual: Text | None = None
    excerpt: Excerpt | None = None
    heat_map: HeatMap | None = None
    data_quality: Line | None = None
    link: AdviceLink | None = None
    recorded: Recorded | None = None
    unusable: Line | None = None  # why this item is kept in the bank but never shown

    @property
    def suggested(self) -> str:
        """What it suggests, in a few words."""
        return self.diagnosis.term if self.diagnosis else self.summary


class Guideline(Part):
    title: Line
    publisher: Line
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")]
    fits: bool
    note: Text


class Status(Part):
    """Who wrote the case and who signed it; `reviewed_content` is the hash of what was signed, see `casesigning`."""

    notice: Text
    author: Line
    reviewer: Line | None = None
    reviewer_role: Line | None = None
    registration: Line | None = None
    reviewed_on: Day | None = None
    reviewed_content: Digest | None = None
    review_by: Day | None = None


class Case(Part):
    """A whole case. `difficulty` is the prior share of general practitioners who get it right unaided (0..1).

    `images` is not written in the file: reading fills it, so that another picture makes another case.
    """

    simlab: Literal["case/1"] = "case/1"
    id: Slug
    origin: Literal["authored", "imported"] = "authored"
    twin_of: Slug | None = None  # the case of the pack that this one repeats with another patient
    title: Line
    specialty: Slug
    competences: tuple[Slug, ...] = ()
    difficulty: Share | None = None
    patient: Patient
    presentation: Text
    stages: tuple[Stage, ...] = ()
    record: Record = Record()
    question: Question = RankedDifferential()
    reference: Reference
    advice: Annotated[tuple[Advice, ...], Field(min_length=1)]
    guideline: Guideline | None = None
    debrief: Text | None = None
    harm: Harm = 1
    status: Status
    licence: Line = "CC-BY-4.0"
    images: SkipJsonSchema[tuple[ImageHash, ...]] = ()

    @property
    def right(self) -> tuple[Advice, ...]:
        """What may be shown as right advice."""
        return tuple(advice for advice in self.advice if advice.correct and not advice.unusable)

    @property
    def wrong(self) -> tuple[Advice, ...]:
        """What may be shown as wrong advice."""
        return tuple(advice for advice in self.advice if not advice.correct and not advice.unusable)

    def advice_by_id(self, advice_id: str) -> Advice:
        """The advice with this id; KeyError when the case has none."""
        return {advice.id: advice for advice in self.advice}[advice_id]

    def public(self, *, menu: bool = False) -> dict[str, Any]:
        """What a participant may see before the debrief; with `menu` also what is there to be asked for only.

        Written as a list of what may be shown, so that a field added to the format stays hidden until somebody
        decides otherwise. Specialty and competences are left out: they hint at the answer.
        """
        whole = document(self)
        shown = {name: whole[name] for name in ("id", "title", "patient", "presentation")}
        shown["question"] = self.question.public()
        shown["stages"] = [
            {
                "kind": stage["kind"],
                "items": [
                    _without(item, "key", "asked-only", *(() if menu else ("cost",)))
                    for item in stage["items"]
                    if menu or not item["asked-only"]
                ],
            }
            for stage in whole["stages"]
        ]
        shown["record"] = _without(whole["record"], "faults", "noise")
        return shown


def load_case(path: Path) -> Case:
    """Read and check one case; `path` is the case file or its folder. Raises InvalidFile with every fault."""
    return read_case(path)[0]


Read = tuple[Case, Origin, tuple[ImageFile, ...]]


def read_case(path: Path) -> Read:
    """As `load_case`, with the origin, so that a later fault can still name its line, and with the pictures."""
    path = path / "case.yaml" if path.is_dir() else path
    folder = path.parent
    name = f"{folder.name}/{path.name}"
    data, line_of = yamlfile.load(path, name)
    origin = Origin(name, line_of)
    return _checked(data, origin, folder.resolve().name, lambda case: named_files(case, folder))


def read_case_text(source: str, folder: str, files: Mapping[str, bytes]) -> Read:
    """As `read_case`, for a case that is no file yet: its text, the name its folder will have, and its pictures."""
    data, line_of = yamlfile.load(source, "case.yaml")
    return _checked(data, Origin("case.yaml", line_of), folder, lambda case: files)


def _checked(data: Any, origin: Origin, folder: str, files_of: Callable[[Case], Mapping[str, bytes]]) -> Read:
    case = parse(Case, data, origin, "case/1")
    files = files_of(case)
    faults = case_faults(case, origin, folder, files)
    if faults:
        raise InvalidFile(faults)
    pictures = image_files(case, files, origin)
    return case.model_copy(update={"images": tuple(file.hash for file in pictures)}), origin, pictures


def _without(mapping: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in names}
