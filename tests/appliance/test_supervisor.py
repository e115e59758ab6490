import subprocess
import sys
from pathlib import Path

import pytest

from simlab.appliance.failures import Failure, did_not_start
from simlab.appliance.supervisor import Deaths, Supervisor, ending


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Sleeper:
    """A server that does nothing, and notes what is asked of it."""

    def __init__(self, name="sleeper", *, lasts=60.0, asked=None):
        self.name = name
        self.log = Path(f"/logs/{name}.log")
        self.lasts = lasts
        self.asked = [] if asked is None else asked
        self.process = None
        self.ready = True

    def start(self):
        self.asked.append(f"start {self.name}")
        command = [sys.executable, "-c", f"import time; time.sleep({self.lasts})"]
        self.process = subprocess.Popen(command, start_new_session=True)
        return self.process

    def wait(self):
        self.asked.append(f"wait {self.name}")
        if not self.ready:
            raise did_not_start(self.name, self.log)

    def after_death(self):
        self.asked.append(f"after death {self.name}")

    def stop(self):
        self.asked.append(f"stop {self.name}")
        self.process.kill()
        self.process.wait()

    def die(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def supervisor(clock):
    made = Supervisor(clock)
    yield made
    made.stop()


def test_pauses_double_from_death_to_death_and_the_fifth_in_a_minute_is_one_too_many():
    deaths = Deaths()
    assert [deaths.pause_after(at) for at in (0.0, 5.0, 10.0, 15.0, 20.0)] == [0.5, 1.0, 2.0, 4.0, None]


def test_deaths_of_long_ago_do_not_count():
    deaths = Deaths()
    assert [deaths.pause_after(at) for at in (0.0, 61.0, 122.0, 183.0, 244.0)] == [0.5] * 5


def test_pause_has_a_limit():
    assert Deaths([0.0] * 3).pause_after(1.0) == 4.0
    assert max(Deaths([0.0] * count).pause_after(1.0) for count in range(4)) <= 10.0


def test_start_waits_for_each_server_and_stop_goes_backwards(supervisor):
    asked = []
    supervisor.start(Sleeper("database", asked=asked), Sleeper("broker", asked=asked))
    supervisor.start(Sleeper("web", asked=asked))
    supervisor.stop()
    assert asked == [
        *["start database", "start broker", "wait database", "wait broker", "start web", "wait web"],
        *["stop web", "stop broker", "stop database"],
    ]


def test_look_when_all_live_does_nothing(supervisor):
    server = Sleeper()
    supervisor.start(server)
    assert supervisor.look() is False
    assert server.asked == ["start sleeper", "wait sleeper"]


def test_dead_server_is_started_again_after_the_pause_and_not_before(supervisor, clock, capsys):
    server = Sleeper()
    supervisor.start(server)
    first = server.process.pid
    server.die()
    assert supervisor.look() is False
    clock.now += 0.4
    assert supervisor.look() is False
    clock.now += 0.2
    assert supervisor.look() is True
    assert server.asked[2:] == ["after death sleeper", "start sleeper", "wait sleeper"]
    assert supervisor.pids()["sleeper"] == server.process.pid != first
    said = capsys.readouterr().out
    assert "the sleeper died (signal 9); starting it again in 0.5 s" in said
    assert "the sleeper is running again" in said


def test_five_deaths_in_a_minute_end_everything_and_name_the_log(supervisor, clock):
    server = Sleeper()
    supervisor.start(server)
    for _ in range(4):
        server.die()
        supervisor.look()
        clock.now += 5
        supervisor.look()
    server.die()
    with pytest.raises(Failure, match=r"The sleeper died five times .* /logs/sleeper.log"):
        supervisor.look()


def test_server_that_lives_but_never_gets_ready_ends_everything(supervisor, clock):
    server = Sleeper()
    supervisor.start(server)
    server.die()
    supervisor.look()
    server.ready = False
    clock.now += 1
    with pytest.raises(Failure, match="did not start"):
        supervisor.look()


def test_server_that_dies_while_starting_again_is_counted_as_another_death(supervisor, clock):
    server = Sleeper()
    supervisor.start(server)
    server.die()
    supervisor.look()
    server.ready = False
    server.wait = lambda: (server.die(), Sleeper.wait(server))
    clock.now += 1
    supervisor.look()
    assert supervisor.look() is False  # noted, with a longer pause
    clock.now += 0.9
    assert supervisor.look() is False


def test_what_a_dead_server_left_running_is_ended(supervisor, clock, tmp_path):
    psutil = pytest.importorskip("psutil")
    server = Sleeper()
    note = tmp_path / "child"
    code = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    code += f"open({str(note)!r}, 'w').write(str(p.pid)); time.sleep(60)"

    def start():
        server.process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
        return server.process

    server.start = start
    supervisor.start(server)
    deadline = clock.now + 200
    while not (note.exists() and note.read_text()) and clock.now < deadline:
        subprocess.run(["sleep", "0.05"])
        clock.now += 0.0001
    orphan = psutil.Process(int(note.read_text()))
    server.process.kill()
    server.process.wait()
    supervisor.look()
    orphan.wait(5)
    assert not orphan.is_running()


def test_one_server_that_cannot_be_stopped_does_not_keep_the_others_running(supervisor, capsys):
    good, bad = Sleeper("good"), Sleeper("bad")
    supervisor.start(good, bad)

    def refuse():
        bad.die()
        raise OSError("not permitted")

    bad.stop = refuse
    supervisor.stop()
    assert good.process.poll() is not None
    assert "the bad could not be stopped: not permitted" in capsys.readouterr().out


@pytest.mark.parametrize("code, words", [(-9, "signal 9"), (3, "exit code 3")])
def test_ending_in_words(code, words):
    assert ending(code) == words
