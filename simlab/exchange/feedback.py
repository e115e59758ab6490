"""What became of each card, as a service of CDS Hooks 2.0 would be told of it (section “Feedback”).

The standard knows accepted and overridden. A suggestion that was kept further down the list was not taken as it was,
and is told as overridden; a card that nobody looked at is left out, since the standard has no word for it.
"""

from collections.abc import Iterator
from typing import Any

from simlab.engine.nudge import REASON_SYSTEM, REASONS
from simlab.sittings.models import Exposure
from simlab.sittings.nudges import place_of
from simlab.studies.models import Study

OUTCOMES = {"accepted": "accepted", "edited": "overridden", "overridden": "overridden"}


def feedback_of(study: Study) -> dict[str, Any]:
    """The body of a feedback request, in the order in which the answers arrived. It names no participant and no arm."""
    return {"feedback": list(_entries(study))}


def _entries(study: Study) -> Iterator[dict[str, Any]]:
    told = Exposure.objects.filter(encounter__sitting__participant__study=study, advice_version__isnull=False)
    reasons = {
        row["encounter_id"]: row["detail"] for row in told.filter(kind="reason").values("encounter_id", "detail")
    }
    rows = told.filter(kind__in=OUTCOMES).select_related(
        "event", "encounter__planned", "encounter__sitting__participant__slot",
        "encounter__sitting__participant__study__protocol",
    )  # fmt: skip
    for row in rows.order_by("event__received_at", "pk"):
        card = place_of(row.encounter.sitting, row.encounter.planned).card(row.shown_as).card
        outcome = OUTCOMES[row.kind]
        entry = {"card": card["uuid"], "outcome": outcome, "outcomeTimestamp": _utc(row.event.received_at)}
        if outcome == "accepted":
            entry["acceptedSuggestions"] = [{"id": card["suggestions"][0]["uuid"]}]
        elif reason := _reason(reasons.get(row.encounter_id) or {}):
            entry["overrideReason"] = reason
        yield entry


def _reason(told: dict[str, Any]) -> dict[str, Any]:
    """Reasons for following are ours and not of the standard, so they are left out here."""
    code, comment = told.get("reason"), told.get("comment")
    made: dict[str, Any] = {}
    if code in REASONS:
        made["reason"] = {"code": code, "system": REASON_SYSTEM, "display": REASONS[code]}
    if comment:
        made["userComment"] = comment
    return made


def _utc(moment: Any) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
