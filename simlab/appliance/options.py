"""The words after `manage.py demo`."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from simlab.appliance import failures
from simlab.appliance.bootstrap import ROOT


@dataclass(frozen=True)
class Options:
    port: int
    data: Path
    reset: bool
    real: bool
    rehearse: bool
    clinicians: int


def data_folder(named: str | None = None) -> Path:
    """--data, else SIMLAB_DATA, else .simlab beside manage.py."""
    return Path(named or os.environ.get("SIMLAB_DATA") or ROOT / ".simlab").expanduser().resolve()


def parse(words: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="manage.py demo", description="Runs SimLab on this machine with a demo study."
    )
    parser.add_argument("--port", type=int, default=8000, help="port of the web site (8000)")
    parser.add_argument("--data", metavar="DIR", help="folder of everything that is kept (.simlab beside manage.py)")
    parser.add_argument("--reset", action="store_true", help="erase what is kept and start over")
    parser.add_argument("--real", action="store_true", help="run the demo study on the 400 published vignettes")
    parser.add_argument("--no-rehearsal", action="store_true", help="do not send virtual clinicians at the first start")
    parser.add_argument("--clinicians", type=int, default=60, help="how many virtual clinicians (60)")
    given = parser.parse_args(words)
    if not 1 <= given.port <= 65535:
        raise failures.port_impossible(given.port)
    return Options(
        port=given.port,
        data=data_folder(given.data),
        reset=given.reset,
        real=given.real,
        rehearse=not given.no_rehearsal,
        clinicians=given.clinicians,
    )
