"""The settings as a production site has them, and the headers that every page carries."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SIMLAB_SECRET_KEY": "x9Q" * 20 + "-made-for-this-test-only",
    "SIMLAB_ALLOWED_HOSTS": "simlab.example.org",
    "SIMLAB_DATABASE_URL": "postgresql://simlab@database.example.org/simlab",
    "SIMLAB_BROKER_URL": "redis://broker.example.org/0",
}


def manage(*words, **variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "SIMLAB_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words], env={**kept, **variables}, capture_output=True, text=True
    )


def test_deploy_check_under_production_settings_is_clean():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize("missing", ["SIMLAB_SECRET_KEY", "SIMLAB_ALLOWED_HOSTS", "SIMLAB_BROKER_URL"])
def test_production_with_a_variable_missing_stops_with_advice(missing):
    done = manage("check", **{name: value for name, value in PRODUCTION.items() if name != missing})
    assert done.returncode != 0
    assert f"{missing} is not set. It is " in done.stderr.strip().splitlines()[-1]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/no/such/page/", "/static/no-such-file.css"])
def test_every_page_carries_the_strict_headers(client, path):
    headers = client.get(path).headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["Content-Security-Policy"].split(";")}
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    for name in ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action", "manifest-src"):
        assert policy[name] == ["'self'"], name
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_plain_http_is_sent_to_https_in_production(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/accounts/login/").headers["Location"] == "https://testserver/accounts/login/"
    assert client.get("/accounts/login/", headers={"X-Forwarded-Proto": "https"}).status_code == 200
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_demo_cookie_is_not_for_scripts(client):
    client.get("/accounts/login/")
    assert client.cookies["csrftoken"]["samesite"] == "Lax"
    assert all(cookie["httponly"] for name, cookie in client.cookies.items() if name != "csrftoken")


def test_static_files_are_collected_under_hashed_names(tmp_path, settings):
    from django.core.management import call_command

    settings.STATIC_ROOT = tmp_path
    hashed = {"BACKEND": "simlab.config.storage.HashedStaticFiles"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": hashed}
    call_command("collectstatic", verbosity=0, interactive=False)
    styles = list((tmp_path / "vendor" / "nhsuk").glob("nhsuk-frontend.min.*.css"))
    assert len(styles) == 1
    assert styles[0].with_suffix(".css.gz").exists()
