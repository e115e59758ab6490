"""The pictures beside a case file: their bytes, and where a fault in one of them is to be told.

Nothing is decoded here. What the bytes hold is for those to judge who store them.
"""

import hashlib
from collections.abc import Iterator, Mapping
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


def named_files(case: "Case", folder: Path) -> dict[str, bytes]:
    """Those pictures of the case that are in the folder, by name; of one that is too large no more than shows it."""
    found = {}
    for name, _ in pictures_named(case):
        if name not in found and (folder / name).is_file():
            with (folder / name).open("rb") as file:
                found[name] = file.read(MOST_BYTES + 1)
    return found


def image_files(case: "Case", files: Mapping[str, bytes], origin: Origin) -> tuple[ImageFile, ...]:
    """Every picture that the case names, once each, by name. The case must have been checked before."""
    named: dict[str, FieldPath] = {}
    for name, place in pictures_named(case):
        named.setdefault(name, place)
    return tuple(ImageFile(name, files[name], origin, named[name]) for name in sorted(named))


def pictures_named(case: "Case") -> Iterator[tuple[str, FieldPath]]:
    """The name of every picture of a case with the field that names it: of items, of their layers and of advice."""
    for i, stage in enumerate(case.stages):
        for j, item in enumerate(stage.items):
            place: FieldPath = ("stages", i, "items", j)
            if item.image:
                yield item.image, (*place, "image")
            yield from ((layer.image, (*place, "layers", k, "image")) for k, layer in enumerate(item.layers))
    for index, advice in enumerate(case.advice):
        if advice.heat_map:
            yield advice.heat_map.image, ("advice", index, "heat-map", "image")
