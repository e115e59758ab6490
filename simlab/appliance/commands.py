"""What manage.py does with its first word."""

import os
import sys

from simlab.appliance import bootstrap
from simlab.appliance.failures import Failure
from simlab.appliance.say import started_at


def main(arguments: list[str]) -> int:
    """Runs one command. Returns the exit code; a Failure becomes one sentence on stderr and exit code 1."""
    started_at()
    try:
        return _run(arguments)
    except Failure as failure:
        print(f"SimLab: {failure}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("SimLab: stopped.", file=sys.stderr, flush=True)
        return 130


def _run(arguments: list[str]) -> int:
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if name == "test":
        _enter("test", arguments)
        from simlab.appliance.testing import test

        return test(rest)
    if name == "demo":
        from simlab.appliance.options import parse

        options = parse(rest)
        _enter("demo", arguments)
        from simlab.appliance.demo import demo

        return demo(options)
    from simlab.appliance.django_commands import run

    bootstrap.enter_if_made(arguments)
    return run([name, *rest])


def _enter(requirements: str, arguments: list[str]) -> None:
    if os.environ.get("SIMLAB_ENVIRONMENT") != "system":  # containers install into the image's own Python
        bootstrap.ensure(requirements)
        bootstrap.run_again_inside(arguments)
