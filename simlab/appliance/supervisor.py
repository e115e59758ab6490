"""Keeps the servers of one SimLab alive, and stops them all in order.

Starts nothing by itself: it is handed servers that know how to start, to say when they are ready, and to stop.
Standard library only.
"""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from simlab.appliance import children, failures
from simlab.appliance.say import say

DEATHS_ALLOWED = 5
WITHIN_S = 60.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0


class Server(Protocol):
    """What the supervisor asks of a server."""

    name: str
    log: Path

    def start(self) -> subprocess.Popen[bytes]: ...
    def wait(self) -> None: ...
    def stop(self) -> None: ...
    def after_death(self) -> None: ...


@dataclass
class Deaths:
    """How often one server died, and how long to wait before it is started again."""

    moments: list[float] = field(default_factory=list)

    def pause_after(self, now: float) -> float | None:
        """Notes a death. Returns seconds to wait, doubling from one death to the next; None when it died too often."""
        self.moments = [*(moment for moment in self.moments if now - moment < WITHIN_S), now]
        if len(self.moments) >= DEATHS_ALLOWED:
            return None
        return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (len(self.moments) - 1))


@dataclass
class _Watched:
    server: Server
    process: subprocess.Popen[bytes]
    deaths: Deaths = field(default_factory=Deaths)
    due: float | None = None  # when a dead one is to be started again


class Supervisor:
    """Watches servers in the order in which they were started; those they depend on were started before them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._watched: list[_Watched] = []

    def start(self, *servers: Server) -> None:
        """Starts the servers side by side and returns when all of them are ready."""
        for server in servers:
            self._watched.append(_Watched(server, server.start()))
        for server in servers:
            server.wait()

    def pids(self) -> dict[str, int]:
        return {watched.server.name: watched.process.pid for watched in self._watched}

    def look(self) -> bool:
        """One round: notes deaths, starts again what is due. True when something was started again.

        Raises Failure, naming the log, when a server dies too often or does not come back.
        """
        started_again = [self._look_at(watched) for watched in self._watched]  # all of them, whatever one says
        return any(started_again)

    def stop(self) -> None:
        """Stops all, last started first. A server that cannot be stopped does not keep the others running."""
        for watched in reversed(self._watched):
            try:
                watched.server.stop()
            except OSError as error:
                say(f"the {watched.server.name} could not be stopped: {error}")
        self._watched.clear()

    def _look_at(self, watched: _Watched) -> bool:
        now = self._clock()
        if watched.due is None:
            if watched.process.poll() is not None:
                self._note_death(watched, now)
            return False
        if now < watched.due:
            return False
        self._start_again(watched)
        return True

    def _note_death(self, watched: _Watched, now: float) -> None:
        server = watched.server
        children.kill_group(watched.process)  # what it leaves behind would hold its port or its data
        pause = watched.deaths.pause_after(now)
        if pause is None:
            raise failures.keeps_dying(server.name, server.log)
        say(f"the {server.name} died ({ending(watched.process.returncode)}); starting it again in {pause:g} s")
        watched.due = now + pause

    def _start_again(self, watched: _Watched) -> None:
        watched.server.after_death()
        watched.process = watched.server.start()
        watched.due = None
        try:
            watched.server.wait()
        except failures.Failure:
            if watched.process.poll() is None:
                raise  # alive and yet not ready: another start would not help
            return  # died at once: the next round counts it
        say(f"the {watched.server.name} is running again")


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
