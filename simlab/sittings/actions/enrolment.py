"""From the link to a place in the study, and out of it again."""

import datetime

from django.db import transaction

from simlab.engine.consent import required_statements
from simlab.engine.errors import Refused
from simlab.people.actions import contact_arrived
from simlab.sittings.actions.allocating import claim
from simlab.sittings.consenting import consent_due, information_hash
from simlab.sittings.models import Consent, Participant
from simlab.studies.models import Document, Invitation, Study
from simlab.studies.reading import protocol_of
from simlab.studies.tokens import hash_of, new_token


@transaction.atomic
def arrive(*, invitation: Invitation, now: datetime.datetime, virtual: bool = False) -> Participant:
    """Somebody opened a link and went on. A link for one person is used up by this."""
    study = invitation.study
    if study.state != Study.State.LAUNCHED:
        raise Refused("closed", "This study takes nobody at the moment.")
    if invitation.kind == Invitation.Kind.SINGLE:
        taken = Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=now)
        if not taken:
            raise Refused("link-used", "This link has been used. Come back with your personal return link.")
    participant = Participant.objects.create(
        study=study, invitation=invitation, virtual=virtual or study.kind == Study.Kind.REHEARSAL, created_at=now
    )
    contact_arrived(invitation_id=invitation.pk, participant_id=participant.pk)
    return participant


@transaction.atomic
def give_consent(
    *, participant: Participant, document: Document, statements: list[str], agreed: bool, now: datetime.datetime
) -> Participant:
    """Note the answer to the consent form with the hash of the text shown. Saying it again changes nothing.

    To agree, every statement of the form that is not optional must have been ticked.
    """
    participant = _locked(participant)
    if participant.state != Participant.State.ARRIVED or participant.consents.exists():
        return participant
    if document.study_id != participant.study_id or document.kind != Document.Kind.CONSENT:
        raise Refused("malformed", "This is not the consent form of this study.")
    if agreed and not set(required_statements(document.text)) <= set(statements):
        raise Refused("malformed", "To take part, please tick every statement that is not optional.")
    _consent(participant, document, statements, agreed, now)
    if not agreed:
        participant.state = Participant.State.DECLINED
        participant.save(update_fields=["state"])
    return participant


@transaction.atomic
def declare_eligibility(*, participant: Participant, answers: dict[str, str], now: datetime.datetime) -> Participant:
    """Take the declared grade and further yes-or-no answers; enrol who fits. Asking again gives the same place.

    `answers["grade"]` is a role of the protocol and, where it lists sites, `answers["site"]` one of them; anything
    outside the population, or any “no”, is ineligible.
    """
    participant = _locked(participant)
    if participant.state != Participant.State.ARRIVED:
        return participant
    if not participant.consents.filter(agreed=True).exists():
        raise Refused("no-consent", "Please read and answer the consent form first.")
    if participant.study.state != Study.State.LAUNCHED:
        raise Refused("closed", "This study takes nobody at the moment.")
    protocol = protocol_of(participant.study)
    grade, site = answers.get("grade", ""), answers.get("site", "")
    participant.eligibility = answers
    participant.grade, participant.site = grade[:60], site[:60]
    if not protocol.population.admits(grade, site) or "no" in answers.values():
        participant.state = Participant.State.INELIGIBLE
    else:
        participant.stratum = protocol.stratum_of(grade, site)
        participant.slot = claim(participant, protocol, now)
        participant.state = Participant.State.ENROLLED
        participant.enrolled_at = now
    participant.save()
    return participant


@transaction.atomic
def issue_return_token(*, participant: Participant) -> str:
    """A personal link back into the study, shown once. It replaces the link before it."""
    token = new_token()
    Participant.objects.filter(pk=participant.pk).update(return_token_sha256=hash_of(token))
    return token


@transaction.atomic
def consent_again(
    *, participant: Participant, document: Document, statements: list[str], agreed: bool, now: datetime.datetime
) -> Consent | None:
    """Answer to texts that have changed since the last consent. None when nothing was due; a no is noted and no more.

    Raises Refused when the form is not the latest one, or a statement that is needed was not ticked.
    """
    participant = _locked(participant)
    if not consent_due(participant):
        return None
    if document != Document.objects.latest_of(participant.study, Document.Kind.CONSENT):
        raise Refused("stale-consent", "The consent form has changed again. Please read the new one.")
    if agreed and not set(required_statements(document.text)) <= set(statements):
        raise Refused("malformed", "To go on, please tick every statement that is not optional.")
    return _consent(participant, document, statements, agreed, now)


def _consent(
    participant: Participant, document: Document, statements: list[str], agreed: bool, now: datetime.datetime
) -> Consent:
    return Consent.objects.create(
        participant=participant,
        document=document,
        sha256=document.sha256,
        information_sha256=information_hash(participant.study),
        statements=statements,
        agreed=agreed,
        given_at=now,
    )


def _locked(participant: Participant) -> Participant:
    return Participant.objects.locked().get(pk=participant.pk)
