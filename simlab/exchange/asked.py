"""What was asked of an outside adviser and what came of it, as plain values."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Proposal:
    """Advice as an outside system gave it, made harmless. `confidence` 0..1 where it was stated."""

    diagnosis: str
    summary: str
    rationale: str | None = None
    confidence: float | None = None
    findings_for: tuple[str, ...] = ()
    findings_against: tuple[str, ...] = ()
    link: dict[str, str] | None = None


@dataclass(frozen=True)
class Asked:
    """One request. `response` is the answer word for word; `problem` says why no advice came of it."""

    request: dict[str, Any]
    response: str = ""
    status: int | None = None
    latency_ms: float | None = None
    outcome: str = "ok"
    problem: str = ""
    source: str = ""
    proposal: Proposal | None = field(default=None)

    def refused(self, outcome: str, problem: str) -> "Asked":
        return replace(self, outcome=outcome, problem=problem)

    def proposing(self, proposal: Proposal, source: str) -> "Asked":
        if not proposal.diagnosis or not proposal.summary:
            return self.refused("unusable", "The answer names no diagnosis.")
        return replace(self, proposal=proposal, source=source)


def failed(request: Mapping[str, Any], outcome: str, problem: str) -> Asked:
    return Asked(dict(request), outcome=outcome, problem=problem)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
