import pytest
from django.core.exceptions import ImproperlyConfigured

from simlab.config import environment


@pytest.mark.parametrize("name", sorted(environment.ADVICE))
def test_required_when_unset_says_what_it_is(monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set. It is "):
        environment.required(name)


@pytest.mark.parametrize("value, expected", [("", False), ("0", False), ("1", True)])
def test_flag_reads_zero_and_one(monkeypatch, value, expected):
    monkeypatch.setenv("SIMLAB_DEMO", value)
    assert environment.flag("SIMLAB_DEMO") is expected


def test_flag_refuses_a_typing_error(monkeypatch):
    monkeypatch.setenv("SIMLAB_DEMO", "yes")
    with pytest.raises(ImproperlyConfigured, match="Set it to 1"):
        environment.flag("SIMLAB_DEMO")


def test_database_url_wins_over_the_embedded_server(monkeypatch):
    monkeypatch.setenv("PGHOST", "/somewhere")
    monkeypatch.setenv("SIMLAB_DATABASE_URL", "postgresql://ann:word@db.example:5433/trials")
    found = environment.database()
    assert (found["HOST"], found["PORT"], found["NAME"], found["USER"]) == ("db.example", 5433, "trials", "ann")
    assert found["CONN_MAX_AGE"] == 60
    assert found["CONN_HEALTH_CHECKS"] is True


def test_database_of_another_kind_is_refused(monkeypatch):
    monkeypatch.setenv("SIMLAB_DATABASE_URL", "sqlite:///x.db")
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL only"):
        environment.database()


def test_database_without_url_and_without_appliance_asks_for_the_url(monkeypatch):
    monkeypatch.delenv("SIMLAB_DATABASE_URL", raising=False)
    monkeypatch.delenv("PGHOST", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SIMLAB_DATABASE_URL is not set"):
        environment.database()


def test_words_are_split_at_commas(monkeypatch):
    monkeypatch.setenv("SIMLAB_ALLOWED_HOSTS", "a.example, b.example,")
    assert environment.words("SIMLAB_ALLOWED_HOSTS") == ["a.example", "b.example"]
