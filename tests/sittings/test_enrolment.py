import io
import uuid

import pytest
from django.core.management import CommandError, call_command

from simlab.engine.errors import Refused
from simlab.sittings import actions
from simlab.sittings.models import Consent, Participant
from simlab.sittings.reading import participant_of_return_token
from simlab.studies import actions as studies
from simlab.studies.models import Stratum
from tests.factories import NOW, a_consented, a_participant, a_study, an_arrival, an_invitation

pytestmark = pytest.mark.django_db


def consent_of(participant):
    return participant.study.documents.get(kind="consent")


def test_arriving_at_a_paused_study_is_refused():
    study = studies.pause_study(study=a_study(), by=None, now=NOW, reason="A fault in a case.")
    with pytest.raises(Refused) as refused:
        actions.arrive(invitation=an_invitation(study), now=NOW)
    assert refused.value.code == "closed"
    assert not Participant.objects.exists()


def test_single_invitation_works_once():
    invitation, _ = studies.invite(study=a_study(), by=None, now=NOW)
    actions.arrive(invitation=invitation, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.arrive(invitation=invitation, now=NOW)
    assert refused.value.code == "link-used"
    assert Participant.objects.count() == 1


def test_consent_keeps_the_hash_of_the_text_shown():
    participant = a_consented()
    consent = participant.consents.get()
    assert consent.sha256 == consent_of(participant).sha256
    assert consent.agreed


def test_consent_with_a_statement_left_out_is_refused():
    participant = an_arrival()
    with pytest.raises(Refused) as refused:
        actions.give_consent(
            participant=participant,
            document=consent_of(participant),
            statements=["I agree to take part."],
            agreed=True,
            now=NOW,
        )
    assert refused.value.status == 422
    assert not Consent.objects.exists()


def test_consent_on_another_studys_form_is_refused():
    participant, other = an_arrival(), an_arrival()
    with pytest.raises(Refused):
        actions.give_consent(participant=participant, document=consent_of(other), statements=[], agreed=False, now=NOW)


def test_declining_is_noted_and_ends_there():
    participant = an_arrival()
    declined = actions.give_consent(
        participant=participant, document=consent_of(participant), statements=[], agreed=False, now=NOW
    )
    assert declined.state == "declined"
    assert actions.declare_eligibility(participant=declined, answers={"grade": "gp"}, now=NOW).slot is None


def test_eligibility_before_consent_is_refused():
    with pytest.raises(Refused) as refused:
        actions.declare_eligibility(participant=an_arrival(), answers={"grade": "gp"}, now=NOW)
    assert refused.value.code == "no-consent"


@pytest.mark.parametrize("answers", [{"grade": "pharmacist"}, {}, {"grade": "gp", "sees-patients": "no"}])
def test_unfit_participant_gets_no_slot(answers):
    participant = actions.declare_eligibility(participant=a_consented(), answers=answers, now=NOW)
    assert (participant.state, participant.slot) == ("ineligible", None)
    assert set(Stratum.objects.values_list("claimed", flat=True)) == {0}


def test_enrolment_takes_the_slots_of_the_stratum_in_order():
    study = a_study()
    taken = [a_participant(study, grade=grade).slot for grade in ("gp", "gp-registrar", "gp")]
    assert [(slot.stratum, slot.ordinal) for slot in taken] == [("gp", 1), ("gp-registrar", 1), ("gp", 2)]


def test_asking_again_gives_the_same_slot():
    participant = a_participant()
    again = actions.declare_eligibility(participant=participant, answers={"grade": "gp-registrar"}, now=NOW)
    assert (again.slot_id, again.grade) == (participant.slot_id, "gp")


def test_exhausted_stratum_refuses_and_writes_nothing():
    study = a_study(per_stratum=1)
    size = Stratum.objects.get(study=study, name="gp").size
    for _ in range(size):
        a_participant(study)
    late = a_consented(study)
    with pytest.raises(Refused) as refused:
        actions.declare_eligibility(participant=late, answers={"grade": "gp"}, now=NOW)
    assert refused.value.code == "slots-exhausted"
    late.refresh_from_db()
    assert (late.state, late.grade) == ("arrived", "")
    assert Stratum.objects.get(study=study, name="gp").claimed == size


def test_return_token_is_stored_as_a_hash_and_replaced():
    participant = a_participant()
    first = actions.issue_return_token(participant=participant)
    second = actions.issue_return_token(participant=participant)
    participant.refresh_from_db()
    assert first != second
    assert second not in participant.return_token_sha256
    assert participant_of_return_token(first) is None
    assert participant_of_return_token(second) == participant


def test_participant_of_a_rehearsal_is_virtual():
    twin = studies.make_twin(study=a_study(), seed="x", by=None, now=NOW, per_stratum=4)
    assert a_participant(twin).virtual is True


def test_withdraw_command_takes_a_code_and_names_a_wrong_one():
    participant = a_participant()
    with pytest.raises(CommandError, match="not a participant's code"):
        call_command("withdraw", "somebody")
    with pytest.raises(CommandError, match="no participant"):
        call_command("withdraw", str(uuid.uuid4()))
    call_command("withdraw", str(participant.pk), stdout=io.StringIO())
    participant.refresh_from_db()
    assert participant.state == "withdrawn"
