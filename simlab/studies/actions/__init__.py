"""Every write to the study tables."""

from simlab.studies.actions.amending import approve_amendment, drop_amendment, propose_amendment
from simlab.studies.actions.content import load_pack
from simlab.studies.actions.drafting import save_documents, save_protocol
from simlab.studies.actions.invitations import close_invitation, invite, open_link
from simlab.studies.actions.launching import launch_study, make_twin
from simlab.studies.actions.lifecycle import approve_study, archive_study, note_rehearsal
from simlab.studies.actions.study import (
    advance_clock,
    create_study,
    grant_role,
    lock_study,
    pause_study,
    resume_study,
    revoke_role,
)
from simlab.studies.actions.unblinding import unblind_study

__all__ = [
    "advance_clock",
    "approve_amendment",
    "approve_study",
    "archive_study",
    "close_invitation",
    "create_study",
    "drop_amendment",
    "grant_role",
    "invite",
    "launch_study",
    "load_pack",
    "lock_study",
    "make_twin",
    "note_rehearsal",
    "open_link",
    "pause_study",
    "propose_amendment",
    "resume_study",
    "revoke_role",
    "save_documents",
    "save_protocol",
    "unblind_study",
]
