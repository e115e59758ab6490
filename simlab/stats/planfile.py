"""The analysis plan of a protocol: which arms, phases and analyses, and what is primary."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simlab.stats.errors import BadPlan
from simlab.stats.intercurrent import Intercurrent
from simlab.stats.planoptions import Options

Name = Annotated[str, Field(min_length=1, max_length=200)]
ANALYSES = (
    "flow", "accuracy", "reliance", "time", "deskilling", "sensitivity", "forgetting", "complementarity",
    "calibration", "differential", "survival", "missing-data", "heterogeneity", "trust", "forgetting-curve",
    "items", "equating",
    "ordinal", "interim", "readers",
    "discernment", "losses", "automation", "weight-of-advice", "seeking", "detection", "scores", "time-parts", "skill",
    "learning", "monitoring", "questionnaires",
)  # fmt: skip
PopulationName = Literal["allocated", "exposed", "per-protocol"]


class Window(BaseModel):
    """A phase is late when its sitting begins more than `days` after the last decision of the phase `after`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Name
    days: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Primary(BaseModel):
    """The primary contrast: `between` names the control arm, then the arm compared with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = "deskilling"
    phase: Name
    adjusted_for: Name
    between: tuple[Name, Name]
    claim: Literal["noninferiority", "superiority", "difference"]
    margin: (
        Annotated[
            float,
            Field(
                gt=0,
                lt=1,
                description="Largest loss that still counts as retained, 0 to 1",
            ),
        ]
        | None
    )
    reason: Name | None = None
    population: Annotated[
        PopulationName, Field(description="Whose decisions are compared; each arm is always as allocated")
    ] = "allocated"
    variable: Annotated[Literal["final-top-1"], Field(description="The first choice of the last answer is right")] = (
        "final-top-1"
    )
    summary: Annotated[
        Literal["risk-difference"], Field(description="Difference of the probabilities of a right answer")
    ] = "risk-difference"
    intercurrent: Intercurrent = Intercurrent()

    @model_validator(mode="after")
    def _margin_where_needed(self) -> "Primary":
        if self.claim == "noninferiority" and self.margin is None:
            raise ValueError("a claim of non-inferiority needs a margin")
        return self


class Plan(BaseModel):
    """A plan as the protocol writes it; field by field in docs/schemas/plan-1.schema.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    simlab: Literal["plan/1"]
    title: Name
    protocol_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    arms: Annotated[tuple[Name, ...], Field(min_length=1)]
    control: Name | None = None
    phases: Annotated[tuple[Name, ...], Field(min_length=1)]
    advised: Annotated[
        dict[Name, tuple[Name, ...]],
        Field(description="Phase -> arms that are shown advice in that phase"),
    ] = {}
    advised_by: Annotated[
        Literal["phase", "row"],
        Field(description="row: in the phases of advised some cases come without advice, and each row says whether"),
    ] = "phase"
    analyses: Annotated[tuple[Literal[ANALYSES], ...], Field(min_length=1)]  # type: ignore[valid-type]
    primary: Primary | None = None
    windows: Annotated[dict[Name, Window], Field(description="Phase -> when it closes, where it does")] = {}
    cluster: Annotated[
        Literal["site"] | None,
        Field(description="What was allocated as a whole, where it was not persons; models let its members be alike"),
    ] = None
    options: Annotated[Options, Field(description="What the further analyses leave open")] = Options()
    multiplicity: Annotated[
        Literal["holm", "none"], Field(description="Correction of p over the secondary contrasts")
    ] = "holm"
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    seed: Annotated[int, Field(ge=0)] = 0
    bootstrap: Annotated[int, Field(ge=100, le=100_000, description="Resamples of participants")] = 2000

    @model_validator(mode="after")
    def _names_agree(self) -> "Plan":
        for field in ("arms", "phases", "analyses"):
            names = getattr(self, field)
            if len(set(names)) < len(names):
                raise ValueError(f"{field} names one thing twice")
        if self.control is not None and self.control not in self.arms:
            raise ValueError(f"control is {self.control!r}, which is not one of arms")
        for phase, arms in self.advised.items():
            if phase not in self.phases:
                raise ValueError(f"advised names the phase {phase!r}, which is not one of phases")
            if unknown := [a for a in arms if a not in self.arms]:
                raise ValueError(f"advised names the arm {unknown[0]!r}, which is not one of arms")
        for phase, window in self.windows.items():
            for name in (phase, window.after):
                if name not in self.phases:
                    raise ValueError(f"windows names the phase {name!r}, which is not one of phases")
        self._primary_agrees()
        return self

    def _primary_agrees(self) -> None:
        if self.primary is None:
            return
        for phase in (self.primary.phase, self.primary.adjusted_for):
            if phase not in self.phases:
                raise ValueError(f"primary names the phase {phase!r}, which is not one of phases")
        for arm in self.primary.between:
            if arm not in self.arms:
                raise ValueError(f"primary names the arm {arm!r}, which is not one of arms")
        if self.primary.between[0] == self.primary.between[1]:
            raise ValueError("primary compares an arm with itself")
        if self.primary.intercurrent.late_retention == "exclude" and not self.windows:
            raise ValueError("late_retention cannot be handled by 'exclude' when windows says of no phase when it ends")

    @property
    def level(self) -> float:
        """Confidence level of two-sided intervals."""
        return 1.0 - self.alpha

    def aided(self, arm: str, phase: str) -> bool:
        """Whether the plan puts advice before this arm in this phase."""
        return arm in self.advised.get(phase, ())


def parse(document: object) -> Plan:
    """A plan from plain values. Raises BadPlan naming the first field at fault."""
    if isinstance(document, Plan):
        return document
    if not isinstance(document, dict):
        raise BadPlan(
            "the plan",
            "is not a set of named fields",
            'write it as {"simlab": "plan/1", …}',
        )
    try:
        return Plan.model_validate_json(json.dumps(document))
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the plan"
        message = str(first["msg"]).removeprefix("Value error, ")
        place = f"field {place}" if first["loc"] else place
        raise BadPlan(
            place,
            message[:1].lower() + message[1:],
            "see docs/schemas/plan-1.schema.json",
        ) from None


def read(path: Path | str) -> dict[str, Any]:
    """The document of a plan file. Raises BadPlan when there is none or it is not JSON."""
    path = Path(path)
    if not path.is_file():
        raise BadPlan(str(path), "there is no such file", "give the path of a plan in JSON")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise BadPlan(str(path), f"is not JSON ({fault})", "give the path of a plan in JSON") from None
    parse(document)
    return dict(document)


def plan_hash(document: dict[str, Any]) -> str:
    """SHA-256 of the document's canonical JSON: the identity of the plan as it was written."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
