"""The outbox messages of a browser: parsing, and the hash by which a repeat is told from a conflict."""

import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simlab.engine.errors import Refused

MOST_BYTES = 256 * 1024
MOST_MESSAGES = 500

Number = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
Milliseconds = Annotated[float, Field(ge=0, le=1e14, allow_inf_nan=False)]


class Message(BaseModel):
    """One message. `t_mono_ms` since the page's time origin, `t_origin_ms` since 1970, both by the browser's clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uuid: UUID
    seq: Number
    kind: Literal["answer", "exposure", "event"]
    encounter: UUID | None = None
    t_mono_ms: Milliseconds
    t_origin_ms: Milliseconds
    body: dict[str, Any]

    @cached_property
    def sha256(self) -> str:
        """Hash of what was said. The running number is left out: it says how it was sent."""
        said = [self.kind, self.encounter and str(self.encounter), self.t_mono_ms, self.t_origin_ms, self.body]
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


class Batch(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    lease: Number
    messages: Annotated[list[Message], Field(max_length=MOST_MESSAGES)]


def parse_batch(raw: bytes) -> Batch:
    """Raises Refused “malformed”, naming the field, when the request is not a batch at all: then nothing is stored."""
    try:
        batch = Batch.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Refused("malformed", f"The message cannot be read at {where}: {first['msg']}.") from None
    if b"\\u0000" in raw:
        raise Refused("malformed", "The message cannot be read: it holds a null character.")
    try:
        _ = [message.sha256 for message in batch.messages]
    except ValueError:
        raise Refused("malformed", "The message cannot be read: it holds a number that is not finite.") from None
    return batch


def parse_answers(raw: bytes) -> dict[str, Any]:
    """The answers to a questionnaire: {"answers": {item: answer}}. Raises Refused “malformed”."""
    try:
        body = json.loads(raw[:MOST_BYTES])
    except ValueError:
        raise Refused("malformed", "The answers cannot be read.") from None
    if not isinstance(body, dict) or not isinstance(body.get("answers"), dict):
        raise Refused("malformed", "The answers cannot be read.")
    return dict(body["answers"])
