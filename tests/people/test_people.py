import uuid

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, IntegrityError, connection, transaction

from simlab.people import vault
from simlab.people.actions import create_user, link_participant
from simlab.people.models import Contact, User
from tests.factories import a_participant, a_user

pytestmark = pytest.mark.django_db


def test_address_is_kept_in_lower_case_and_found_in_any():
    user = create_user(email=" Ann.Example@Example.ORG ", password="correct horse battery")
    assert user.email == "ann.example@example.org"
    assert User.objects.get_by_natural_key("Ann.EXAMPLE@example.org") == user


def test_address_in_upper_case_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="Ann@example.org")


def test_address_is_used_once():
    a_user(email="ann@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        a_user(email="ANN@example.org")


def test_password_is_hashed_and_logs_in(rf):
    user = a_user(email="ann@example.org", password="correct horse battery")
    assert "correct" not in user.password
    assert authenticate(rf.post("/"), username="ann@example.org", password="correct horse battery") == user
    assert authenticate(rf.post("/"), username="ann@example.org", password="wrong") is None


def test_user_without_password_cannot_log_in(rf):
    a_user(email="ann@example.org", password=None)
    assert authenticate(rf.post("/"), username="ann@example.org", password="") is None


def test_vault_is_a_schema_of_its_own_without_foreign_keys():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT constraint_type FROM information_schema.table_constraints "
            "WHERE table_schema = 'vault' AND table_name = 'contact' AND constraint_type <> 'CHECK'"
        )
        assert {row[0] for row in cursor.fetchall()} == {"PRIMARY KEY", "UNIQUE"}


def test_no_table_but_the_vault_joins_participants_to_names():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name LIKE 'sittings\\_%' "
            "AND (column_name LIKE '%user%' OR column_name LIKE '%email%' OR column_name LIKE '%name%')"
        )
        assert cursor.fetchall() == []


def test_linking_twice_adds_what_is_new_and_takes_nothing():
    participant = a_participant()
    user, other = a_user(), a_user()
    link_participant(participant_id=participant.pk, email="Ann@Example.org")
    link_participant(participant_id=participant.pk, user=user, name="Ann")
    link_participant(participant_id=participant.pk, user=other)
    contact = Contact.objects.get()
    assert (contact.user_id, contact.name, contact.email) == (user.pk, "Ann", "ann@example.org")
    assert vault.participants_of(user) == [participant.pk]
    assert vault.participants_of(other) == []
    assert vault.contact_of(participant.pk) == contact


def test_nobody_is_linked_to_an_anonymous_visitor():
    link_participant(participant_id=uuid.uuid4())
    assert vault.participants_of(AnonymousUser()) == []
    assert vault.is_participant(AnonymousUser(), uuid.uuid4()) is False


def test_participant_has_one_contact():
    contact = link_participant(participant_id=uuid.uuid4())
    with pytest.raises(DatabaseError), transaction.atomic():
        Contact.objects.create(participant_id=contact.participant_id)
