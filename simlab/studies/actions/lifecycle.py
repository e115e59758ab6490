"""Every step of a study's life goes through `take_step`, which keeps the table and the record."""

import datetime

from django.db import transaction

from simlab.engine.errors import Refused
from simlab.engine.lifecycle import Step, check_reason, step_from
from simlab.people.models import User
from simlab.studies.models import Approval, Role, Study, Transition
from simlab.studies.reading import authors_of, content_hash_of, has_role


def take_step(*, study: Study, name: str, by: User | None, now: datetime.datetime, reason: str = "") -> Study:
    """Move a study that the caller holds locked, and note it. Raises Refused where the table does not allow it."""
    step = step_from(name, state=study.state, kind=study.kind)
    said = check_reason(step, reason)
    _check_person(study, step, by)
    before, study.state = study.state, step.after
    Transition.objects.create(
        study=study,
        step=name,
        before=before,
        after=step.after,
        reason=said,
        protocol_sha256=study.protocol.sha256,
        by_id=by.pk if by else None,
        at=now,
    )
    return study


def _check_person(study: Study, step: Step, by: User | None) -> None:
    """A command has nobody (`None`): whoever runs it holds the machine."""
    if by is None:
        return
    if not has_role(study, by, Role.Name.OWNER, Role.Name.RESEARCHER):
        raise Refused("not-yours", "You do not work on this study.")
    if step.owner and not has_role(study, by, Role.Name.OWNER):
        raise Refused("not-owner", "Only an owner of the study may do this.")


def locked(study: Study) -> Study:
    """The row for update, with its protocol; must be called in a transaction."""
    return Study.objects.select_for_update(of=("self",)).select_related("protocol").get(pk=study.pk)


@transaction.atomic
def note_rehearsal(*, study: Study, by: User | None, now: datetime.datetime, reason: str = "") -> Study:
    """A draft counts as rehearsed: the caller has seen a rehearsal of this very protocol end. Repeatable."""
    held = locked(study)
    if held.state == Study.State.DRAFT:
        take_step(study=held, name="rehearse", by=by, now=now, reason=reason)
        held.save(update_fields=["state"])
    study.state = held.state
    return held


@transaction.atomic
def approve_study(*, study: Study, by: User, now: datetime.datetime, comment: str = "") -> Study:
    """A second person has read protocol, documents and questionnaires and finds them fit to be launched.

    Raises Refused for whoever wrote any of it, and when a main study was not rehearsed.
    """
    held = locked(study)
    refuse_author(held, by)
    take_step(study=held, name="approve", by=by, now=now, reason=comment)
    Approval.objects.get_or_create(
        study=held,
        content_sha256=content_hash_of(held),
        by_id=by.pk,
        defaults={"protocol_sha256": held.protocol.sha256, "comment": comment.strip(), "at": now},
    )
    held.save(update_fields=["state"])
    study.state = held.state
    return held


def refuse_author(study: Study, by: User) -> None:
    if by.pk in authors_of(study):
        raise Refused("author", "You wrote part of this study, so somebody else has to approve it.")


@transaction.atomic
def archive_study(*, study: Study, by: User | None, now: datetime.datetime, reason: str) -> Study:
    """Put away for good; everything stays readable. A trial is unblinded before."""
    held = locked(study)
    if held.hides_arms:
        raise Refused("wrong-state", "A trial is unblinded before it is archived.")
    take_step(study=held, name="archive", by=by, now=now, reason=reason)
    held.save(update_fields=["state"])
    study.state = held.state
    return held


@transaction.atomic
def withdraw_approval(*, study: Study, by: User | None, now: datetime.datetime, reason: str) -> Study:
    """Back to a draft before the launch, with a reason: somebody found something after all."""
    held = locked(study)
    take_step(study=held, name="revise", by=by, now=now, reason=reason)
    held.save(update_fields=["state"])
    study.state = held.state
    return held
