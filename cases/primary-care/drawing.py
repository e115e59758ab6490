"""Tools for pictures that are drawn by code: noise, soft shapes and colour, on arrays of numbers.

A canvas is an array (height, width, 3) of 0..1. It is twice the size of the picture, which makes its edges smooth.
Chance is an argument, so that a picture is the same whenever it is drawn.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

HEIGHT, WIDTH = 840, 1280
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)

Canvas = np.ndarray
Mask = np.ndarray  # (height, width) of 0..1


def rgb(code: str) -> np.ndarray:
    return np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)]) / 255


def noise(rng: np.random.Generator, cell: float) -> Mask:
    """Smooth noise of mean 0 and standard deviation 1; `cell` is the size of its grain in dots of the canvas."""
    small = rng.normal(size=(int(HEIGHT / cell) + 3, int(WIDTH / cell) + 3)).astype("float32")
    whole = np.asarray(Image.fromarray(small).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), dtype=float)
    return (whole - whole.mean()) / whole.std()


def blur(mask: Mask, by: float) -> Mask:
    image = Image.fromarray(np.clip(mask * 255, 0, 255).astype("uint8"))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(by)), dtype=float) / 255


def step(distance: np.ndarray, soft: float = 2.0) -> Mask:
    """1 where `distance` is below 0, 0 above, with an edge `soft` dots wide."""
    return np.clip(0.5 - distance / soft, 0, 1)


def ellipse(x: float, y: float, across: float, down: float, turned: float = 0.0) -> np.ndarray:
    """Roughly the distance to the edge of an ellipse, negative inside; `turned` in degrees."""
    angle = np.radians(turned)
    dx, dy = COLUMNS - x, ROWS - y
    u, v = dx * np.cos(angle) + dy * np.sin(angle), dy * np.cos(angle) - dx * np.sin(angle)
    return (np.hypot(u / across, v / down) - 1) * min(across, down)


def paint(canvas: Canvas, colour: np.ndarray | str, mask: Mask) -> Canvas:
    """The canvas with `colour` laid on it as thickly as `mask` says."""
    tone = rgb(colour) if isinstance(colour, str) else colour
    cover = np.clip(mask, 0, 1)[..., None]
    return canvas * (1 - cover) + tone * cover


def light(canvas: Canvas, amount: np.ndarray) -> Canvas:
    return np.clip(canvas * (1 + amount[..., None]), 0, 1)


def skin(tone: str, rng: np.random.Generator, lines: float = 1.0) -> Canvas:
    """Skin from near: uneven colour, fine crossed lines and light from the upper left."""
    canvas = np.ones((HEIGHT, WIDTH, 3)) * rgb(tone)
    canvas = paint(canvas, rgb(tone) * np.array([1.0, 0.82, 0.78]), 0.16 + 0.10 * noise(rng, 130))
    bent = 26 * noise(rng, 150)
    furrows = np.zeros((HEIGHT, WIDTH))
    for angle, gap in ((34, 15.0), (-38, 17.0)):
        turn = np.radians(angle)
        along = COLUMNS * np.cos(turn) + ROWS * np.sin(turn) + bent
        furrows += np.clip(np.cos(2 * np.pi * along / gap) - 0.55, 0, 1) * (0.5 + 0.4 * noise(rng, 34))
    canvas = light(canvas, -0.09 * lines * np.clip(furrows, 0, 1) + 0.012 * noise(rng, 5) + 0.02 * noise(rng, 60))
    return light(canvas, 0.10 - 0.16 * (COLUMNS / WIDTH) - 0.12 * (ROWS / HEIGHT))


def strokes(rng: np.random.Generator, starts: list[tuple[float, float, float]], length: int, width: float) -> Mask:
    """Fine winding lines that branch, such as vessels; each start is x, y and a heading in radians."""
    mask = np.zeros((HEIGHT, WIDTH))
    waiting = [(x, y, heading, length, width) for x, y, heading in starts]
    while waiting:
        x, y, heading, left, thick = waiting.pop()
        for at in range(left):
            heading += rng.normal(0, 0.13)
            x, y = x + 2 * np.cos(heading), y + 2 * np.sin(heading)
            _dot(mask, x, y, thick * (1 - 0.6 * at / left))
            if left > 24 and rng.random() < 0.014:
                waiting.append((x, y, heading + rng.choice([-0.6, 0.6]), left // 2, thick * 0.7))
    return np.clip(mask, 0, 1)


def _dot(mask: Mask, x: float, y: float, thick: float) -> None:
    reach = int(thick) + 2
    top, left = int(y) - reach, int(x) - reach
    if top < 0 or left < 0 or top + 2 * reach + 1 > HEIGHT or left + 2 * reach + 1 > WIDTH:
        return
    rows, columns = np.mgrid[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
    near = np.clip(thick - np.hypot(rows - y, columns - x) + 0.5, 0, 1)
    part = mask[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
    np.maximum(part, near, out=part)


def raised(height: Mask, strength: float) -> np.ndarray:
    """Light and shade of something raised, lit from the upper left."""
    down, across = np.gradient(height)
    return -strength * (down + across)


def save(canvas: Canvas, file: Path) -> None:
    """As WebP of 640 × 420 dots."""
    image = Image.fromarray((np.clip(canvas, 0, 1) * 255).astype("uint8"))
    image.resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.LANCZOS).save(file, "WEBP", quality=72, method=6)
