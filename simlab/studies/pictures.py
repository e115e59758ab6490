"""Pictures of cases, made safe: decoded, checked and written anew, so that nothing but the picture is left.

What a file carries beside its pixels (place and camera, comments, a second file glued to the end) is gone after that.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from simlab.engine.caseimages import ImageFile
from simlab.engine.errors import Fault, InvalidFile

MOST_PIXELS = 12_000_000
SHORTEST_SIDE = 240  # pixels; less is a thumbnail in which nothing can be found
FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}
HOW_TO_WRITE = {"PNG": {"optimize": True}, "JPEG": {"quality": 92}, "WEBP": {"lossless": True}}
LOSSY_WEBP = {"quality": 85, "method": 6}  # what was lossy before would be ten times larger when kept to the bit
# What Pillow raises for broken files depends on the format and on where the file breaks off.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError)


@dataclass(frozen=True)
class Picture:
    """A picture as it is stored and shown. `width` and `height` in pixels."""

    name: str
    media_type: str
    content: bytes
    width: int
    height: int


def pictures_of(files: list[ImageFile]) -> tuple[list[Picture], list[Fault]]:
    """Every file as a picture, and what is wrong with those that are none."""
    pictures, faults = [], []
    for file in files:
        try:
            pictures.append(_picture(file))
        except InvalidFile as invalid:
            faults += invalid.faults
    return pictures, faults


def small_pictures(files: list[ImageFile], pictures: list[Picture]) -> list[Fault]:
    """Pictures in which a clinician could not see what there is to see."""
    named = {file.name: file for file in files}
    return [
        named[one.name].fault(f"is only {one.width} by {one.height} pixels.", f"Save it {SHORTEST_SIDE} or more high.")
        for one in pictures
        if min(one.width, one.height) < SHORTEST_SIDE
    ]


def _picture(file: ImageFile) -> Picture:
    wanted = FORMATS[file.name.rpartition(".")[2]]
    try:
        with Image.open(io.BytesIO(file.content), formats=sorted(set(FORMATS.values()))) as image:
            _check(image, wanted, file)
            image.load()
            plain = _plain(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(file) from None
    except BROKEN:
        raise _invalid(file, "cannot be read: it is damaged, or not an image.", "Save it again.") from None
    out = io.BytesIO()
    lossy = wanted == "WEBP" and file.content[12:16] == b"VP8 "  # the name of its first chunk
    plain.save(out, wanted, **(LOSSY_WEBP if lossy else HOW_TO_WRITE[wanted]))
    return Picture(file.name, Image.MIME[wanted], out.getvalue(), plain.width, plain.height)


def _check(image: Image.Image, wanted: str, file: ImageFile) -> None:
    """What can be judged by the head of the file, before any pixel is decoded."""
    if image.format != wanted:
        raise _invalid(file, f"holds {image.format}, not {wanted}.", "Give it the ending that fits, or save it again.")
    if image.width * image.height > MOST_PIXELS:
        raise _too_large(file)
    if getattr(image, "n_frames", 1) > 1:
        raise _invalid(file, "moves.", "Save one frame of it.")
    if image.mode.startswith(("I", "F")):
        raise _invalid(file, "has more than 8 bits a colour.", "Save it with 8 bits.")


def _plain(image: Image.Image) -> Image.Image:
    """The upright pixels alone."""
    upright = ImageOps.exif_transpose(image)
    mode = "RGBA" if upright.has_transparency_data else "L" if upright.mode in ("1", "L") else "RGB"
    plain = upright.convert(mode)
    plain.info = {}  # some of it would be written again: comments, colour profiles
    return plain


def _too_large(file: ImageFile) -> InvalidFile:
    return _invalid(file, f"has more than {MOST_PIXELS // 1_000_000} million pixels.", "Save it smaller.")


def _invalid(file: ImageFile, message: str, remedy: str) -> InvalidFile:
    return InvalidFile([file.fault(message, remedy)])
