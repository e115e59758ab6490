"""What every test can rely on: no network, plain static files, fast passwords, and a Chromium if there is one."""

import os
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

NO_CHROMIUM = "no Chromium on this machine"
HOW_TO_GET_IT = "Debian and Ubuntu: apt-get install chromium; or name one in SIMLAB_CHROMIUM"
PATIENCE_MS = 60_000  # nothing is judged by its time: a busy machine is waited for
CHROMIUM_OPTIONS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]

# Playwright keeps an event loop in the thread of the test, and Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture
def now() -> datetime:
    """A fixed moment, for everything that takes `now`."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def rng() -> random.Random:
    """Chance that is the same in every run."""
    return random.Random(20261123)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    if os.environ.get("PGHOST") == "/nonexistent":
        pytest.fail(
            "this test needs a database: run it with `python3 manage.py test …`, which starts one", pytrace=False
        )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """The database is thrown away at the end, also where a thread of the live server still holds a session on it."""
    yield
    with django_db_blocker.unblock():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def _plain_settings(request: pytest.FixtureRequest) -> None:
    """The live server finds static files by their plain names; passwords in tests need no strong hash."""
    if "settings" not in request.fixturenames and not _uses_django(request):
        return
    settings = request.getfixturevalue("settings")
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _uses_django(request: pytest.FixtureRequest) -> bool:
    asked = {"db", "transactional_db", "client", "live_server", "rf", "admin_client"}
    return bool(asked & set(request.fixturenames)) or request.node.get_closest_marker("django_db") is not None


def find_chromium() -> str | None:
    names = [os.environ.get("SIMLAB_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One Chromium for all browser tests of a process. Without one they are skipped, or fail where it is required."""
    path = find_chromium()
    if path is None:
        if os.environ.get("SIMLAB_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{NO_CHROMIUM} ({HOW_TO_GET_IT})", pytrace=False)
        pytest.skip(NO_CHROMIUM)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_OPTIONS, *as_root])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser) -> Iterator[object]:
    """A fresh page that fails its test when the console shows an error or the content policy is broken."""
    context = browser.new_context(locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.complaints = complaints
    yield opened
    context.close()
    assert not complaints, f"the browser's console says: {complaints}"


def pytest_terminal_summary(terminalreporter) -> None:
    skipped = [r for r in terminalreporter.stats.get("skipped", []) if NO_CHROMIUM in str(r.longrepr)]
    if skipped:
        line = f"NOTE: {len(skipped)} browser tests did not run: {NO_CHROMIUM} ({HOW_TO_GET_IT})"
        terminalreporter.write_line(line, yellow=True)
