"""A prepared queryset finds the same rows as the queryset, with what it joins, and never writes its SQL again."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from simlab.sittings.models import Encounter, Sitting
from simlab.sittings.prepared import Prepared
from tests.factories import a_sitting

pytestmark = pytest.mark.django_db
WHOLE = Prepared(lambda pk: Sitting.objects.with_participant().filter(pk=pk), uuid.UUID)
OF_BOTH = Prepared(
    lambda sitting, pk: Encounter.objects.filter(sitting=sitting, pk=pk).select_related("planned"), uuid.UUID, uuid.UUID
)


def as_told(row: object) -> dict:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


def test_the_row_and_all_that_it_joins_are_those_of_the_queryset():
    one, other = a_sitting(), a_sitting()
    for sitting in (one, other, one):
        with CaptureQueriesContext(connection) as asked:
            found = WHOLE.one(sitting.pk)
            people = (
                found.participant,
                found.participant.slot,
                found.participant.study,
                found.participant.study.protocol,
            )
        plain = Sitting.objects.with_participant().get(pk=sitting.pk)
        expected = plain.participant, plain.participant.slot, plain.participant.study, plain.participant.study.protocol
        assert len(asked) == 1
        assert as_told(found) == as_told(plain)
        assert [as_told(row) for row in people] == [as_told(row) for row in expected]


def test_two_arguments_keep_their_places():
    sitting, other = a_sitting(), a_sitting()
    encounter = sitting.encounters.get()
    assert OF_BOTH.one(sitting.pk, encounter.pk).planned == encounter.planned
    assert OF_BOTH.one(encounter.pk, sitting.pk) is None
    assert OF_BOTH.one(other.pk, encounter.pk) is None


def test_what_was_fetched_can_be_saved():
    sitting = a_sitting()
    found = WHOLE.one(sitting.pk)
    found.lease += 1
    found.save(update_fields=["lease"])
    assert Sitting.objects.get(pk=sitting.pk).lease == sitting.lease + 1
