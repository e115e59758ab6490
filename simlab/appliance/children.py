"""Starting a child process so that it never outlives us, and stopping it."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path,
    env: Mapping[str, str],
    ask_to_stop: signal.Signals = signal.SIGTERM,
    as_user: Mapping[str, Any] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a child in a process group of its own (so Ctrl-C reaches only us), writing to the end of `log`."""
    with log.open("ab") as sink:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
            preexec_fn=_die_with_parent(ask_to_stop, os.getpid()),
            **(as_user or {}),
        )


def _die_with_parent(sign: signal.Signals, parent: int) -> Callable[[], None]:
    """Linux ends the child when we end, however we end. Elsewhere the next start clears what was left."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
            if os.getppid() != parent:  # we died between fork and prctl
                os._exit(1)

    return prepare


def unprivileged() -> dict[str, Any]:
    """Arguments for Popen that drop root's rights; empty for an ordinary user. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def stop(process: subprocess.Popen[bytes], sign: signal.Signals = signal.SIGTERM, patience_s: float = 20) -> None:
    """Asks the child to stop and waits; ends its whole group when it does not."""
    if process.poll() is None:
        process.send_signal(sign)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            pass
    kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Ends what is left of the child's process group: a dead web server must not leave its workers on the port."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
