"""Draws the heat maps of advice in this pack. Run from anywhere: python3 cases/primary-care/make_heat_maps.py

A heat map is a layer over the picture of a finding: warm where the adviser is said to have looked, clear elsewhere. No
network was asked; each is drawn to fit the findings that its card gives, right or wrong, with one hand and one colour.
"""

from pathlib import Path

import numpy as np
from drawing import HEIGHT, WIDTH, Mask, ellipse
from PIL import Image

HERE = Path(__file__).parent
STRONGEST = 0.72  # what is below must still be seen

# x, y, half width, half height on the canvas, and how warm, 0 to 1.
SPOTS = {
    "a-mark-on-the-toe/looked-a.webp": [(690, 205, 100, 60, 1.0), (560, 250, 90, 70, 0.55), (640, 420, 60, 80, 0.3)],
    "a-mark-on-the-toe/looked-b.webp": [(668, 610, 150, 60, 1.0), (840, 520, 45, 90, 0.7), (650, 470, 110, 90, 0.5)],
    "a-mark-on-the-toe/looked-c.webp": [(650, 400, 120, 110, 1.0), (610, 290, 80, 70, 0.6), (720, 520, 60, 50, 0.35)],
    "a-spot-that-keeps-scabbing/looked-a.webp": [(655, 435, 110, 90, 1.0), (560, 520, 90, 70, 0.55)],
    "a-spot-that-keeps-scabbing/looked-b.webp": [(470, 370, 90, 120, 1.0), (800, 520, 90, 90, 0.6)],
}


def warmth(spots: list[tuple[float, float, float, float, float]]) -> Mask:
    """How warm each dot is, 0 to 1: spots that fade from their middle to three times their size."""
    made = np.zeros((HEIGHT, WIDTH))
    for x, y, across, down, warm in spots:
        away = ellipse(x, y, across, down) / min(across, down) + 1
        made = np.maximum(made, warm * np.exp(-(away**2) / 2))
    return made


def save_layer(warm: Mask, file: Path) -> None:
    """From yellow, where it is lukewarm, to red; clear where it is cold. WebP of 640 × 420 dots."""
    layer = np.zeros((HEIGHT, WIDTH, 4))
    layer[..., 0] = 0.95
    layer[..., 1] = 0.80 - 0.68 * warm
    layer[..., 2] = 0.10
    layer[..., 3] = STRONGEST * np.clip((warm - 0.08) / 0.5, 0, 1)
    image = Image.fromarray((np.clip(layer, 0, 1) * 255).astype("uint8"), "RGBA")
    image.resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.LANCZOS).save(file, "WEBP", quality=60, method=6)


if __name__ == "__main__":
    for name, spots in SPOTS.items():
        save_layer(warmth(spots), HERE / name)
