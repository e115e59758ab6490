"""What can go wrong for somebody who has just cloned SimLab, each said in one plain sentence with the way out.

Standard library only: this is needed before anything is installed.
"""

from pathlib import Path


class Failure(Exception):  # noqa: N818 - the word that people use
    """Ends the command. Its text is one sentence: what is wrong and what to do."""


def folder_not_writable(folder: Path) -> Failure:
    return Failure(f"{folder} cannot be written to: choose another folder with --data DIR, or make this one yours.")


def another_copy(folder: Path, pid: int | None) -> Failure:
    who = f" (process {pid})" if pid else ""
    return Failure(
        f"SimLab is already running{who} on the data in {folder}: stop it with Ctrl-C in its window, "
        f"or start this one with --data DIR."
    )


def port_taken(port: int) -> Failure:
    return Failure(f"Port {port} is used by another program: start again with --port {port + 1}.")


def port_impossible(port: int) -> Failure:
    return Failure(f"Port {port} cannot be used by this user: choose one from 1024 to 65535 with --port.")


def disk_full(folder: Path, free_mb: int, needed_mb: int) -> Failure:
    return Failure(
        f"Only {free_mb} MB are free on the disk of {folder} and SimLab needs {needed_mb} MB: "
        f"free some space, or choose a folder on another disk."
    )


def no_venv(detail: str) -> Failure:
    return Failure(
        "This Python can make no environment of its own: install the missing part "
        f"(Debian and Ubuntu: apt-get install python3-venv) and start again ({detail})."
    )


def no_pip() -> Failure:
    return Failure(
        "This Python has neither pip nor ensurepip: install them "
        "(Debian and Ubuntu: apt-get install python3-venv), or install uv, and start again."
    )


def download_failed(log: Path) -> Failure:
    return Failure(
        "The packages could not be downloaded or installed: check the network (a proxy is set by HTTPS_PROXY) "
        f"and start again; what the installer said is in {log}."
    )


def wrong_environment(venv: Path) -> Failure:
    return Failure(f"{venv} is not an environment that SimLab made or can use: move it away and start again.")


def environment_missing() -> Failure:
    return Failure("SimLab's packages are not installed yet: run `python3 manage.py demo` (or `test`) once.")


def environment_busy(venv: Path) -> Failure:
    return Failure(
        f"Another command has been installing into {venv} for ten minutes: wait for it or end it, then start again."
    )


def no_postgres() -> Failure:
    return Failure(
        "No PostgreSQL was found for this machine: install one (Debian and Ubuntu: apt-get install postgresql), "
        "or name its programs' folder in SIMLAB_PG_BINDIR, or name a running server in SIMLAB_DATABASE_URL."
    )


def no_valkey() -> Failure:
    return Failure(
        "No Valkey or Redis was found for this machine: install one (Debian and Ubuntu: apt-get install redis-server), "
        "or name a running one in SIMLAB_BROKER_URL."
    )


def server_left_over(name: str, pid: int) -> Failure:
    return Failure(f"A {name} left over from a crash does not stop: end it with `kill -9 {pid}` and start again.")


def other_postgres_version(folder: Path, theirs: str, ours: str) -> Failure:
    return Failure(
        f"The data in {folder} were written by PostgreSQL {theirs} and this is PostgreSQL {ours}: start over with "
        f"--reset, or name the older programs' folder in SIMLAB_PG_BINDIR."
    )


def did_not_start(name: str, log: Path) -> Failure:
    return Failure(f"The {name} did not start: the reason is at the end of {log}.")


def step_failed(step: str, log: Path) -> Failure:
    return Failure(f"The step “{step}” failed: the reason is at the end of {log}.")


def keeps_dying(name: str, log: Path) -> Failure:
    return Failure(f"The {name} died five times within a minute, so everything was stopped: see the end of {log}.")


def not_running(folder: Path) -> Failure:
    return Failure(
        f"No SimLab is running on the data in {folder}: start it with `python3 manage.py demo` in another window, "
        f"or name its folder in SIMLAB_DATA, or name a database in SIMLAB_DATABASE_URL."
    )


def real_data_missing(folder: Path) -> Failure:
    return Failure(
        f"The published vignettes are not in {folder}: leave out --real, or name their folder in SIMLAB_REAL_DATA."
    )


def broker_left_over(socket: Path) -> Failure:
    return Failure(
        f"A broker left over from a crash still answers at {socket} and does not stop: end it, then start again."
    )


def folder_not_ours(folder: Path) -> Failure:
    return Failure(f"{folder} holds files that are not SimLab's: choose an empty or a new folder with --data DIR.")
