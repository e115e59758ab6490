"""Every write to the tables of what participants did."""

from simlab.sittings.actions.adjudicating import apply_verdicts, rate_text
from simlab.sittings.actions.enrolment import (
    arrive,
    consent_again,
    declare_eligibility,
    give_consent,
    issue_return_token,
)
from simlab.sittings.actions.leaving import withdraw
from simlab.sittings.actions.opening import expire, open_sitting, skip_wait
from simlab.sittings.actions.questions import answer_questions
from simlab.sittings.actions.recording import record_batch, record_locked
from simlab.sittings.actions.reflecting import write_reflection

__all__ = [
    "answer_questions",
    "apply_verdicts",
    "arrive",
    "consent_again",
    "declare_eligibility",
    "expire",
    "give_consent",
    "issue_return_token",
    "open_sitting",
    "rate_text",
    "record_batch",
    "record_locked",
    "skip_wait",
    "withdraw",
    "write_reflection",
]
