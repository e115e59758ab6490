"""The steps of a study's life: which action each is. The rules are those of the actions."""

from collections.abc import Mapping
from typing import Any

from simlab.analyses.reading_power import was_rehearsed
from simlab.engine.errors import Refused
from simlab.people.models import User
from simlab.studies import actions, clock
from simlab.studies.models import Study


def take(study: Study, given: Mapping[str, Any], *, by: User) -> None:
    """Take the step that is asked for. Raises Refused or InvalidFile as the action does."""
    now, reason = clock.now(study), given["reason"]
    who = {"study": study, "by": by, "now": now}
    match given["step"]:
        case "rehearse":
            _refuse_unrehearsed(study)
            actions.note_rehearsal(**who, reason=reason)
        case "approve":
            actions.approve_study(**who, comment=reason)
        case "revise":
            actions.withdraw_approval(**who, reason=reason)
        case "launch":
            _launch(study, given, by)
        case "resume":
            actions.resume_study(**who)
        case "pause":
            actions.pause_study(**who, reason=reason)
        case "lock":
            actions.lock_study(**who, reason=reason)
        case "unblind":
            actions.unblind_study(**who, reason=reason)
        case "archive":
            actions.archive_study(**who, reason=reason)


def _launch(study: Study, given: Mapping[str, Any], by: User) -> None:
    sizes = {"per_stratum": given["per_stratum"]} if "per_stratum" in given else {}
    actions.launch_study(
        study=study,
        by=by,
        now=clock.now(study),
        listed=given.get("allocation_list"),
        unsigned_because=given["unsigned_because"],
        **sizes,
    )


def _refuse_unrehearsed(study: Study) -> None:
    if not was_rehearsed(study):
        raise Refused("not-rehearsed", "No rehearsal or simulation of this version has ended yet. Rehearse it first.")
