"""The study document: one file from which a whole study follows.

`docs/protocol-format.md` explains every field; `docs/schemas/study-1.schema.json` is made from the models below. What
must hold between fields is in `protocolchecks.py`.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr, StringConstraints, model_validator

from simlab.engine import spelling, yamlfile
from simlab.engine.case import Line
from simlab.engine.caseview import View
from simlab.engine.design import Design
from simlab.engine.errors import Fault, InvalidFile, Mistaken
from simlab.engine.factors import Factor, crossed, levels_of, setting, with_levels
from simlab.engine.instrument import Instrument
from simlab.engine.intercurrent import Intercurrent
from simlab.engine.interruption import Interruption
from simlab.engine.nudge import AdvicePolicy
from simlab.engine.pack import Pack
from simlab.engine.parsing import Origin, Part, content_hash, document, no_lines, parse
from simlab.engine.phases import Cases, Conditions, Name, Phase
from simlab.engine.plan import analysis_plan
from simlab.engine.points import PointText
from simlab.engine.protocolchecks import instrument_faults, pack_faults, protocol_faults, protocol_warnings
from simlab.engine.recruitment import Allocation, Population, strata, stratum_of
from simlab.engine.secondary import SECONDARY, Options
from simlab.engine.spelling import MarginText, span

Document = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+\.md$")]


class Documents(Part):
    """Files beside the protocol."""

    information: Document
    consent: Document
    debrief: Document


class Questions(Part):
    """`diagnosis` says what is asked: a ranked differential throughout, or the question that each case holds."""

    diagnosis: Literal["ranked-differential", "as-each-case-asks"] = "ranked-differential"
    confidence: Literal["percent", "bands"] = "percent"


class Outcome(Part):
    score: Literal["top-1"] = "top-1"
    answer: Literal["final"] = "final"


def _pair_of_arms(value: Any) -> Any:
    if value == "arms" or (isinstance(value, list) and len(value) == 2 and len(set(map(str, value))) == 2):
        return value
    raise Mistaken(
        "the comparison is not between two arms.", "Write “arms”, or a list of two, for example [unaided, advised]."
    )


class Primary(Part):
    """The primary comparison: two arms at one phase, adjusted for each person's score at an earlier one.

    With the population, the outcome, the summary and the strategies for intercurrent events it is an estimand in the
    terms of ICH E9(R1).
    """

    estimand: Literal["deskilling"]
    population: Literal["allocated", "exposed", "per-protocol"] = "allocated"
    outcome: Outcome = Outcome()
    summary: Literal["risk-difference"] = "risk-difference"
    intercurrent: Intercurrent = Intercurrent()
    at: Name
    adjusted_for: Name
    between: Annotated[
        Any,
        AfterValidator(_pair_of_arms),
        Field(json_schema_extra={"anyOf": [{"const": "arms"}, {"type": "array", "items": {"type": "string"}}]}),
    ] = "arms"
    claim: Literal["noninferiority", "difference"]
    margin: MarginText | None = None
    reason: Annotated[Line, StringConstraints(max_length=200)] | None = None

    @property
    def margin_share(self) -> float | None:
        return spelling.share(self.margin) if self.margin else None


class Analysis(Part):
    primary: Primary | None = None
    secondary: tuple[Literal[SECONDARY], ...] = ("accuracy", "reliance", "time")  # type: ignore[valid-type]
    options: Options = Options()
    multiplicity: Literal["holm", "none"] = "holm"
    alpha: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    seed: Annotated[int, Field(ge=0, lt=2**53, strict=True)] | None = None
    bootstrap: Annotated[int, Field(ge=100, le=100_000, strict=True)] = 2000


class Protocol(Part):
    """A whole study. Made by `load_protocol` or `parse_protocol`.

    Keep the text of the file to read it again: a store that loses the order of keys, as PostgreSQL's jsonb does, loses
    the order of the phases of a `document`.
    """

    simlab: Literal["study/1"] = "study/1"
    title: Line
    kind: Literal["trial", "training"] = "trial"
    summary: Line | None = None
    population: Population
    documents: Documents
    cases: Cases
    design: Design | None = None
    factors: Annotated[dict[Name, Factor], Field(max_length=4)] = {}
    arms: Annotated[dict[Name, Annotated[int, Field(ge=1, le=20, strict=True)]], Field(min_length=1)]
    phases: Annotated[dict[Name, Phase], Field(min_length=1)]
    conditions: dict[Name, Conditions] = {}
    advice: dict[Name, AdvicePolicy] = {}
    instruments: dict[PointText, Annotated[tuple[Name, ...], Field(min_length=1)]] = {}
    allocation: Allocation | None = None
    questions: Questions = Questions()
    debrief: Literal["after-study", "after-phase"] = "after-study"
    analysis: Analysis = Analysis()

    @model_validator(mode="before")
    @classmethod
    def _arms_of_factors(cls, data: Any) -> Any:
        """With factors, the arms are their combinations; they may be written out to weigh them."""
        factors = data.get("factors") if isinstance(data, dict) else None
        if not isinstance(factors, dict) or not factors or "arms" in data:
            return data
        readable = all(isinstance(factor, dict) and factor for factor in factors.values())
        return {**data, "arms": dict.fromkeys(crossed(factors), 1)} if readable else data

    _origin: Origin = PrivateAttr(default=Origin("study.yaml", no_lines))

    @property
    def hash(self) -> str:
        """SHA-256 of the meaning of the protocol; comments, layout and the spelling of defaults do not change it.

        The orders of phases, arms and forms have a meaning, and are hashed beside the content.
        """
        meaning = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        order = {"phases": list(self.phases), "arms": list(self.arms), "forms": list(self.cases.forms)}
        for name in ("factors", "conditions", "instruments"):
            if getattr(self, name):
                order[name] = list(getattr(self, name))
        return content_hash({"order": order, "study": meaning})

    @property
    def document(self) -> dict[str, Any]:
        return document(self)

    @property
    def primary_arms(self) -> tuple[str, str] | None:
        """The two arms of the primary comparison, the reference first; None without a primary.

        A list is taken in its order; for “arms”, an arm that is never advised comes first.
        """
        if self.analysis.primary is None:
            return None
        named = self.analysis.primary.between
        first, second = sorted(self.arms, key=lambda arm: arm != self.control) if named == "arms" else named
        return first, second

    @property
    def control(self) -> str | None:
        """The first arm that is never advised; None when there is none."""
        return next((arm for arm in self.arms if not any(self.policies(arm, phase) for phase in self.phases)), None)

    @property
    def phase_names(self) -> tuple[str, ...]:
        return tuple(self.phases)

    def phase_label(self, phase: str) -> str:
        """What participants read: the protocol's label, else “Part 2”, which hints at nothing."""
        return self.phases[phase].label or f"Part {self.phase_names.index(phase) + 1}"

    def opening(self, phase: str) -> spelling.Opening | None:
        """When a phase opens: as said, else after the phase before it. None for the first."""
        index = self.phase_names.index(phase)
        if self.phases[phase].opens or index == 0:
            return self.phases[phase].opening
        return spelling.opening(f"after {self.phase_names[index - 1]}")

    def advice_kind(self, arm: str, phase: str, condition: str = "") -> str:
        """`none`, `reconsider`, or the name of a way of advising or of conditions. `condition`: that of one case, where
        the phase shares several out. A level of a factor may put another way in the place of one that advises."""
        advice = self.phases[phase].advice
        kind = condition or str(advice[arm] if isinstance(advice, Mapping) else advice)
        if kind not in self.advice:
            return kind
        instead = [level.advice for level in levels_of(self.factors, arm) if level.advice]
        return instead[-1] if instead else kind

    def mixture(self, arm: str, phase: str) -> Conditions | None:
        """The ways of working that an arm's cases are shared out over in a phase; None where there is one way."""
        return self.conditions.get(self.advice_kind(arm, phase))

    def policy(self, arm: str, phase: str, condition: str = "") -> AdvicePolicy | None:
        """The advice policy of an arm in a phase, or of a case under `condition`; None where no advice is given."""
        policy = self.advice.get(self.advice_kind(arm, phase, condition))
        return with_levels(policy, levels_of(self.factors, arm)) if policy and self.factors else policy

    def aid_of(self, policy: AdvicePolicy) -> AdvicePolicy | None:
        """The nudge that is no advice and stands on the page: the policy itself, or one that it has beside it."""
        if not policy.is_advice and not policy.is_chat:
            return policy
        return self.advice[policy.beside] if policy.beside else None

    def policies(self, arm: str, phase: str) -> list[AdvicePolicy]:
        """Every advice policy that an arm may meet in a phase."""
        conditions = self.mixture(arm, phase)
        kinds = list(conditions.shares) if conditions else [""]
        return [policy for kind in kinds if (policy := self.policy(arm, phase, kind))]

    def time_limit(self, arm: str, phase: str) -> timedelta | None:
        """How long a case stays open; None without a limit."""
        said = setting(levels_of(self.factors, arm), "time_limit", self.phases[phase].time_limit)
        return span(said) if said else None

    def sitting_limit(self, phase: str) -> timedelta | None:
        """How long a whole sitting of the phase may take; None without a limit."""
        said = self.phases[phase].sitting_limit
        return span(said) if said else None

    def has_limits(self, phase: str) -> bool:
        """Whether time can run out in a phase, in any arm."""
        return bool(self.sitting_limit(phase)) or any(self.time_limit(arm, phase) for arm in self.arms)

    def view(self, arm: str, phase: str) -> View:
        """What of each case is shown."""
        levels, rules = levels_of(self.factors, arm), self.phases[phase]
        return View(
            faults=setting(levels, "record_faults", rules.record_faults) == "shown",
            noise=setting(levels, "noise", rules.noise) == "shown",
            record_noise=setting(levels, "record_noise", rules.record_noise),
            asked=setting(levels, "reveal", rules.reveal) == "asked",
        )

    def interruption_at(self, arm: str, phase: str, sitting: int, position: int) -> Interruption | None:
        """What breaks in at this case, if anything."""
        if setting(levels_of(self.factors, arm), "interruptions", "shown") == "hidden":
            return None
        planned = self.phases[phase].interruptions
        return next((one for one in planned if (one.sitting, one.at) == (sitting, position)), None)

    def sittings(self, phase: str) -> int:
        return self.phases[phase].sittings

    @property
    def strata(self) -> tuple[str, ...]:
        """Every stratum that a person may belong to; `("all",)` when the study is not stratified."""
        return strata(self.population, self.allocation)

    def stratum_of(self, grade: str, site: str = "") -> str:
        """The stratum of a person; ValueError when the grade or the site is not in the population."""
        return stratum_of(self.population, self.allocation, grade, site)

    @property
    def is_minimised(self) -> bool:
        """Whether arms are chosen as people come, so that lists of slots are kept by arm and not by stratum."""
        return self.allocation is not None and self.allocation.method == "minimisation"

    @property
    def lists(self) -> tuple[str, ...]:
        """The names of the lists of slots: the strata, or the arms of a minimisation."""
        return tuple(self.arms) if self.is_minimised else self.strata

    def plan(self, study_hash: str | None = None) -> dict[str, Any]:
        """The locked analysis plan as plain data (format plan/1); `study_hash` defaults to the protocol's own."""
        return analysis_plan(self, study_hash or self.hash)

    def warnings(self) -> list[Fault]:
        """What is allowed but weakens the study; shown to the researcher before launch."""
        return protocol_warnings(self, self._origin)

    @property
    def origin(self) -> Origin:
        return self._origin


