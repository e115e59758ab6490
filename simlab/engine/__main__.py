"""Check study, pack and case files: `python -m simlab.engine PATH…`. Each path is a file or its folder.

Prints one line a fault and ends with status 1 when there is any.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from simlab.engine.casefile import load_case, load_pack
from simlab.engine.errors import Fault, InvalidFile
from simlab.engine.instrument import load_folder
from simlab.engine.protocol import Protocol, check_instruments, load_protocol

LOADERS: dict[str, Callable[[Path], object]] = {
    "study.yaml": load_protocol,
    "pack.yaml": load_pack,
    "case.yaml": load_case,
}


def check(path: Path) -> list[str]:
    """The faults of one file or folder, a sentence each; empty when it is sound."""
    found = path.name if path.name in LOADERS else next((name for name in LOADERS if (path / name).is_file()), None)
    if found is None:
        return [f"{path}: there is no study.yaml, pack.yaml or case.yaml here. Name one of these files or its folder."]
    try:
        loaded = LOADERS[found](path)
        if isinstance(loaded, Protocol):
            return [str(fault) for fault in _instruments(loaded, path if path.is_dir() else path.parent)]
    except InvalidFile as error:
        return [str(fault) for fault in error.faults]
    return []


def _instruments(protocol: Protocol, folder: Path) -> list[Fault]:
    """The questionnaires are looked for beside the protocol and in the nearest folder “instruments” above it."""
    above = [parent / "instruments" for parent in folder.resolve().parents]
    shipped = next((place for place in above if place.is_dir()), folder)
    return check_instruments(protocol, {**load_folder(shipped), **load_folder(folder / "instruments")})


def main(paths: list[str]) -> int:
    if not paths:
        sys.stderr.write((__doc__ or "") + "\n")
        return 2
    faults = [fault for path in paths for fault in check(Path(path))]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
