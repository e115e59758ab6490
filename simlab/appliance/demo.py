"""`manage.py demo`: a whole SimLab on this machine, from nothing to a study that virtual clinicians have taken."""

import os
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from simlab.appliance import failures, home, running
from simlab.appliance.bootstrap import ROOT
from simlab.appliance.options import Options
from simlab.appliance.postgres import Postgres
from simlab.appliance.programs import REFUSED, Job, Web, worker
from simlab.appliance.say import say
from simlab.appliance.supervisor import Supervisor, ending
from simlab.appliance.valkey import Valkey

LOOK_EVERY_S = 0.25
REHEARSED = "rehearsed"
PREPARED = "prepared"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """The person asked us to stop. Not an Exception: nothing on the way may swallow it."""


def demo(options: Options) -> int:
    """Runs until it is stopped. Returns 0 when the person stopped it; raises Failure when it cannot go on."""
    _lock = home.claim(options.data)
    check_port(options.port)
    given = {"SIMLAB_REAL_DATA": str(real_vignettes())} if options.real else {}
    supervisor = Supervisor()
    stop_on_signal()
    try:
        _run(options, supervisor, given)
    except Stop:
        say("stopping")
    finally:
        ignore_signals()
        running.remove(options.data)
        supervisor.stop()
    say(f"stopped; the data are kept in {options.data}")
    return 0


def _run(options: Options, supervisor: Supervisor, given: Mapping[str, str]) -> None:
    folder = options.data
    if options.reset:
        clear_left_over(folder)
        home.reset(folder)
        say(f"erased what was kept in {folder}")
    home.cut_long_logs(folder)
    say(f"everything is kept in {folder}")
    variables = start_servers(folder, supervisor)
    variables |= given | {
        "DJANGO_SETTINGS_MODULE": "simlab.config.settings",
        "SIMLAB_DEMO": "1",
        "SIMLAB_DATA": str(folder),
        "SIMLAB_SECRET_KEY": home.secret_key(folder),
        "SIMLAB_DEMO_PASSWORD": home.demo_password(folder),
        "SIMLAB_BASE_URL": f"http://127.0.0.1:{options.port}",
    }
    env = child_environment(variables)
    prepare(options, env)
    # The first page before the worker: both are busy reading packages for the first seconds of their lives.
    supervisor.start(Web(port=options.port, log=folder / "web.log", env=env))
    supervisor.start(worker(log=folder / "worker.log", env=env, schedule=folder / "beat-schedule"))
    state = running.State(os.getpid(), variables["SIMLAB_BASE_URL"], variables, supervisor.pids())
    running.write(folder, state)
    say("the web site is up")
    print(welcome(state.url, variables["SIMLAB_DEMO_PASSWORD"]), flush=True)
    rehearsal = start_rehearsal(options, env)
    watch(supervisor, rehearsal, folder, state)


def start_servers(folder: Path, supervisor: Supervisor) -> dict[str, str]:
    """Starts those servers that are not named in the environment. Returns the variables that lead to them."""
    servers: list[Postgres | Valkey] = []
    if not os.environ.get("SIMLAB_DATABASE_URL"):
        servers.append(Postgres(folder))
    if not os.environ.get("SIMLAB_BROKER_URL"):
        servers.append(Valkey(folder))
    home.end_left_over_programs(folder)
    for server in servers:
        server.clear_left_over()
    supervisor.start(*servers)
    if servers:
        say(" and ".join(f"the {server.name}" for server in servers) + " answer" + ("s" if len(servers) == 1 else ""))
    outside = ("SIMLAB_DATABASE_URL", "SIMLAB_BROKER_URL")
    variables = {name: os.environ[name] for name in outside if os.environ.get(name)}
    for server in servers:
        variables |= server.variables()
    return variables


def clear_left_over(folder: Path) -> None:
    home.end_left_over_programs(folder)
    for server in (Postgres(folder), Valkey(folder)):
        server.clear_left_over()


def child_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """One numeric thread a process: two processes with two threads each would only get into each other's way."""
    quiet = {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "svg"}
    return {**os.environ, **quiet, **variables}


