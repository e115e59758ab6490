"""The pictures beside a case file: their bytes, and where a fault in one of them is to be told.

Nothing is decoded here. What the bytes hold is for those to judge who store them.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from simlab.engine.errors import Fault
from simlab.engine.parsing import Origin, Part
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.case import Case

MOST_BYTES = 5_000_000
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ImageHash(Part):
    """SHA-256 of a picture's file: by it the picture is part of what the case is."""

    name: str
    sha256: Digest


@dataclass(frozen=True)
class ImageFile:
    """A picture as it lies beside the case file."""

    name: str
    content: bytes
    origin: Origin
    path: FieldPath

    @property
    def hash(self) -> ImageHash:
        return ImageHash(name=self.name, sha256=hashlib.sha256(self.content).hexdigest())

    def fault(self, message: str, remedy: str) -> Fault:
        """A fault of this picture, told at the line of the case file that names it."""
        return self.origin.fault(self.path, f"the image {self.name} {message}", remedy)


def image_files(case: "Case", folder: Path, origin: Origin) -> tuple[ImageFile, ...]:
    """Every picture that the case names, once each, by name. The case must have been checked before."""
    named: dict[str, FieldPath] = {}
    for i, stage in enumerate(case.stages):
        for j, item in enumerate(stage.items):
            if item.image:
                named.setdefault(item.image, ("stages", i, "items", j, "image"))
    return tuple(ImageFile(name, (folder / name).read_bytes(), origin, named[name]) for name in sorted(named))
