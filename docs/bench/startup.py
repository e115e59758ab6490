#!/usr/bin/env python3
"""Measures how long a newcomer waits: fresh clone, unprivileged user, `python3 manage.py demo`.

    sudo python3 docs/bench/startup.py            # as root: makes a user for it, and removes it afterwards
    python3 docs/bench/startup.py                 # as an ordinary user: in a folder of its own under the home folder

What is measured is what is committed. Each way starts from an empty folder and empty download caches:
pip, then a second start on the same data; uv with an empty cache, then uv with a full one. Times run from the
command to the first page that answers, and to the finished report of the virtual clinicians.
"""

import argparse
import os
import platform
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
USER = "simlab-bench"
REPORT_READY = "the report is ready"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--python", default="/usr/bin/python3", help="the newcomer's Python (/usr/bin/python3)")
    parser.add_argument("--uv", default=shutil.which("uv"), help="where uv is; without it only pip is measured")
    parser.add_argument("--no-report", action="store_true", help="stop at the first page")
    given = parser.parse_args()
    bundle = make_bundle()
    home, drop = somebody()
    try:
        print(f"{platform.platform()}, {os.cpu_count()} cores, {version(given.python)}")
        for way in ["pip", *(["uv"] if given.uv else [])]:
            measure(way, given, bundle, home, drop)
    finally:
        remove(home, drop)
        shutil.rmtree(bundle.parent)


def measure(way: str, given: argparse.Namespace, bundle: Path, home: Path, drop: dict) -> None:
    env = environment(home, given.uv if way == "uv" else None)
    clone = home / "simlab"
    fresh_clone(bundle, clone, env, drop)
    report(f"{way}, empty cache", start(given, clone, env, drop, wait_for_report=not given.no_report))
    report("second start, same data", start(given, clone, env, drop, wait_for_report=False))
    if way == "uv":
        fresh_clone(bundle, clone, env, drop)
        report("uv, full cache", start(given, clone, env, drop, wait_for_report=False))
    shutil.rmtree(clone)


def start(given: argparse.Namespace, clone: Path, env: dict, drop: dict, *, wait_for_report: bool) -> dict[str, float]:
    """Starts the demo, waits for what is asked, stops it by Ctrl-C. Returns seconds by name."""
    if answers(given.port):
        sys.exit(f"something answers on port {given.port} already: choose another with --port")
    said = Path(tempfile.mkstemp(prefix="simlab-bench-")[1])
    began = time.monotonic()
    times: dict[str, float] = {}
    with said.open("wb") as sink:
        command = [given.python, "manage.py", "demo", "--port", str(given.port)]
        demo = subprocess.Popen(command, cwd=clone, env=env, stdout=sink, stderr=sink, **drop)
    try:
        while not answers(given.port):
            go_on(demo, said)
        times["first page"] = time.monotonic() - began
        while wait_for_report and REPORT_READY not in said.read_text():
            go_on(demo, said)
            times["report"] = time.monotonic() - began
    finally:
        asked = time.monotonic()
        if demo.poll() is None:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)
        times["stop"] = time.monotonic() - asked
        said.unlink()
    return times


def go_on(demo: subprocess.Popen, said: Path) -> None:
    if demo.poll() is not None:
        sys.exit("the demo ended by itself:\n" + said.read_text())
    time.sleep(0.02)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
            return page.status == 200
    except OSError:
        return False


def report(what: str, times: dict[str, float]) -> None:
    print(f"{what:<26}" + "   ".join(f"{name} {seconds:6.1f} s" for name, seconds in times.items()), flush=True)


def make_bundle() -> Path:
    """The commits in one file, which any user may clone from."""
    bundle = Path(tempfile.mkdtemp(prefix="simlab-bench-")) / "simlab.bundle"
    subprocess.run(["git", "bundle", "create", "-q", bundle, "HEAD"], cwd=CHECKOUT, check=True)
    bundle.parent.chmod(0o755)
    return bundle


def somebody() -> tuple[Path, dict]:
    """A home folder and the arguments that run a child as its owner."""
    if os.geteuid() != 0:
        return Path(tempfile.mkdtemp(prefix="simlab-bench-", dir=Path.home())), {}
    subprocess.run(["useradd", "--create-home", "--shell", "/bin/sh", USER], check=True)
    entry = pwd.getpwnam(USER)
    return Path(entry.pw_dir), {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def remove(home: Path, drop: dict) -> None:
    if drop:
        subprocess.run(["userdel", "--remove", USER], check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)


def environment(home: Path, uv: str | None) -> dict[str, str]:
    """A newcomer's environment, but for what this machine needs to reach its package registry."""
    kept = {
        name: value for name, value in os.environ.items() if "CERT" in name or "PROXY" in name.upper() or "PIP_" in name
    }
    tools = home / "tools"
    shutil.rmtree(tools, ignore_errors=True)
    if uv:
        tools.mkdir()
        shutil.copy2(Path(uv).resolve(), tools / "uv")
    path = f"{tools}:/usr/local/bin:/usr/bin:/bin"
    return {**kept, "HOME": str(home), "PATH": path, "LANG": "C.UTF-8"}


def fresh_clone(bundle: Path, clone: Path, env: dict, drop: dict) -> None:
    shutil.rmtree(clone, ignore_errors=True)
    subprocess.run(
        ["git", "-c", "advice.detachedHead=false", "clone", "-q", str(bundle), str(clone)],
        env=env,
        cwd="/",
        check=True,
        **drop,
    )


def version(python: str) -> str:
    return subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
