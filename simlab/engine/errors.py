"""What can go wrong, in words a person can act on."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a file: where, what, and what to do about it.

    `place` is the whole address in words ("study.yaml:12, field phases.exposure.opens"); `file`, `line` and
    `field` carry the same address in parts, for an editor that jumps there.
    """

    place: str
    message: str
    remedy: str
    file: str = ""
    line: int | None = None
    field: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message} {self.remedy}".strip()


class InvalidFile(Exception):  # noqa: N818 - it reads as what it says
    """A file that cannot be used. Carries every fault that was found, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


# 409: the request is well formed but comes at the wrong moment. 422: the request itself is wrong.
STATUS_BY_CODE = {
    "wrong-stage": 409,
    "already-decided": 409,
    "no-advice": 409,
    "malformed": 422,
    "too-large": 413,
    "locked": 423,
}


@dataclass
class Refused(Exception):  # noqa: N818
    """A step of a sitting that the rules do not allow. Nothing was changed."""

    code: str
    message: str
    status: int = field(init=False)

    def __post_init__(self) -> None:
        self.status = STATUS_BY_CODE.get(self.code, 409)
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


class Mistaken(ValueError):  # noqa: N818
    """Raised inside a field check: what is wrong and the remedy, before the place is known."""

    def __init__(self, message: str, remedy: str) -> None:
        self.remedy = remedy
        super().__init__(message)