def load_protocol(path: Path) -> Protocol:
    """Read and check a study file and that its documents exist (`path`: the file or its folder). Raises InvalidFile."""
    path = path / "study.yaml" if path.is_dir() else path
    data, line_of = yamlfile.load(path, path.name)
    protocol = _checked(data, Origin(path.name, line_of))
    faults = [
        protocol.origin.fault(
            ("documents", kind), f"the document {name} does not exist.", f"Write {name} beside the protocol."
        )
        for kind, name in document(protocol.documents).items()
        if not (path.parent / name).is_file()
    ]
    if faults:
        raise InvalidFile(faults)
    return protocol


def parse_protocol(text: str, name: str = "study.yaml") -> Protocol:
    """Read and check a protocol given as text; documents beside it are not looked for. Raises InvalidFile."""
    data, line_of = yamlfile.load(text, name)
    return _checked(data, Origin(name, line_of))


def _checked(data: Any, origin: Origin) -> Protocol:
    protocol = parse(Protocol, data, origin, "study/1")
    protocol._origin = origin
    faults = protocol_faults(protocol, origin)
    if faults:
        raise InvalidFile(faults)
    return protocol


def check_against_pack(protocol: Protocol, packs: Mapping[str, Pack]) -> list[Fault]:
    """What a protocol asks of its packs (by id) that they do not hold; empty when all is well."""
    return pack_faults(protocol, packs, protocol.origin)


def check_instruments(protocol: Protocol, known: Mapping[str, Instrument]) -> list[Fault]:
    """Questionnaires that the protocol names and `known` (by id) does not hold ready; empty when all is well."""
    return instrument_faults(protocol, known, protocol.origin)


def consent_statements(markdown: str) -> tuple[str, ...]:
    """The statements a participant agrees to one by one: the lines of a consent document that begin with `- [ ]`."""
    return tuple(found.strip() for found in re.findall(r"^\s*[-*]\s+\[ \]\s+(.+)$", markdown, flags=re.MULTILINE))
