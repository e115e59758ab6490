"""What the site has said of every message: one JSON line each, written when the answer arrived."""

import json
import threading
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TextIO

Status = Literal["acknowledged", "refused"]


class Ledger:
    """An append-only file that several bots share. What it calls acknowledged must be in the site's tables once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.acknowledged = 0
        self.refused = 0
        self._lock = threading.Lock()
        self._file: TextIO = path.open("a", encoding="utf-8")

    def note(self, *, clinician: int, sitting: str, uuid: str, kind: str, status: Status, code: str = "") -> None:
        line = {"clinician": clinician, "sitting": sitting, "uuid": uuid, "kind": kind, "status": status, "code": code}
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
            if status == "acknowledged":
                self.acknowledged += 1
            else:
                self.refused += 1

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(path: Path) -> list[dict[str, object]]:
    """The lines of a ledger, in the order in which they were written."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
