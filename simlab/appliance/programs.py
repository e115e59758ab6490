"""SimLab's own processes: the web server, the worker, and jobs that run once."""

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from simlab.appliance import children, failures
from simlab.appliance.bootstrap import ROOT

WEB_WORKERS = 2
WEB_THREADS = 4
JOBS_AT_ONCE = 2
REFUSED = "refused: "  # begins the last line of a job that could not go on for a reason that a person can mend


class Program:
    """A process of ours that runs until it is stopped."""

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], patience_s: float = 10
    ) -> None:
        self.name = name
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self._command = command
        self._env = env
        self._patience_s = patience_s

    def start(self) -> subprocess.Popen[bytes]:
        self.process = children.start(self._command, log=self.log, cwd=ROOT, env=self._env)
        return self.process

    def wait(self) -> None:
        """Ready as soon as it is started."""

    def stop(self) -> None:
        if self.process is not None:
            children.stop(self.process, signal.SIGTERM, self._patience_s)
            self.process = None

    def after_death(self) -> None:
        """Nothing of it is left behind."""


class Web(Program):
    """The web server; ready when a page comes."""

    def __init__(self, *, port: int, log: Path, env: Mapping[str, str], host: str = "127.0.0.1") -> None:
        command = [
            *[sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)],
            *["--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--respawn-failed-workers"],
            "simlab.config.wsgi:application",
        ]
        super().__init__("web server", command, log=log, env=env)
        self.port = port

    def wait(self, patience_s: float = 60) -> None:
        deadline = time.monotonic() + patience_s
        while not self.answers():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise failures.did_not_start(self.name, self.log)
            time.sleep(0.05)

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def worker(*, log: Path, env: Mapping[str, str], schedule: Path) -> Program:
    """The Celery worker, which also keeps the calendar of regular tasks (beat)."""
    command = [
        *[sys.executable, "-m", "celery", "-A", "simlab.config", "worker", "--beat", "--schedule", str(schedule)],
        *["--concurrency", str(JOBS_AT_ONCE), "--loglevel", "INFO", "--without-gossip", "--without-mingle"],
    ]
    return Program("worker", command, log=log, env=env)


class Job:
    """A process that runs once. What it prints can be read on while it runs; what it complains of is in its log."""

    def __init__(self, words: Sequence[str], *, log: Path, env: Mapping[str, str]) -> None:
        self.log = log
        self._said = log.with_suffix(".said.log")
        self._said.unlink(missing_ok=True)
        self._read = 0
        self._rest = b""
        self.process = children.start([sys.executable, *words], log=log, said=self._said, cwd=ROOT, env=env)

    def lines(self) -> list[str]:
        """Whole lines printed since the last call."""
        with self._said.open("rb") as file:
            file.seek(self._read)
            fresh = file.read()
        self._read += len(fresh)
        *whole, self._rest = (self._rest + fresh).split(b"\n")
        return [line.decode(errors="replace").rstrip() for line in whole if line.strip()]

    def code(self) -> int | None:
        return self.process.poll()

    def refusal(self) -> str | None:
        """The sentence with which the job ended, when it ended with one."""
        last = self._said.read_text(errors="replace").rstrip().rpartition("\n")[2]
        return last.removeprefix(REFUSED) if last.startswith(REFUSED) else None

    def stop(self) -> None:
        children.stop(self.process, signal.SIGTERM, patience_s=2)
