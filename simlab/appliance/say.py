"""One line at a time, with the seconds since the command was typed."""

import os
import sys
import time

# Survives the step into the environment, which replaces the process.
_STARTED = "SIMLAB_STARTED_AT"


def started_at() -> float:
    return float(os.environ.setdefault(_STARTED, repr(time.time())))


def say(text: str) -> None:
    try:
        print(f"[{time.time() - started_at():5.1f} s] {text}", flush=True)
    except BrokenPipeError:  # the window was closed; the log files remain
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for the rest of our life
