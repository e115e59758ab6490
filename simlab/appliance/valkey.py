"""A Valkey of our own, as Celery's broker. Reached by a Unix socket only."""

import hashlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from simlab.appliance import binaries, children, failures

SOCKET_PATH_LIMIT = 100


class Valkey:
    """One server on one folder, writing what it holds to disk every second (but for tests)."""

    name = "broker"

    def __init__(self, home: Path, *, fast: bool = False) -> None:
        self.fast = fast
        self.data = home / "valkey"
        self.log = home / "valkey.log"
        self.socket = _socket(self.data)
        self.process: subprocess.Popen[bytes] | None = None

    def variables(self) -> dict[str, str]:
        return {"SIMLAB_BROKER_URL": f"redis+socket://{self.socket}"}

    def start(self) -> subprocess.Popen[bytes]:
        program = binaries.valkey()
        self.data.mkdir(mode=0o700, exist_ok=True)
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.data),
            "--appendonly": "no" if self.fast else "yes",
            "--save": "",
            "--maxmemory-policy": "noeviction",
            "--loglevel": "notice",
        }
        words = [word for item in options.items() for word in item]
        env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        self.process = children.start([program, *words], log=self.log, cwd=self.data, env=env)
        return self.process

    def wait(self, patience_s: float = 20) -> None:
        deadline = time.monotonic() + patience_s
        while not self.answers():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise failures.did_not_start("broker", self.log)
            time.sleep(0.02)

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def stop(self) -> None:
        if self.process is not None:
            children.stop(self.process, signal.SIGTERM)
            self.process = None

    def after_death(self) -> None:
        """Its socket file may remain; the next server takes it over."""

    def clear_left_over(self, patience_s: float = 5) -> None:
        """Asks a broker that a crash left on our socket to stop, or the new one would write over its file."""
        deadline = time.monotonic() + patience_s
        while self.answers():
            if time.monotonic() > deadline:
                raise failures.broker_left_over(self.socket)
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2)
                try:
                    client.connect(str(self.socket))
                    client.sendall(b"SHUTDOWN NOSAVE\r\n")
                except OSError:
                    pass
            time.sleep(0.1)


def _socket(data: Path) -> Path:
    path = data / "valkey.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
        return path
    short = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"simlab-{short}.sock"
