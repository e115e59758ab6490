"""A case pack: a folder of cases with their forms and the list of conditions offered while typing."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from simlab.engine import yamlfile
from simlab.engine.case import Case, Line, Slug, Term, Text, read_case
from simlab.engine.caseimages import ImageFile
from simlab.engine.casetwins import family
from simlab.engine.errors import Fault, InvalidFile
from simlab.engine.parsing import Origin, Part, faults_from, nearest, parse
from simlab.engine.scoring import canonical, normalise, synonyms_of

FormName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,8}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+\.ya?ml$")]


class PackFile(Part):
    """The fields of pack.yaml."""

    simlab: Literal["pack/1"] = "pack/1"
    id: Slug
    title: Line
    description: Text
    notice: Text | None = None
    licence: Line
    specialties: Annotated[tuple[Slug, ...], Field(min_length=1)]
    terms: FileName = "terms.yaml"
    forms: dict[FormName, Annotated[tuple[Slug, ...], Field(min_length=1)]] = {}


class Pack(Part):
    """A pack as read: its own fields, its list of conditions and its cases by id.

    `forms` may be empty: then a protocol's forms are drawn by size from the cases that hold both kinds of advice.
    `images` holds the pictures of each case by its id; only a pack that was read from files has them.
    """

    id: Slug
    title: Line
    description: Text
    notice: Text | None
    licence: Line
    specialties: tuple[Slug, ...]
    terms: tuple[Term, ...]
    forms: dict[str, tuple[str, ...]]
    cases: dict[str, Case]
    images: Annotated[dict[str, tuple[ImageFile, ...]], Field(exclude=True)] = {}

    @property
    def contrast_cases(self) -> tuple[str, ...]:
        """The cases that can carry a randomised contrast of right and wrong advice, by id.

        A twin counts as one case with its original, so it is here only when a form names it.
        """
        listed = {case_id for members in self.forms.values() for case_id in members}
        able = (case for case in self.cases.values() if case.right and case.wrong)
        return tuple(sorted(case.id for case in able if case.twin_of is None or case.id in listed))

    def synonyms(self) -> dict[str, str]:
        """Names to preferred names, for scoring: the pack's list, and each case's reference, differential and advice.

        The reference of a case comes first, so that its own synonyms always count.
        """
        references = [case.reference.diagnosis for case in self.cases.values()]
        others = [term for case in self.cases.values() for term in case.reference.differential]
        return synonyms_of([*references, *self.terms, *others])


def load_pack(path: Path) -> Pack:
    """Read a pack with all its cases; `path` is pack.yaml or its folder. Raises InvalidFile with every fault."""
    path = path / "pack.yaml" if path.is_dir() else path
    data, line_of = yamlfile.load(path, f"{path.parent.name}/{path.name}")
    origin = Origin(f"{path.parent.name}/{path.name}", line_of)
    head = parse(PackFile, data, origin, "pack/1")
    faults: list[Fault] = []
    if path.parent.resolve().name != head.id:
        message = f"the id “{head.id}” is not the name of the folder, “{path.parent.name}”."
        faults.append(origin.fault(("id",), message, "Make them the same."))
    terms, term_faults = _load_terms(path.parent / head.terms)
    cases, images, case_faults = _load_cases(path.parent, head.specialties)
    faults += [*term_faults, *case_faults]
    if not case_faults:
        faults += _form_faults(head, cases, origin)
    if not faults:
        faults += _unlisted_conditions(head, cases, terms, f"{path.parent.name}/{head.terms}")
    if faults:
        raise InvalidFile(faults)
    fields = {name: getattr(head, name) for name in ("id", "title", "description", "notice", "licence", "specialties")}
    return Pack.model_construct(**fields, terms=terms, forms=dict(head.forms), cases=cases, images=images)


def _load_cases(
    folder: Path, specialties: tuple[str, ...]
) -> tuple[dict[str, Case], dict[str, tuple[ImageFile, ...]], list[Fault]]:
    cases: dict[str, Case] = {}
    images: dict[str, tuple[ImageFile, ...]] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*/case.yaml")):
        try:
            case, origin, files = read_case(path)
        except InvalidFile as error:
            faults += error.faults
            continue
        cases[case.id] = case
        if files:
            images[case.id] = files
        if case.specialty not in specialties:
            message = f"the specialty “{case.specialty}” is not in the list of the pack."
            faults.append(origin.fault(("specialty",), message, nearest(case.specialty, specialties)))
    if not cases and not faults:
        remedy = "Add a folder with a case.yaml for each case."
        faults.append(yamlfile.fault_at(f"{folder.name}/pack.yaml", None, (), "the pack holds no case.", remedy))
    return cases, images, faults


class _Terms(Part):
    terms: tuple[Term, ...]


def _load_terms(path: Path) -> tuple[tuple[Term, ...], list[Fault]]:
    name = f"{path.parent.name}/{path.name}"
    try:
        data, line_of = yamlfile.load(path, name)
    except InvalidFile as error:
        return (), list(error.faults)
    origin = Origin(name, lambda where: line_of(where[1:]))
    try:
        terms = _Terms.model_validate({"terms": data}).terms
    except ValidationError as error:
        return (), faults_from(error, _Terms, origin)
    faults, seen = [], set()
    for index, term in enumerate(terms):
        key = normalise(term.term)
        if key in seen:
            message = f"the condition “{term.term}” is listed twice."
            faults.append(origin.fault(("terms", index), message, "Keep one of them."))
        seen.add(key)
    return terms, faults


def _form_faults(head: PackFile, cases: dict[str, Case], origin: Origin) -> list[Fault]:
    faults: list[Fault] = []
    for form, members in head.forms.items():
        families: dict[str, str] = {}
        for index, case_id in enumerate(members):
            path = ("forms", form, index)
            if case_id not in cases:
                message = f"form {form} names the case “{case_id}”, which the pack does not hold."
                faults.append(origin.fault(path, message, "Correct the id or add the case."))
                continue
            other = _other_form(head.forms, form, case_id)
            first = families.setdefault(family(cases[case_id]), case_id)
            if first != case_id:
                message = f"form {form} holds both “{first}” and “{case_id}”, which are twins."
                faults.append(origin.fault(path, message, "Twins count as one case; remove one of the two."))
            elif other or members.index(case_id) != index:
                message = f"the case “{case_id}” is already in form {other or form}."
                remedy = "A case may be in one form only; a later form may lengthen an earlier one as a whole."
                faults.append(origin.fault(path, message, remedy))
    return faults


def _other_form(forms: dict[str, tuple[str, ...]], form: str, case_id: str) -> str | None:
    """An earlier form that holds the case too, unless this one lengthens it."""
    own = set(forms[form])
    for other, members in forms.items():
        if other == form:
            return None
        if case_id in members and not own > set(members):
            return other
    return None


def _unlisted_conditions(head: PackFile, cases: dict[str, Case], terms: tuple[Term, ...], name: str) -> list[Fault]:
    """A condition that only some arms could find in the suggestions would give the advice away."""
    synonyms = synonyms_of(terms)
    listed = set(synonyms.values())
    faults = []
    for case in cases.values():
        if case.question.kind != "ranked-differential":
            continue
        shown = [advice.diagnosis for advice in case.advice if advice.diagnosis and not advice.unusable]
        wanted: list[Any] = [case.reference.diagnosis, *shown]
        missing = {term.term for term in wanted if canonical(term.term, synonyms) not in listed}
        for term in sorted(missing):
            message = f"the condition “{term}” of the case {case.id} is not listed."
            faults.append(yamlfile.fault_at(name, None, (), message, "Add it, so that every arm is offered the same."))
    return faults
