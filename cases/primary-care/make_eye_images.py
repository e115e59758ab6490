"""Draws the eyes of this pack. Run from anywhere: python3 cases/primary-care/make_eye_images.py

The pictures are drawings made by code; nobody's eye is in them. They carry the licence of the cases, CC BY 4.0.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from drawing import COLUMNS, ROWS, Canvas, Mask, blur, ellipse, light, noise, paint, rgb, save, skin, step, strokes
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).parent
X, Y = 640.0, 430.0  # the middle of the eye
IRIS = 178.0


@dataclass(frozen=True)
class Eye:
    """`pupil`: across and down, in dots, and how far it is turned. `haze`: of the cornea, 0 to 1."""

    tone: str
    colour: str
    pupil: tuple[float, float, float]
    haze: float
    irregular: float
    near: float  # redness round the cornea, 0 to 1
    far: float  # redness towards the lids, 0 to 1


def eye(rng: np.random.Generator, made: Eye) -> Canvas:
    canvas, gap = skin(made.tone, rng, 0.5), _opening()
    canvas = light(canvas, -0.30 * _lid_fold() - 0.22 * blur(step(gap - 34, 20), 22))
    ball = np.ones_like(canvas) * rgb("#efe9e4")
    ball = light(ball, 0.02 - 0.20 * (np.abs(COLUMNS - X) / 470) ** 2.4 - 0.16 * np.clip((330 - ROWS) / 110, 0, 1))
    away = np.hypot(COLUMNS - X, ROWS - Y) - IRIS
    ring = np.exp(-((np.clip(away, 0, None) / 62) ** 2))
    ball = paint(ball, "#c2364a", 0.62 * made.near * ring * (0.85 + 0.15 * noise(rng, 26)))
    ball = paint(ball, "#d8686a", 0.40 * made.far * (1 - ring))
    ball = paint(ball, "#b3202c", _vessels(rng, made) * np.clip(away / 6, 0, 1))
    ball = paint(ball, _iris(rng, made), step(away, 7))
    cloud = np.clip(0.8 + 0.2 * noise(rng, 60), 0, 1)
    ball = paint(ball, "#b9c6c8", made.haze * step(away - 2, 14) * cloud)
    ball = paint(
        ball,
        "#ffffff",
        (0.9 - 0.5 * made.haze) * blur(step(ellipse(X - 62, Y - 84, 34, 44, 12), 4), 3 + 16 * made.haze),
    )
    ball = paint(ball, "#e0a79b", 0.9 * step(ellipse(236, Y + 30, 46, 30), 16))
    canvas = paint(canvas, ball, step(gap, 4))
    canvas = paint(canvas, "#c98f82", 0.8 * np.exp(-(((gap - 7) / 6) ** 2)))
    return paint(canvas, "#241812", _lashes(rng))


def _opening() -> Mask:
    """The distance to the lids, negative between them."""
    t = (COLUMNS - X) / 440
    upper = Y - 4 - 216 * np.clip(1 - np.abs(t) ** 2.1, 0, None) + 30 * t
    lower = Y + 4 + 162 * np.clip(1 - np.abs(t) ** 2.3, 0, None) + 26 * t
    return np.maximum(np.maximum(upper - ROWS, ROWS - lower), (np.abs(t) - 1) * 440)


def _lid_fold() -> Mask:
    """The shade of the fold above the upper lid, fading towards the corners."""
    t = (COLUMNS - X) / 470
    fold = ROWS - (Y - 46 - 216 * np.clip(1 - np.abs(t) ** 2, 0, None) + 24 * t)
    return np.exp(-((fold / 9) ** 2)) * np.clip(1.1 - np.abs(t) ** 3, 0, 1)


def _iris(rng: np.random.Generator, made: Eye) -> Canvas:
    angle = np.arctan2(ROWS - Y, COLUMNS - X)
    far = np.hypot(COLUMNS - X, ROWS - Y) / IRIS
    fibres = sum(np.cos(angle * n + 2.5 * far + p) for n, p in zip((31, 47, 73), rng.uniform(0, 6, 3), strict=True)) / 3
    iris = np.ones((*ROWS.shape, 3)) * rgb(made.colour)
    iris = light(iris, 0.16 * fibres + 0.05 * noise(rng, 8) + 0.22 * np.exp(-(((far - 0.55) / 0.12) ** 2)))
    iris = paint(iris, "#1b1512", np.clip((far - 0.86) / 0.16, 0, 1) * 0.75)
    across, down, turned = made.pupil
    edge = ellipse(X, Y, across, down, turned) + made.irregular * (
        8 * np.cos(3 * angle + 0.6) + 5 * np.cos(5 * angle + 2)
    )
    return paint(iris, "#0b0909", step(edge, 5))


def _vessels(rng: np.random.Generator, made: Eye) -> Mask:
    fine = []
    for turn in rng.uniform(0, 2 * np.pi, int(120 * made.near)):
        start = IRIS + rng.uniform(50, 95)
        fine.append((X + start * np.cos(turn), Y + start * np.sin(turn), turn + np.pi + rng.normal(0, 0.2)))
    coarse = [
        (X + s * rng.uniform(380, 430), Y + rng.uniform(-70, 110), np.pi * (s > 0) + rng.normal(0, 0.25))
        for s in (-1, 1) * int(12 * made.far + 2)
    ]
    return np.maximum(0.75 * strokes(rng, fine, 34, 1.6), 0.6 * strokes(rng, coarse, 92, 2.3))


def _lashes(rng: np.random.Generator) -> Mask:
    starts = []
    for x in np.linspace(270, 1050, 62):
        t = (x - X) / 440
        y = Y - 4 - 216 * max(0.0, 1 - abs(t) ** 2.1) + 30 * t - 4
        starts.append((x + rng.normal(0, 3), y, -np.pi / 2 + 0.75 * t + rng.normal(0, 0.12)))
    return 0.85 * strokes(np.random.default_rng(7), starts, 24, 3.0)


def ring_of_red(rng: np.random.Generator) -> Canvas:
    """A right eye, red round the cornea, with a small and slightly irregular pupil; the cornea is clear."""
    return eye(rng, Eye("#d9ab90", "#6f7f77", (44, 40, 15), 0.0, 0.3, 0.95, 0.22))[:, ::-1]


def hazy(rng: np.random.Generator) -> Canvas:
    """A left eye, red all round, with a hazy cornea and an oval pupil of middle size."""
    return eye(rng, Eye("#e2bf9c", "#6b4a2e", (80, 102, 8), 0.42, 0.0, 0.9, 0.75))


def fields(file: Path) -> None:
    """A chart of two fields of vision, as tested with a white pin: the left has lost its lower nasal quarter."""
    image = Image.new("RGB", (1280, 840), "#ffffff")
    pen = ImageDraw.Draw(image)
    large, small = ImageFont.load_default(44), ImageFont.load_default(32)
    for x, title, sides in ((340, "Left eye", ("temple", "nose")), (940, "Right eye", ("nose", "temple"))):
        pen.ellipse((x - 240, 180, x + 240, 660), fill="#e8edee", outline="#212b32", width=5)
        if title == "Left eye":
            pen.pieslice((x - 240, 180, x + 240, 660), 4, 86, fill="#4c6272", outline="#212b32", width=5)
        for radius in (80, 160):
            pen.ellipse((x - radius, 420 - radius, x + radius, 420 + radius), outline="#768692", width=2)
        pen.line((x - 240, 420, x + 240, 420), fill="#768692", width=3)
        pen.line((x, 180, x, 660), fill="#768692", width=3)
        pen.ellipse((x - 7, 413, x + 7, 427), fill="#212b32")
        pen.text((x, 110), title, fill="#212b32", font=large, anchor="mm")
        pen.text((x - 150, 710), sides[0], fill="#4c6272", font=small, anchor="mm")
        pen.text((x + 150, 710), sides[1], fill="#4c6272", font=small, anchor="mm")
    pen.text((640, 790), "dark: pin not seen", fill="#212b32", font=small, anchor="mm")
    image.resize((640, 420), Image.Resampling.LANCZOS).save(file, "WEBP", quality=80, method=6)


DRAWN = {
    "a-red-eye-at-work/right-eye.webp": ring_of_red,
    "a-red-eye-at-work-twin/right-eye.webp": ring_of_red,
    "sore-eye-and-sickness/left-eye.webp": hazy,
}

if __name__ == "__main__":
    for name, draw in DRAWN.items():
        save(draw(np.random.default_rng(20261123)), HERE / name)
    for folder in ("cobwebs-and-lightning", "cobwebs-and-lightning-twin"):
        fields(HERE / folder / "fields.webp")
