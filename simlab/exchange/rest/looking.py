"""Looks before the end, read late: the packages of the statistics take seconds."""

from typing import Any

from simlab.analyses.actions_interim import appoint_monitor, decide_look, make_look
from simlab.analyses.reading_interim import decisions, looks_planned, monitors, open_look
from simlab.studies.models import Study

__all__ = ["appoint_monitor", "decide_look", "make_look", "monitors", "told_to_committee", "told_to_team"]


def told_to_team(study: Study) -> dict[str, Any]:
    """The plan of looks, who is on the committee, and word and day of each decision."""
    planned = looks_planned(study)
    return {
        "looks": list(planned.looks) if planned else [],
        "participants": planned.participants if planned else None,
        "spending": planned.spending if planned else None,
        "committee": [
            {"email": one.user.email, "appointed_at": one.appointed_at}
            for one in study.monitors.select_related("user").order_by("appointed_at")
        ],
        "decisions": [
            {"number": one.look.number, "word": one.word, "decided_at": one.decided_at} for one in decisions(study)
        ],
    }


def told_to_committee(study: Study) -> dict[str, Any]:
    waiting = open_look(study)
    made = study.interim_looks.order_by("number")
    return {
        **told_to_team(study),
        "open": waiting.number if waiting else None,
        "made": [{"number": one.number, "made_at": one.made_at, "found": one.found} for one in made],
    }
