"""Brings database, content and static files up to date, in one process, with one line a step. Safe to repeat.

Run as `python -m simlab.appliance.prepare [--real]` in the environment of the demo. What a step refuses is printed as
its one sentence, marked so that the demo can end with it.
"""

import sys
import time
from collections.abc import Callable

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from simlab.appliance.programs import REFUSED


def steps(*, real: bool) -> list[tuple[str, Callable[[], object]]]:
    """What is done, in order, each with the words that are printed when it is done."""
    demo = ["--real"] if real else []
    return [
        ("database tables are up to date", lambda: call_command("migrate", verbosity=0, interactive=False)),
        ("cases and demo study are loaded", lambda: call_command("load_demo", *demo, verbosity=0)),
        ("static files are collected", lambda: call_command("collectstatic", verbosity=0, interactive=False)),
    ]


def main(words: list[str]) -> int:
    """0 when all is up to date, 1 when a step was refused."""
    django.setup()
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    for done, step in steps(real="--real" in words):
        began = time.monotonic()
        try:
            step()
        except CommandError as refused:
            print(f"{REFUSED}{' '.join(str(refused).split())}", flush=True)
            return 1
        print(f"{done} ({time.monotonic() - began:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
