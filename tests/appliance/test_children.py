"""Children end with their parent, whichever way it ends, and stop when they are asked."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from simlab.appliance import children
from simlab.appliance.programs import Job, Program

ROOT = Path(__file__).resolve().parents[2]


def start(tmp_path, code, **more):
    return children.start(
        [sys.executable, "-c", code], log=tmp_path / "log", cwd=tmp_path, env=dict(os.environ), **more
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_child_ends_when_its_parent_is_killed(tmp_path):
    code = f"""
import sys, time
from pathlib import Path
from simlab.appliance import children
child = children.start([sys.executable, '-c', 'import time; time.sleep(60)'],
                       log=Path({str(tmp_path / "log")!r}), cwd=Path('/'), env={{}})
print(child.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while children.alive(child.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not children.alive(child.pid)


def test_ctrl_c_does_not_reach_the_child(tmp_path):
    child = start(tmp_path, "import time; time.sleep(60)")
    assert os.getpgid(child.pid) != os.getpgid(0)
    children.stop(child)


def test_stop_of_a_child_that_does_not_listen_ends_it_all_the_same(tmp_path):
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    child = start(tmp_path, code)
    while "deaf" not in (tmp_path / "log").read_text():
        time.sleep(0.02)
    children.stop(child, patience_s=0.2)
    assert child.returncode == -signal.SIGKILL


def test_stop_of_a_child_that_is_gone_is_no_error(tmp_path):
    child = start(tmp_path, "")
    child.wait()
    children.stop(child)
    assert child.returncode == 0


def test_alive_knows_the_living_from_the_dead_and_the_unburied(tmp_path):
    child = start(tmp_path, "")
    deadline = time.monotonic() + 5
    while children.alive(child.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not children.alive(child.pid), "dead, though nobody has asked after it yet"
    child.wait()
    assert not children.alive(child.pid)
    assert children.alive(os.getpid())


def test_output_and_complaints_are_kept_apart(tmp_path):
    start(tmp_path, "import sys; print('said'); sys.exit('complaint')", said=tmp_path / "said").wait()
    assert (tmp_path / "said").read_text() == "said\n"
    assert (tmp_path / "log").read_text() == "complaint\n"


def test_job_gives_whole_lines_once(tmp_path):
    code = "import time; print('one', flush=True); print('tw', end='', flush=True); time.sleep(0.4); print('o')"
    job = Job(["-c", code], log=tmp_path / "job.log", env=dict(os.environ))
    seen = []
    while job.code() is None:
        seen += job.lines()
        time.sleep(0.02)
    seen += job.lines()
    assert seen == ["one", "two"]
    assert job.code() == 0
    job.stop()


def test_program_starts_and_stops(tmp_path):
    program = Program(
        "thing", [sys.executable, "-c", "import time; time.sleep(60)"], log=tmp_path / "l", env=dict(os.environ)
    )
    process = program.start()
    program.wait()
    program.stop()
    assert process.returncode == -signal.SIGTERM
    program.stop()  # once more does no harm