def prepare(options: Options, env: Mapping[str, str]) -> None:
    """Runs the steps of prepare.py, echoing them, unless nothing has changed since they were last run on this data."""
    stamp = options.data / PREPARED
    now = home.fingerprint(ROOT, str(options.real), env.get("PGHOST", ""))
    ours = "SIMLAB_DATABASE_URL" not in env  # what happened to another database meanwhile, nobody knows
    if ours and stamp.exists() and stamp.read_text() == now:
        return
    stamp.unlink(missing_ok=True)
    words = ["-m", "simlab.appliance.prepare", *(["--real"] if options.real else [])]
    run_job(Job(words, log=options.data / "prepare.log", env=env))
    stamp.write_text(now)


def run_job(job: Job) -> None:
    """Waits for the job, echoing it. Raises Failure with its own sentence when it gave one, else naming its log."""
    try:
        while job.code() is None:
            time.sleep(0.05)
            echo(job)
    finally:
        job.stop()
    echo(job)
    if sentence := job.refusal():
        raise failures.Failure(sentence)
    if job.code():
        raise failures.step_failed("bringing the data up to date", job.log)


def start_rehearsal(options: Options, env: Mapping[str, str]) -> Job | None:
    """Sends the virtual clinicians, once in the life of a data folder."""
    if not options.rehearse or (options.data / REHEARSED).exists():
        return None
    say(f"{options.clinicians} virtual clinicians now take the study through the web site; the report follows")
    words = ["-m", "simlab.appliance.rehearse", str(options.clinicians)]
    return Job(words, log=options.data / "rehearsal.log", env=env)


def watch(supervisor: Supervisor, rehearsal: Job | None, folder: Path, state: running.State) -> None:
    """Looks after the servers for ever, and after the rehearsal until it is done."""
    try:
        while True:
            time.sleep(LOOK_EVERY_S)
            if supervisor.look():
                running.write(folder, running.State(state.pid, state.url, state.variables, supervisor.pids()))
            if rehearsal is not None:
                echo(rehearsal)
                if rehearsal.code() is not None:
                    finish_rehearsal(rehearsal, folder, state)
                    rehearsal = None
    finally:
        if rehearsal is not None:
            rehearsal.stop()


def finish_rehearsal(rehearsal: Job, folder: Path, state: running.State) -> None:
    echo(rehearsal)
    if rehearsal.code():
        how = ending(rehearsal.code() or 0)
        say(f"the virtual clinicians stopped early ({how}): see {rehearsal.log}; the web site goes on")
        return
    (folder / REHEARSED).touch()
    say("the virtual clinicians are done; the report and the educator's cohort are ready")
    print(welcome(state.url, state.variables["SIMLAB_DEMO_PASSWORD"]), flush=True)


def echo(job: Job) -> None:
    for line in job.lines():
        if not line.startswith(REFUSED):  # that is said once, at the end
            say(f"  {line}")


def welcome(url: str, password: str) -> str:
    """The addresses and the demo accounts, which exist only in the demo."""
    rows = [
        ("a clinician's way, no account needed", f"{url}/join/demo/"),
        ("log in as the researcher", "researcher@demo.invalid"),
        ("log in as the educator", "educator@demo.invalid"),
        ("log in as the clinician", "clinician@demo.invalid"),
        ("password of all three", password),
    ]
    lines = [f"    {what:<38}{value}" for what, value in rows]
    return "\n".join(["", f"  SimLab is at {url}/   (Ctrl-C stops it)", "", *lines, ""])


def check_port(port: int) -> None:
    """Tries the port before anything else is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise failures.port_impossible(port) from None
        except OSError:
            raise failures.port_taken(port) from None


def real_vignettes() -> Path:
    """The folder of the published vignettes, which are not part of the project."""
    named = os.environ.get("SIMLAB_REAL_DATA")
    places = [Path(named)] if named else [parent / "shared" / "data" / "avey400" for parent in (ROOT, ROOT.parent)]
    for place in places:
        if place.is_dir():
            return place
    raise failures.real_data_missing(places[0])


def stop_on_signal() -> None:
    """The first signal stops everything in order; the next ones must not interrupt that."""

    def ask(number: int, frame: object) -> None:
        ignore_signals()
        raise Stop

    for sign in SIGNALS:
        signal.signal(sign, ask)


def ignore_signals() -> None:
    for sign in SIGNALS:
        signal.signal(sign, signal.SIG_IGN)
