"""A network at its worst, between the bots and the site: it cuts, delays, doubles and puts out of order.

It reads whole HTTP requests, so that a fault falls on one of them: cut before the server has it, cut when the server
has answered, held back, sent twice at once, and sent again later, when newer ones have arrived. What befalls the n-th
request is drawn from a seed. Only batches of the outbox are sent twice: they are what must bear it.
"""

import asyncio
import random
import re
import threading
from collections import Counter
from typing import Self

FAULTS = {"cut-before": 0.06, "cut-after": 0.06, "delay": 0.10, "twice": 0.08, "again-later": 0.08}
LONGEST_DELAY_S, LATER_S = 0.25, 0.6


class Proxy:
    """Listens on a port of its own while the `with` lasts; `befell` counts what it did."""

    def __init__(self, port: int, seed: int) -> None:
        self._server_port = port
        self._rng = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._later: set[asyncio.Task] = set()
        self.befell: Counter[str] = Counter()
        self.port = 0

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[ready], daemon=True)
        self._thread.start()
        ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def _run(self, ready: threading.Event) -> None:
        self._loop.run_until_complete(self._listen(ready))
        self._loop.close()

    async def _listen(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._over.wait()
        server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.wait({*rest, asyncio.ensure_future(asyncio.sleep(0.2))}, timeout=5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection: the reply tells the client to close."""
        try:
            request = await whole(reader)
            if reply := await self._befallen(request):
                writer.write(reply)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            self.befell["server-away"] += 1
        finally:
            writer.close()

    async def _befallen(self, request: bytes) -> bytes:
        fault = self._draw(request)
        self.befell[fault] += 1
        if fault == "cut-before":
            return b""
        if fault == "delay":
            await asyncio.sleep(self._rng.uniform(0, LONGEST_DELAY_S))
        if fault == "twice":
            first, _ = await asyncio.gather(self._forward(request), self._forward(request))
            return first
        if fault == "again-later":
            task = asyncio.ensure_future(self._once_more(request))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        reply = await self._forward(request)
        return b"" if fault == "cut-after" else reply

    def _draw(self, request: bytes) -> str:
        fault = self._rng.choices([*FAULTS, "none"], [*FAULTS.values(), 1 - sum(FAULTS.values())])[0]
        is_batch = b"/outbox/ " in request.split(b"\r\n", 1)[0]
        return fault if is_batch or fault not in ("twice", "again-later") else "none"

    async def _once_more(self, request: bytes) -> None:
        await asyncio.sleep(LATER_S)
        try:
            await self._forward(request)
        except (OSError, asyncio.IncompleteReadError):
            self.befell["server-away"] += 1

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        try:
            writer.write(re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", request, count=1).replace(
                b"\r\n", b"\r\nConnection: close\r\n", 1))  # fmt: skip
            reply = await reader.read()
            if not reply:
                raise asyncio.IncompleteReadError(b"", 1)
            return reply.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        finally:
            writer.close()


async def whole(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return head + await reader.readexactly(int(length.group(1)) if length else 0)
