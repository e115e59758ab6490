"""The load client of `run.py`: many people at browsers, in one process, over HTTP/1.1 with one kept connection each.

It speaks just enough HTTP, so that it takes little of the processors that it shares with the server. A *step* is one
decision sent, acknowledged, and the page that follows received; in SimLab the page comes in the same reply.
"""

import asyncio
import json
import random
import re
import statistics
import time
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

TOKEN = "t" * 32


class Failed(Exception):  # noqa: N818  it reads as what it says
    """The server answered something else than the next page."""


@dataclass
class Wire:
    """One person's connection and cookies."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    streams: tuple | None = None

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, dict[str, str], bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nCookie: {cookies}\r\n"
        head += f"Origin: http://{self.host}:{self.port}\r\nX-CSRFToken: {TOKEN}\r\nContent-Length: {len(body)}\r\n"
        head += f"Content-Type: {kind}\r\n\r\n" if kind else "\r\n"
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port, limit=2**20)
        reader, writer = self.streams
        writer.write(head.encode() + body)
        return await self._reply(reader)

    async def _reply(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in filter(None, lines):
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
            headers[name.lower()] = value
        if headers.get("transfer-encoding") == "chunked":
            return int(status.split()[1]), headers, await self._chunks(reader)
        return int(status.split()[1]), headers, await reader.readexactly(int(headers.get("content-length", 0)))

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        parts = []
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        if self.streams:
            self.streams[1].close()


PLACE = re.compile(r'data-(encounter|stage|lease|next-seq|answer-to|outbox)="([^"]*)"')
CASE = re.compile(r'data-title="Case (\d+) of')


def read(html: str) -> dict[str, str]:
    """What the player's page says of itself; `place` is the number of its case in the sitting."""
    found = CASE.search(html)
    return {**dict(PLACE.findall(html)), "place": found.group(1) if found else "1"}


class SimLab:
    """One participant of SimLab. `apart`: what was seen goes in a request of its own, as it does when people think."""

    def __init__(self, base: str, person: dict, apart: bool) -> None:
        parts = urlsplit(base)
        self.wire = Wire(parts.hostname or "", parts.port or 80, {"sessionid": person["cookie"], "csrftoken": TOKEN})
        self.sitting, self.answers, self.apart = person["sitting"], person["answers"], apart
        self.page: dict[str, str] | None = None
        self.seq, self.acked, self.origin = 0, 0, time.time() * 1000.0

    async def open(self) -> None:
        status, _, body = await self.wire.ask("GET", f"/sit/{self.sitting}/")
        if status != 200:
            raise Failed(f"GET {status}")
        self.page = read(body.decode())
        self.seq = int(self.page["next-seq"]) - 1

    async def look(self) -> None:
        """What the browser tells of the page that it shows."""
        if self.apart and self.page:
            await self._send(self.page["outbox"], [self._seen()])

    async def step(self) -> tuple[float, bool]:
        """Returns seconds to the acknowledgement with the next page, and whether there is one."""
        page = self.page or {}
        stage = "initial" if page["stage"] == "initial" else "final"
        answer = self.answers[int(page["place"]) - 1]
        sent = [] if self.apart else [self._seen()]
        sent.append(self._message("answer", {"stage": stage, "answer": answer}))
        begun = time.perf_counter()
        reply = await self._send(page["answer-to"], sent)
        took = time.perf_counter() - begun
        self.page = read(reply["html"]) if "html" in reply else None
        return took, self.page is not None

    def _seen(self) -> dict:
        return self._message("event", {"name": "paint", "state": (self.page or {})["stage"]})

    def _message(self, kind: str, body: dict) -> dict:
        self.seq += 1
        at = {"t_mono_ms": time.perf_counter() * 1000.0, "t_origin_ms": self.origin}
        encounter = (self.page or {})["encounter"]
        return {"uuid": str(uuid.uuid4()), "seq": self.seq, "kind": kind, "encounter": encounter, "body": body, **at}

    async def _send(self, path: str, messages: list[dict]) -> dict:
        body = json.dumps({"lease": int((self.page or {})["lease"]), "messages": messages}).encode()
        status, _, answered = await self.wire.ask("POST", path, body, "application/json")
        reply = json.loads(answered)
        if status != 200 or any(one["status"] != "stored" for one in reply["results"]):
            raise Failed(f"POST {status} {answered[:120]!r}")
        self.acked += len(messages)
        return dict(reply)


