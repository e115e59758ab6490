"""The folder in which one SimLab keeps everything, and what may be done to it."""

import hashlib
import os
import secrets
import shutil
import signal
from pathlib import Path

from simlab.appliance import children, failures, running
from simlab.appliance.postgres import Postgres

NEEDED_MB = 400
_OURS = ("postgres", "postgres-programs", "valkey", "datasets", "static")

# fmt: off
_WORDS = [
    "amber", "birch", "candle", "daisy", "ember", "fern", "garden", "harbour", "island", "juniper", "kettle",
    "lantern", "meadow", "nutmeg", "orchard", "pebble", "quartz", "river", "saffron", "thistle", "umber",
    "violet", "willow", "yarrow", "acorn", "bramble", "copper", "driftwood", "elder", "feather", "granite",
    "heather", "indigo", "jasmine", "kestrel", "lavender", "maple", "nettle", "otter", "poplar", "quince",
    "robin", "sparrow", "teasel",
]
# fmt: on


def claim(folder: Path) -> int:
    """Makes the folder and takes its lock. Refuses a folder that holds somebody's other files, and a full disk."""
    if folder.is_dir() and not (folder / running.LOCK).exists() and _holds_anything(folder):
        raise failures.folder_not_ours(folder)
    lock = running.claim(folder)
    free = shutil.disk_usage(folder).free // 2**20
    if free < NEEDED_MB:
        raise failures.disk_full(folder, free, NEEDED_MB)
    return lock


def reset(folder: Path) -> None:
    """Erases what SimLab made in the folder, and nothing else."""
    Postgres(folder).erase()
    for name in _OURS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for pattern in ("*.log", "secret-key", "demo-password", "prepared", "rehearsed", "beat-schedule*", running.NOTE):
        for file in folder.glob(pattern):
            file.unlink()


def fingerprint(checkout: Path, *more: str) -> str:
    """Changes when anything changes that tables, content or static files are made from. By names, sizes and times."""
    found = hashlib.sha256(repr(more).encode())
    for part in ("simlab", "cases", "protocols", "requirements"):
        for path in sorted((checkout / part).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                seen = path.stat()
                found.update(f"{path} {seen.st_size} {seen.st_mtime_ns}\n".encode())
    return found.hexdigest()


def secret_key(folder: Path) -> str:
    """The key of this copy, made at the first start and readable by its owner only."""
    path = folder / "secret-key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def demo_password(folder: Path) -> str:
    """Three words, chosen at the first start: easy to type, and not the same on every machine."""
    path = folder / "demo-password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("-".join(secrets.choice(_WORDS) for _ in range(3)))
    return path.read_text().strip()


def end_left_over_programs(folder: Path) -> None:
    """Ends web server and worker of a copy that was killed, where the system did not do it (it does on Linux)."""
    note = running.read(folder)
    for name, pid in (note.programs if note else {}).items():
        if children.alive(pid) and any(word in children.command_of(pid) for word in ("granian", "celery")):
            try:
                os.killpg(pid, signal.SIGKILL)
            except OSError:
                raise failures.server_left_over(name, pid) from None


def cut_long_logs(folder: Path, longest: int = 20 * 2**20) -> None:
    """Keeps one older log beside each, so that a demo that runs for weeks does not fill the disk."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > longest:
            log.replace(log.with_suffix(".log.old"))


def _holds_anything(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        raise failures.folder_not_writable(folder) from None
