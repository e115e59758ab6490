"""A PostgreSQL of our own: made, started, made ready, found again after a crash. Reached by a Unix socket only."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from simlab.appliance import binaries, children, failures

USER = DATABASE = "simlab"
SOCKET_PATH_LIMIT = 90  # the kernel takes 107 bytes, and PostgreSQL adds the name of the socket
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for data that may be lost: tests


class Postgres:
    """One server on one folder.

    `home` is the folder of all of SimLab's data. As root the server runs as `nobody`; when `nobody` cannot walk to
    `home` the database and a copy of the programs live in a folder under /var/tmp instead.
    """

    name = "database"

    def __init__(self, home: Path, *, fast: bool = False) -> None:
        self.fast = fast
        self.log = home / "postgres.log"
        self.home = place(home)
        self.data = self.home / "postgres"
        self.socket_folder = _socket_folder(self.data)
        self.process: subprocess.Popen[bytes] | None = None

    def variables(self) -> dict[str, str]:
        """What a client needs in its environment."""
        return {"PGHOST": str(self.socket_folder), "PGUSER": USER, "PGDATABASE": DATABASE}

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the server, making the cluster first if there is none. Does not wait: see `wait`."""
        programs = self._programs()
        self._check_version(programs)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(programs)
        self._own(self.socket_folder)
        options = {"listen_addresses": "", "unix_socket_directories": str(self.socket_folder), "max_connections": "60"}
        settings = [word for item in (options | (FAST if self.fast else {})).items() for word in ("-c", "=".join(item))]
        self.process = children.start(
            [programs / "postgres", "-D", self.data, *settings],
            log=self.log,
            cwd=Path("/"),
            env=_ENVIRONMENT,
            ask_to_stop=signal.SIGINT,
            as_user=children.unprivileged(),
        )
        return self.process

    def wait(self, patience_s: float = 60) -> None:
        """Returns when the server answers and our database exists. Recovery after a crash is waited for."""
        import psycopg

        deadline = time.monotonic() + patience_s
        while True:
            try:
                connection = psycopg.connect(
                    host=str(self.socket_folder), user=USER, dbname="postgres", autocommit=True, connect_timeout=5
                )
                break
            except psycopg.OperationalError:
                if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                    raise failures.did_not_start("database", self.log) from None
                time.sleep(0.02)
        with connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(f"create database {DATABASE}")

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything is written."""
        if self.process is not None:
            children.stop(self.process, signal.SIGINT, patience_s=30)
            self.process = None

    def clear_left_over(self, patience_s: float = 20) -> None:
        """Ends a server that a crash left on our data. We hold the lock, so it can be nobody else's."""
        pid = self.running_pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        self._wait_until_gone(pid, patience_s)

    def after_death(self, patience_s: float = 20) -> None:
        """After the death of the server its backends linger for a moment; a new one refuses to start beside them."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline and _processes_in(self.data):
            time.sleep(0.05)
        for pid in _processes_in(self.data):
            os.kill(pid, signal.SIGKILL)

    def running_pid(self) -> int | None:
        """The server that the data folder's own note names, if it is alive and a PostgreSQL."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if children.alive(pid) and "postgres" in children.command_of(pid) else None

    def erase(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)

    def _wait_until_gone(self, pid: int, patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while children.alive(pid):
            if time.monotonic() > deadline:
                raise failures.server_left_over("database server", pid)
            time.sleep(0.05)

    def _programs(self) -> Path:
        found = binaries.postgres()
        if os.geteuid() == 0 and not binaries.reachable_by_anyone(found):
            return binaries.copy_postgres(found, self.home / "postgres-programs")
        return found

    def _check_version(self, programs: Path) -> None:
        written = self.data / "PG_VERSION"
        if not written.exists():
            return
        said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        ours = said.split()[2].split(".")[0]
        theirs = written.read_text().strip()
        if ours != theirs:
            raise failures.other_postgres_version(self.data, theirs, ours)

    def _make_cluster(self, programs: Path) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # a half-made one, from a start that was interrupted
        self.data.mkdir(mode=0o700, parents=True)
        self._own(self.data)
        command = [
            *[programs / "initdb", "-D", self.data, "-U", USER, "--auth=trust", "--encoding=UTF8"],
            *_locale_options(programs),
            *(["--no-sync"] if self.fast else []),
        ]
        with self.log.open("ab") as sink:
            done = subprocess.run(
                command, stdout=sink, stderr=sink, cwd="/", env=_ENVIRONMENT, **children.unprivileged()
            )
        if done.returncode:
            self.erase()
            raise failures.did_not_start("database", self.log)

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if user := children.unprivileged():
            os.chown(folder, user["user"], user["group"])


_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def place(home: Path) -> Path:
    """`home`, or a folder of root's under /var/tmp when the unprivileged server could not walk to `home`."""
    if os.geteuid() != 0 or binaries.reachable_by_anyone(home):
        return home
    elsewhere = Path("/var/tmp") / f"simlab-{_short_hash(home)}"  # noqa: S108 - checked below
    elsewhere.mkdir(mode=0o711, exist_ok=True)
    found = elsewhere.lstat()
    if found.st_uid != 0 or elsewhere.is_symlink() or not elsewhere.is_dir():
        raise failures.folder_not_writable(elsewhere)
    elsewhere.chmod(0o711)
    return elsewhere


def _socket_folder(data: Path) -> Path:
    if len(os.fsencode(data)) <= SOCKET_PATH_LIMIT:
        return data
    return Path(tempfile.gettempdir()) / f"simlab-{_short_hash(data)}"


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]


def _locale_options(programs: Path) -> list[str]:
    """The same order of sorting on every machine; the built-in provider came with PostgreSQL 17."""
    said = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True, check=True).stdout
    major = int(said.split()[2].split(".")[0])
    return ["--locale=C.UTF-8", *(["--locale-provider=builtin"] if major >= 17 else [])]


def _processes_in(folder: Path) -> list[int]:
    """Processes whose current folder is the data folder: the server and its backends. Empty where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:
            continue
    return found
