"""Brings database, content and static files up to date, in one process, with one line a step. Safe to repeat.

Run as `python -m simlab.appliance.prepare [--real]` in the environment of the demo.
"""

import sys
import time
from collections.abc import Callable

import django
from django.conf import settings
from django.core.management import call_command


def steps(*, real: bool) -> list[tuple[str, Callable[[], object]]]:
    """What is done, in order, each with the words that are printed when it is done."""
    demo = ["--real"] if real else []
    return [
        ("database tables are up to date", lambda: call_command("migrate", verbosity=0, interactive=False)),
        ("cases and demo study are loaded", lambda: call_command("load_demo", *demo, verbosity=0)),
        ("static files are collected", lambda: call_command("collectstatic", verbosity=0, interactive=False)),
    ]


def main(words: list[str]) -> None:
    django.setup()
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    for done, step in steps(real="--real" in words):
        began = time.monotonic()
        step()
        print(f"{done} ({time.monotonic() - began:.1f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
