"""The note that a running demo keeps in its data folder, by which other commands find its servers."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from simlab.appliance import failures

NOTE = "running.json"
LOCK = "lock"


@dataclass(frozen=True)
class State:
    pid: int
    url: str
    variables: dict[str, str]
    programs: dict[str, int] = field(default_factory=dict)  # name of a process to its id


def write(folder: Path, state: State) -> None:
    """Writes the note so that a reader sees the old one or the new one, never half of one. It holds the secret key."""
    draft = folder / f"{NOTE}.new"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(state), file, indent=1)
    draft.replace(folder / NOTE)


def remove(folder: Path) -> None:
    (folder / NOTE).unlink(missing_ok=True)


def find(folder: Path) -> State | None:
    """The state of the demo that runs on this folder. None when there is none, also when a crash left its note."""
    return read(folder) if is_locked(folder) else None


def read(folder: Path) -> State | None:
    """The note as it stands, be it left by a crash."""
    try:
        return State(**json.loads((folder / NOTE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def is_locked(folder: Path) -> bool:
    """Does a live process hold the folder? The kernel knows: a lock goes with its process, so none can be stale."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(descriptor)


def claim(folder: Path) -> int:
    """Makes the folder ours until this process ends. Returns the descriptor that holds the lock.

    A lock file left by a crash is no obstacle. Raises Failure when another copy runs or the folder is not writable.
    """
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        raise failures.folder_not_writable(folder) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise failures.another_copy(folder, _holder(descriptor)) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def _holder(descriptor: int) -> int | None:
    said = os.pread(descriptor, 32, 0).strip()
    return int(said) if said.isdigit() else None
