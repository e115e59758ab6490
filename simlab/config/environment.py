"""Reads the environment, and says what to do when something in it is missing."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

ADVICE = {
    "SIMLAB_SECRET_KEY": (
        "a long random word that only this site knows; make one with "
        "`python3 -c 'import secrets; print(secrets.token_urlsafe(50))'`"
    ),
    "SIMLAB_ALLOWED_HOSTS": "the host names of this site, with commas between them, for example simlab.example.org",
    "SIMLAB_DATABASE_URL": "where PostgreSQL is, for example postgresql://user:password@host:5432/simlab",
    "SIMLAB_BROKER_URL": "where Redis, Valkey or RabbitMQ is, for example redis://host:6379/0",
}


def required(name: str) -> str:
    """The value of a variable. Raises ImproperlyConfigured with advice when it is unset or empty."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. It is {ADVICE[name]}. (`python3 manage.py demo` needs none.)")
    return value


def flag(name: str) -> bool:
    """True for 1, False for unset, empty or 0. Anything else is refused: a typing error must not switch safety off."""
    value = os.environ.get(name, "").strip()
    if value not in ("", "0", "1"):
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1, or to 0, or leave it out.")
    return value == "1"


def words(name: str) -> list[str]:
    """The words of a required variable, split at commas."""
    return [word.strip() for word in required(name).split(",") if word.strip()]


def listed(name: str) -> list[str]:
    """The words of a variable that may be left out, split at commas."""
    return [word.strip().lower() for word in os.environ.get(name, "").split(",") if word.strip()]


def base_url(default: str) -> str:
    """Where people reach this site, for the links in mail; without a slash at the end."""
    url = os.environ.get("SIMLAB_BASE_URL", "").strip().rstrip("/") or default
    if not url.startswith(("http://", "https://")):
        raise ImproperlyConfigured(f"SIMLAB_BASE_URL is {url!r}. Write it as https://simlab.example.org")
    return url


def data_folder(default: Path) -> Path:
    return Path(os.environ.get("SIMLAB_DATA") or default).resolve()


def database() -> dict[str, Any]:
    """Django's description of the database: SIMLAB_DATABASE_URL, else the server that the appliance names by PGHOST."""
    if os.environ.get("SIMLAB_DATABASE_URL") or not os.environ.get("PGHOST"):
        found: dict[str, Any] = dict(dj_database_url.parse(required("SIMLAB_DATABASE_URL")))
        if found["ENGINE"] != "django.db.backends.postgresql":
            raise ImproperlyConfigured(
                "SIMLAB_DATABASE_URL must begin with postgresql:// : SimLab runs on PostgreSQL only."
            )
    else:
        found = {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ.get("PGPORT", ""),
            "USER": os.environ.get("PGUSER", "simlab"),
            "PASSWORD": os.environ.get("PGPASSWORD", ""),
            "NAME": os.environ.get("PGDATABASE", "simlab"),
        }
    # Kept connections are what matters most for speed; a health check at each request survives a restarted server.
    return {**found, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def demo() -> dict[str, Any]:
    """What the front page of the demo shows and `load_demo` makes. Nothing of it exists outside the demo."""
    password = os.environ.get("SIMLAB_DEMO_PASSWORD", "")
    accounts = [
        {"role": role, "email": f"{role}@demo.invalid", "password": password}
        for role in ("clinician", "researcher", "educator")
    ]
    return {"join": "/join/demo/", "accounts": accounts}
