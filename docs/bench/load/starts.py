"""How long a place takes when many ask at once: `python docs/bench/load/starts.py [--people 200] [--within 2]`.

It starts a SimLab of its own (`manage.py demo` in a folder that is thrown away), lets people consent, and sends
their “Join the study” over HTTP from this same machine, evenly within so many seconds. A wait counts from the moment
that the press was due. At the end the list is looked at: every place once, none left out. It prints one line of JSON.
"""

import argparse
import asyncio
import shutil
import signal
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import client
import psycopg
import run


async def press(base: str, row: dict, due: float) -> tuple[int, float]:
    parts = urlsplit(base)
    wire = client.Wire(parts.hostname or "", parts.port or 80, {"sessionid": row["cookie"], "csrftoken": client.TOKEN})
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    status, _, _ = await wire.ask("POST", row["path"], b"grade=gp", "application/x-www-form-urlencoded")
    wire.close()
    return status, time.perf_counter() - due


async def all_of(base: str, rows: list[dict], within: float) -> list[tuple[int, float]]:
    begun = time.perf_counter() + 0.5
    return await asyncio.gather(*(press(base, row, begun + within * n / len(rows)) for n, row in enumerate(rows)))


def places(state: run.running.State, study: str) -> list[int]:
    where = {"host": "PGHOST", "user": "PGUSER", "dbname": "PGDATABASE"}
    with psycopg.connect(**{name: state.variables[key] for name, key in where.items()}) as connection:
        rows = connection.execute(
            "SELECT slot.ordinal FROM sittings_participant p JOIN studies_slot slot ON slot.id = p.slot_id "
            "WHERE p.study_id = %s ORDER BY 1",
            [study],
        ).fetchall()
    return [row[0] for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--within", type=float, default=2.0, help="seconds")
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="simlab-starts-"))
    work.chmod(0o755)  # as root the database runs as nobody, who must be able to walk here
    demo, state = run.start_simlab(work / "simlab")
    try:
        rows = run.make_people(state, given.people, work / "people.jsonl", "consented")
        done = asyncio.run(all_of(state.url, rows, given.within))
        waits = [wait for _, wait in done]
        cuts = statistics.quantiles(waits, n=100, method="inclusive")
        taken = places(state, rows[0]["study"])
        run.say(
            "starts",
            people=given.people,
            within_s=given.within,
            p50_s=round(cuts[49], 2),
            p99_s=round(cuts[98], 2),
            max_s=round(max(waits), 2),
            errors=sum(status != 302 for status, _ in done),
            places_once=taken == list(range(1, given.people + 1)),
        )
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(60)
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
