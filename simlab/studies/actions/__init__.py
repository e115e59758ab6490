"""Every write to the study tables."""

from simlab.studies.actions.content import load_pack
from simlab.studies.actions.invitations import invite, open_link
from simlab.studies.actions.launching import launch_study, make_twin
from simlab.studies.actions.study import advance_clock, create_study, grant_role, lock_study, pause_study, resume_study
from simlab.studies.actions.unblinding import unblind_study

__all__ = [
    "advance_clock",
    "create_study",
    "grant_role",
    "invite",
    "launch_study",
    "load_pack",
    "lock_study",
    "make_twin",
    "open_link",
    "pause_study",
    "resume_study",
    "unblind_study",
]
