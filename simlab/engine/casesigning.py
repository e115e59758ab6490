"""A signature holds for what was signed and for nothing else: change a word of the case and it is unsigned again."""

from typing import TYPE_CHECKING, Any

from simlab.engine.parsing import content_hash

if TYPE_CHECKING:
    from simlab.engine.case import Case

UNSIGNED = "not clinically reviewed"
UNSIGNED_NOTICE = f"Written for simulation; {UNSIGNED}"


def substance_hash(case: "Case") -> str:
    """SHA-256 (hex) of all of a case but its status: what a reviewer signs. Pictures are part of it."""
    return content_hash(case.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"status"}))


def signed(case: "Case", on: str = "") -> bool:
    """Whether a named clinician has signed the case as it stands; with a day, also whether that still holds then."""
    status = case.status
    if not (status.reviewer and status.reviewed_on and status.reviewed_content):
        return False
    overdue = bool(on and status.review_by and status.review_by < on[: len(status.review_by)])
    return not overdue and status.reviewed_content == substance_hash(case)


def state_of(case: "Case", on: str) -> str:
    """“signed”, “overdue” (signed, but its review is due), “changed” (since it was signed) or “unsigned”."""
    if signed(case, on):
        return "signed"
    if signed(case):
        return "overdue"
    return "changed" if case.status.reviewer else "unsigned"


def notice_of(case: "Case") -> str:
    """What every reader of the case is told about its review, by its signature and not by its words."""
    status = case.status
    if not signed(case):
        return UNSIGNED_NOTICE
    who = ", ".join(part for part in (status.reviewer, status.reviewer_role, status.registration) if part)
    return f"Written for simulation; reviewed by {who} on {status.reviewed_on}"


def signed_status(*, name: str, role: str, registration: str, on: str, review_by: str, sha256: str) -> dict[str, Any]:
    """The fields of `status` that a signature sets, in the spelling of the file."""
    who = ", ".join(part for part in (name, role, registration) if part)
    return {
        "notice": f"Written for simulation; reviewed by {who} on {on}",
        "reviewer": name,
        "reviewer-role": role,
        "registration": registration,
        "reviewed-on": on,
        "reviewed-content": sha256,
        "review-by": review_by,
    }


def unsigned_status() -> dict[str, Any]:
    """The same fields of a case that nobody has signed as it stands."""
    gone = ("reviewer", "reviewer-role", "registration", "reviewed-on", "reviewed-content")
    return {"notice": UNSIGNED_NOTICE, **dict.fromkeys(gone)}
