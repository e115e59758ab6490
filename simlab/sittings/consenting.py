"""Which consent somebody gave, and whether the texts have changed since."""

from simlab.sittings.models import Consent, Participant
from simlab.studies.models import Document, Study


def consent_of(participant: Participant) -> Consent | None:
    """The last consent given, with its document."""
    given = participant.consents.filter(agreed=True).select_related("document")
    return given.order_by("-given_at", "-pk").first()


def consent_due(participant: Participant) -> bool:
    """Whether information or consent form have changed since this person agreed. Two queries.

    Whoever was made for a preview was never asked.
    """
    if participant.study.kind == Study.Kind.PREVIEW or participant.state != Participant.State.ENROLLED:
        return False
    kinds = [Document.Kind.INFORMATION, Document.Kind.CONSENT]
    rows = participant.study.documents.filter(kind__in=kinds).order_by("version")
    latest = dict(rows.values_list("kind", "sha256"))
    given = consent_of(participant)
    if given is None:
        return True
    information = latest.get(Document.Kind.INFORMATION, "")
    return given.sha256 != latest.get(Document.Kind.CONSENT) or given.information_sha256 not in ("", information)


def information_hash(study: Study) -> str:
    return getattr(Document.objects.latest_of(study, Document.Kind.INFORMATION), "sha256", "")
