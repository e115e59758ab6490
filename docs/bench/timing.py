"""How exact are the player's times? `python docs/bench/timing.py [--presses 200]`, with Chromium at /usr/bin/chromium.

Key presses are sent over the browser's debugging protocol at random gaps, and stamped by the player's own `timing.js`.
The error of a stamp is its difference from the time of sending, less the mean difference. It is measured with the page
idle and with its main thread blocked for 60 of every 100 ms; with presses that carry the time of their sending, and
with presses that the browser dates when they arrive, where the error holds the way through the protocol (and on a busy
machine mostly that). Beside it stands the error of a clock that is read in the handler. Keyboard, screen and hand are
not in it.
"""

import argparse
import http.server
import json
import os
import random
import statistics
import threading
import time
from functools import partial
from itertools import product
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

SCRIPTS = Path(__file__).resolve().parents[2] / "simlab" / "web" / "static" / "simlab"
BUSY = "() => { setInterval(() => { const end = performance.now() + 60; while (performance.now() < end); }, 100); }"
LISTEN = """async () => {
    const { stampOf } = await import("/timing.js");
    window.stamps = [];
    addEventListener("keydown", (event) => {
        const read = performance.now();
        stamps.push([stampOf(event).t_mono_ms, read]);
    });
}"""


class Server(http.server.SimpleHTTPRequestHandler):
    """The player's scripts, and an empty page, isolated as the player is."""

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Timing</title>")

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the figures are what is wanted."""


def measure(page: Page, presses: int, rng: random.Random, *, dated: bool) -> dict:
    """`dated`: each press carries the time at which it is sent, so that the way through the protocol is no error."""
    protocol = page.context.new_cdp_session(page)
    page.evaluate(LISTEN)
    sent = []
    for _ in range(presses):
        time.sleep(rng.uniform(0.05, 0.25))
        now = time.time()
        sent.append(now * 1000.0)
        pressed = {"type": "rawKeyDown", "key": "a", "code": "KeyA", **({"timestamp": now} if dated else {})}
        protocol.send("Input.dispatchKeyEvent", pressed)
    page.wait_for_function("n => stamps.length === n", arg=presses)
    stamps = page.evaluate("stamps")
    return {
        name: spread([stamp[column] - at for stamp, at in zip(stamps, sent, strict=True)])
        for column, name in enumerate(["event.timeStamp", "read in the handler"])
    }


def spread(differences: list[float]) -> dict[str, float]:
    mean = statistics.fmean(differences)
    errors = [one - mean for one in differences]
    return {"sd_ms": round(statistics.stdev(errors), 2), "max_ms": round(max(map(abs, errors)), 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presses", type=int, default=200)
    presses = parser.parse_args().presses
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, directory=SCRIPTS))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    rng = random.Random(1)  # noqa: S311  no secret
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for condition, dated in product(("idle", "60 % busy"), (True, False)):
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            if condition != "idle":
                page.evaluate(BUSY)
            told = measure(page, presses, rng, dated=dated)
            facts = {
                "page": condition,
                "dated": "when sent" if dated else "on arrival",
                "presses": presses,
                **told,
                "load_average": round(os.getloadavg()[0], 1),
            }
            print(json.dumps(facts), flush=True)
            page.close()
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
