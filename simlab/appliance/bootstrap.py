"""Makes SimLab's own environment: .venv beside manage.py, filled from the hash-locked requirements.

Standard library only. With uv when there is one, else with venv and pip; a system without ensurepip (Debian splits it
off) is served by the system's pip from outside.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simlab.appliance import failures
from simlab.appliance.say import say

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
NEEDED_MB = {"demo": 900, "test": 1400}


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def inside(venv: Path = VENV) -> bool:
    """Is this very process running in the environment?"""
    return Path(sys.prefix).resolve() == venv.resolve()


def run_again_inside(arguments: list[str], venv: Path = VENV) -> None:
    """Replaces this process by manage.py in the environment; returns only when already inside."""
    if not inside(venv):
        python = str(python_of(venv))
        os.execv(python, [python, str(ROOT / "manage.py"), *arguments])  # noqa: S606 - our own interpreter, no shell


def fingerprint(requirements: Path) -> str:
    """Changes with the lock and with the interpreter; a stamp with another fingerprint is out of date."""
    return hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()


def ensure(wanted: str, venv: Path = VENV) -> None:
    """Makes the environment hold requirements/<wanted>.txt. Quick when it does already."""
    requirements = ROOT / "requirements" / f"{wanted}.txt"
    stamp = venv / f".simlab-{wanted}"
    want = fingerprint(requirements)
    if _stamped(stamp, want, venv) or inside(venv):
        return
    with _only_one(venv):
        if _stamped(stamp, want, venv):
            return
        _check_disk(venv, wanted)
        _make(venv)
        _install(venv, requirements)
        stamp.write_text(want)


def _stamped(stamp: Path, want: str, venv: Path) -> bool:
    return stamp.is_file() and stamp.read_text() == want and python_of(venv).exists()


@contextmanager
def _only_one(venv: Path, patience_s: float = 600) -> Iterator[None]:
    """Two commands typed at once must not install over each other. The kernel drops the lock with its process."""
    if not os.access(venv.parent, os.W_OK):
        raise failures.folder_not_writable(venv.parent)
    lock = os.open(venv.parent, os.O_RDONLY)
    deadline = time.monotonic() + patience_s
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise failures.environment_busy(venv) from None
                time.sleep(0.2)
        yield
    finally:
        os.close(lock)


def _check_disk(venv: Path, wanted: str) -> None:
    free = shutil.disk_usage(venv.parent).free // 2**20
    needed = NEEDED_MB[wanted] if not python_of(venv).exists() else 100
    if free < needed:
        raise failures.disk_full(venv.parent, free, needed)


def _make(venv: Path) -> None:
    if _usable(venv):
        return
    if venv.exists() and not (venv / "pyvenv.cfg").exists() and any(venv.iterdir()):
        raise failures.wrong_environment(venv)
    say("making an environment in .venv")
    if uv := shutil.which("uv"):
        command = [uv, "venv", "-q", "--clear", "--python", sys.executable, str(venv)]
    else:
        command = [sys.executable, "-m", "venv", "--clear", str(venv)]
        if importlib.util.find_spec("ensurepip") is None:
            command.insert(-1, "--without-pip")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise failures.no_venv(_last_line(done.stderr or done.stdout))


def _usable(venv: Path) -> bool:
    """An environment that still runs, on the Python that is asking (a system upgrade breaks old ones)."""
    if not python_of(venv).exists():
        return False
    asked = subprocess.run(
        [str(python_of(venv)), "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True
    )
    return asked.returncode == 0 and asked.stdout.split() == [str(n) for n in sys.version_info[:2]]


def installer(venv: Path) -> list[str]:
    """The start of the command that installs into the environment, by what this machine has."""
    quiet = ["install", "-q", "--no-compile", "--disable-pip-version-check", "--no-input"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "-q", "--python", str(python_of(venv))]
    if (venv / "bin" / "pip").exists():
        return [str(python_of(venv)), "-m", "pip", *quiet]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", str(python_of(venv)), *quiet]
    raise failures.no_pip()


def _install(venv: Path, requirements: Path) -> None:
    command = [*installer(venv), "--require-hashes", "--only-binary", ":all:", "-r", str(requirements)]
    with_what = "uv" if Path(command[0]).name == "uv" else "pip"
    count = sum(1 for line in requirements.read_text().splitlines() if "==" in line)
    say(f"installing {count} packages with {with_what} (first time only)")
    log = venv / "install.log"
    with log.open("wb") as sink:
        running = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT, cwd=ROOT)
        _echo_progress(running, venv)
    if running.returncode:
        if shutil.disk_usage(venv.parent).free < 50 * 2**20:
            raise failures.disk_full(venv.parent, shutil.disk_usage(venv.parent).free // 2**20, 500)
        raise failures.download_failed(log)


def _echo_progress(running: subprocess.Popen[bytes], venv: Path) -> None:
    """A line every five seconds: an installer that says nothing looks like one that hangs."""
    before = _installed(venv)
    quiet_until = time.monotonic() + 5
    while True:
        try:
            running.wait(0.1)
            return
        except subprocess.TimeoutExpired:
            if time.monotonic() > quiet_until:
                quiet_until = time.monotonic() + 5
                fresh = _installed(venv) - before
                say(f"  {fresh} packages are in place" if fresh else "  downloading (about 120 MB)")


def _installed(venv: Path) -> int:
    return len(list(venv.glob("lib/python3*/site-packages/*.dist-info")))


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it gave no reason"


def enter_if_made(arguments: list[str], venv: Path = VENV) -> None:
    """For commands that do not install anything: into the environment if there is one, else on with this Python."""
    if os.environ.get("SIMLAB_ENVIRONMENT") == "system" or inside(venv):
        return
    if python_of(venv).exists():
        run_again_inside(arguments, venv)
    if importlib.util.find_spec("django") is None:
        raise failures.environment_missing()
