"""Every write to the study tables."""

from simlab.studies.actions.amending import approve_amendment, drop_amendment, propose_amendment, unified
from simlab.studies.actions.casereview import publish_case, remark, sign_case
from simlab.studies.actions.casewriting import (
    grant_case_right,
    put_picture,
    revoke_case_right,
    save_text,
    start_draft,
    start_pack,
)
from simlab.studies.actions.content import load_pack
from simlab.studies.actions.drafting import draft_from_template, save_documents, save_protocol
from simlab.studies.actions.equating import declare_bound, record_equating
from simlab.studies.actions.invitations import close_invitation, invite, open_link, repeatable_link
from simlab.studies.actions.launching import launch_study, make_twin
from simlab.studies.actions.lifecycle import approve_study, archive_study, note_rehearsal, withdraw_approval
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
    "declare_bound",
    "draft_from_template",
    "drop_amendment",
    "grant_case_right",
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
    "publish_case",
    "put_picture",
    "record_equating",
    "remark",
    "repeatable_link",
    "resume_study",
    "revoke_case_right",
    "revoke_role",
    "save_documents",
    "save_protocol",
    "save_text",
    "sign_case",
    "start_draft",
    "start_pack",
    "unblind_study",
    "unified",
    "withdraw_approval",
]
