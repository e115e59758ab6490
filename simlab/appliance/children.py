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
    said: Path | None = None,
    ask_to_stop: signal.Signals = signal.SIGTERM,
    as_user: Mapping[str, Any] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a child in a process group of its own (so Ctrl-C reaches only us), writing to the end of `log`.

    With `said`, what it prints on purpose goes there and only its complaints go to the log.
    """
    with log.open("ab") as sink, (said or log).open("ab") as out:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=sink,
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
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
    kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Ends what is left of the child's process group: a dead web server must not leave its workers on the port."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def alive(pid: int) -> bool:
    """Is there such a process, and not only the entry of a dead one that nobody has asked after yet?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def command_of(pid: int) -> str:
    """The command line of a process; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        asked = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
        return asked.stdout
