"""Django's own commands, pointed at the servers of the demo that is running."""

import os
import secrets

from simlab.appliance import failures, running
from simlab.appliance.options import data_folder

# Where a command looks for servers when none runs: nowhere, so that it fails at once and not on somebody else's.
NOWHERE = {"PGHOST": "/nonexistent", "SIMLAB_BROKER_URL": "memory://"}


def run(words: list[str]) -> int:
    """Runs a Django command. Without a running demo, one that needs the database ends with one sentence."""
    folder = data_folder()
    found = bool(os.environ.get("SIMLAB_DATABASE_URL") or os.environ.get("PGHOST"))
    if not found:
        state = running.find(folder)
        found = state is not None
        os.environ.update(state.variables if state else {})
        if state is None:
            for name, value in _without_servers().items():
                os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simlab.config.settings")
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    try:
        execute_from_command_line(["manage.py", *words])
    except OperationalError:
        if found:
            raise
        raise failures.not_running(folder) from None
    return 0


def _without_servers() -> dict[str, str]:
    return {**NOWHERE, "SIMLAB_DEMO": "1", "SIMLAB_SECRET_KEY": secrets.token_urlsafe(50)}
