"""Outside advisers that speak the protocol, on this machine, for tests."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Stub:
    """Answers every POST with `reply(body)`: (status, text), after `delay` seconds; remembers what it was sent."""

    def __init__(self, reply, *, headers=None):
        self.reply = reply
        self.headers = headers or {}
        self.seen = []


@contextmanager
def serving(stub: Stub):
    """Yields the address, http://127.0.0.1:PORT."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            stub.seen.append((self.path, dict(self.headers), json.loads(raw)))
            status, text = stub.reply(json.loads(raw))
            self.send_response(status)
            for name, value in stub.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def chat_reply(content, model="stub-1"):
    return lambda body: (200, json.dumps({"model": model, "choices": [{"message": {"content": content}}]}))


def cards_reply(*cards):
    return lambda body: (200, json.dumps({"cards": list(cards)}))