class _Fields(HTMLParser):
    """The fields of oTree's one form: what is hidden as it stands, a number in between, the first of each choice."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.has_form = False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        self.has_form = self.has_form or tag == "form"
        if tag == "input" and given.get("name"):
            value = "50" if given.get("type") == "number" else given.get("value") or ""
            self.values.setdefault(given["name"], value)


class OTree:
    """One participant of oTree."""

    def __init__(self, base: str, link: str) -> None:
        parts = urlsplit(base)
        self.wire, self.url, self.acked = Wire(parts.hostname or "", parts.port or 80), link, 0
        self.fields: dict[str, str] = {}

    async def open(self) -> None:
        await self._get(self.url)

    async def look(self) -> None:
        """oTree's pages tell nothing of what was seen."""

    async def step(self) -> tuple[float, bool]:
        begun = time.perf_counter()
        body, kind = urlencode(self.fields).encode(), "application/x-www-form-urlencoded"
        status, headers, _ = await self.wire.ask("POST", self.url, body, kind)
        if status not in (302, 303):
            raise Failed(f"POST {status}")
        self.acked += 1
        more = await self._get(headers["location"])
        return time.perf_counter() - begun, more

    async def _get(self, url: str) -> bool:
        for _ in range(5):
            whole = urlsplit(urljoin(self.url, url))
            self.url = whole.path + (f"?{whole.query}" if whole.query else "")
            status, headers, body = await self.wire.ask("GET", self.url)
            if status == 200:
                reader = _Fields()
                reader.feed(body.decode())
                self.fields = reader.values
                return reader.has_form
            url = headers["location"]
        raise Failed("too many redirects")


@dataclass
class Outcome:
    """Seconds of each step, from when it was due; errors by their words; messages acknowledged in all."""

    took_s: float = 0.0
    steps: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    late: int = 0

    def summary(self) -> dict:
        cuts = statistics.quantiles(self.steps, n=100, method="inclusive") if len(self.steps) > 1 else [0.0] * 99
        per_s = len(self.steps) / self.took_s
        ms = {f"p{q}_ms": round(1000 * cuts[q - 1], 1) for q in (50, 95, 99)}
        worst = round(1000 * max(self.steps, default=0.0), 1)
        return {"steps": len(self.steps), "steps_per_s": round(per_s, 1), **ms, "max_ms": worst,
                "errors": len(self.errors), "unserved": self.late, "first_errors": self.errors[:3]}  # fmt: skip


async def closed(people: list, users: int, seconds: float, warm_up: float) -> Outcome:
    """`users` people without a pause, each followed by the next when done; the first seconds do not count."""
    done, waiting = Outcome(), list(people)
    begun = time.perf_counter() + warm_up
    end = begun + seconds

    async def one() -> None:
        while waiting and time.perf_counter() < end:
            person = waiting.pop()
            await person.open()
            more = True
            while more and time.perf_counter() < end:
                try:
                    took, more = await person.step()
                except (Failed, OSError, asyncio.IncompleteReadError, KeyError) as error:
                    done.errors.append(f"{type(error).__name__}: {error}")
                    break
                if time.perf_counter() >= begun:
                    done.steps.append(took)
            person.wire.close()

    await asyncio.gather(*(one() for _ in range(users)))
    if time.perf_counter() < end:
        done.errors.append("there were too few people for so many seconds")
    done.took_s = time.perf_counter() - begun
    return done


async def opened(  # noqa: C901  one small loop and its four steps
    people: list, users: int, rate: float, seconds: float, warm_up: float, seed: int = 1
) -> Outcome:
    """Decisions due at random moments (Poisson), however the earlier ones fare; time counts from when due."""
    done, rng, free = Outcome(), random.Random(seed), asyncio.Queue()  # noqa: S311  no secret
    waiting = list(people)

    async def fresh() -> None:
        if waiting:
            person = waiting.pop()
            await person.open()
            await person.look()
            free.put_nowait(person)

    async def one(due: float) -> None:
        person = await free.get()
        try:
            _, more = await person.step()
            if due >= begun:
                done.steps.append(time.perf_counter() - due)
            await (person.look() if more else fresh())
            if more:
                free.put_nowait(person)
        except (Failed, OSError, asyncio.IncompleteReadError, KeyError) as error:
            done.errors.append(f"{type(error).__name__}: {error}")

    gate = asyncio.Semaphore(8)

    async def begin() -> None:
        async with gate:
            await fresh()

    await asyncio.gather(*(begin() for _ in range(users)))
    due = time.perf_counter()
    begun, end, tasks = due + warm_up, due + warm_up + seconds, set()
    while (due := due + rng.expovariate(rate)) < end:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(one(due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    done.took_s = end - begun
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=10)
        done.late = len(late)
        for task in late:
            task.cancel()
    for person in people:
        person.wire.close()
    return done
