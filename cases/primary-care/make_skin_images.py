"""Draws the skin of this pack. Run from anywhere: python3 cases/primary-care/make_skin_images.py

The pictures are drawings made by code; nobody's skin is in them. They carry the licence of the cases, CC BY 4.0.
"""

from pathlib import Path

import numpy as np
from drawing import COLUMNS, ROWS, Canvas, blur, ellipse, light, noise, paint, raised, save, skin, step, strokes

HERE = Path(__file__).parent


def nail_band(rng: np.random.Generator) -> Canvas:
    """A great toe from above: a band in the nail that is broader at its base, and colour on the skin behind it."""
    canvas = np.ones((*ROWS.shape, 3)) * np.array([0.80, 0.86, 0.90])
    canvas = light(canvas, 0.05 - 0.12 * ROWS / ROWS.max())
    toe = np.minimum(ellipse(640, 430, 330, 345), np.maximum(np.abs(COLUMNS - 640) - 318, 430 - ROWS))
    canvas = paint(canvas, "#8fa3ad", 0.5 * blur(step(toe - 10), 26))
    flesh = light(skin("#8a5a3c", rng, 1.3), -0.35 * (np.abs(COLUMNS - 640) / 330) ** 3)
    canvas = paint(canvas, flesh, step(toe, 3))
    power = (np.abs((COLUMNS - 640) / 205) ** 3.2 + np.abs((ROWS - 372) / 228) ** 3.2) ** (1 / 3.2)
    nail = (power - 1) * 205
    canvas = light(canvas, -0.34 * blur(step(np.abs(nail) - 10, 6), 9))
    plate = np.ones_like(canvas) * np.array([0.86, 0.71, 0.62])
    plate = light(plate, 0.10 * np.exp(-(((COLUMNS - 560) / 70) ** 2)) - 0.18 * ((COLUMNS - 640) / 205) ** 2)
    plate = light(plate, 0.018 * noise(rng, 7) + 0.02 * np.cos(COLUMNS / 9))
    plate = paint(plate, "#efe2cf", step(ROWS - 192 + 5 * noise(rng, 60), 10))
    along = np.clip((ROWS - 144) / 456, 0, 1)
    middle, half = 655 + 6 * noise(rng, 90), 62 + 68 * along
    streak = np.zeros_like(ROWS)
    for gap, weight in ((17, 0.35), (29, 0.45), (43, 0.4)):
        streak += weight * np.cos(2 * np.pi * (COLUMNS - middle) / gap / (0.55 + 0.45 * along) + 3 * noise(rng, 200))
    band = step(np.abs(COLUMNS - middle) - half + 6 * noise(rng, 40), 22)
    plate = paint(plate, "#2a1711", band * np.clip(0.74 + 0.22 * streak, 0.30, 0.97))
    canvas = paint(canvas, plate, step(nail, 3))
    fold = blur(step(ellipse(668, 628, 150, 44) + 14 * noise(rng, 26), 14), 7) * step(-nail, 6)
    side = blur(step(ellipse(846, 520, 26, 92) + 8 * noise(rng, 20), 10), 5) * step(-nail, 6)
    canvas = paint(canvas, "#22120d", 0.82 * np.maximum(fold, side))
    split = step(np.abs(COLUMNS - 690 - 6 * np.sin(ROWS / 17)) - 3.2 * np.clip((270 - ROWS) / 120, 0, 1), 2)
    return paint(canvas, "#3b2a22", split * step(nail, 3) * step(ROWS - 262, 4))


def arcs(rng: np.random.Generator) -> Canvas:
    """A large brownish patch with arcs within it and small bumps, little scale, no clear edge."""
    canvas = skin("#b98560", rng)
    edge = ellipse(630, 420, 430, 285, -12) + 24 * noise(rng, 90) + 9 * noise(rng, 30)
    inside = blur(step(edge, 70), 14)
    canvas = paint(canvas, "#8e4a3a", 0.42 * inside * (0.8 + 0.25 * noise(rng, 70)))
    border = np.exp(-((edge / 17) ** 2)) * np.clip(0.45 + 0.55 * noise(rng, 170), 0, 1)
    for x, y, size, thick in ((520, 380, 190, 15), (760, 470, 160, 14), (560, 520, 120, 12), (780, 320, 110, 11)):
        ring = ellipse(x, y, size, size * 0.8, -10) + 12 * noise(rng, 60)
        border = np.maximum(
            border, np.exp(-((ring / thick) ** 2)) * np.clip(0.5 + 0.5 * noise(rng, 120), 0, 1) * inside
        )
    canvas = paint(canvas, "#84352e", 0.66 * blur(border, 3))
    canvas = light(canvas, raised(blur(border, 6) * 14, 0.12))
    bumps = np.zeros_like(ROWS)
    for _ in range(150):
        x, y, size = rng.uniform(190, 1080), rng.uniform(120, 720), rng.uniform(5, 10)
        if edge[int(y), int(x)] < -6:
            bumps = np.maximum(bumps, step(ellipse(x, y, size, size), 3))
    canvas = paint(canvas, "#7c2c27", 0.62 * bumps)
    canvas = light(canvas, raised(blur(bumps, 3) * 9, 0.16))
    heads = blur(bumps, 2) * (noise(rng, 40) > 0.9)
    canvas = paint(canvas, "#e8d3a2", 0.7 * np.clip(heads * 2 - 1.1, 0, 1))
    for shift in (0, 92):
        line = COLUMNS - (846 + shift) + 0.35 * (ROWS - 420) + 12 * np.sin(ROWS / 60)
        canvas = paint(
            canvas, "#6d3555", 0.42 * np.exp(-((line / 9) ** 2)) * step(np.abs(ROWS - 470) - 130, 60) * inside
        )
    return canvas


def nodule(rng: np.random.Generator) -> Canvas:
    """A small pearly nodule with a rolled edge, fine branching vessels and a crust in the middle."""
    canvas = skin("#dcaa8e", rng, 0.8)
    for _ in range(330):
        x, y, size = rng.uniform(0, 1280), rng.uniform(0, 840), rng.uniform(1.5, 3.4)
        canvas = paint(canvas, "#b27f66", 0.5 * step(ellipse(x, y, size, size), 2)) if rng.random() < 0.3 else canvas
    wobble = 10 * noise(rng, 70)
    edge = ellipse(640, 420, 250, 225, 20) + wobble
    dome = np.clip(-edge / 90, 0, 1)
    height = np.sin(np.clip(dome, 0, 1) * np.pi * 0.85)
    canvas = paint(canvas, "#e7b7a8", 0.75 * step(edge, 16))
    canvas = light(canvas, raised(blur(height, 12) * 60, 0.17))
    canvas = paint(canvas, "#fff1ea", 0.55 * blur(step(ellipse(520, 290, 92, 20, -38), 8), 9))
    canvas = paint(canvas, "#fff6f0", 0.45 * blur(step(ellipse(474, 380, 24, 60, 12), 8), 8))
    starts = [
        (640 + 236 * np.cos(a), 420 + 212 * np.sin(a), a + np.pi + rng.normal(0, 0.35))
        for a in rng.uniform(0, 6.28, 15)
    ]
    canvas = paint(canvas, "#b8343a", 0.72 * strokes(rng, starts, 84, 2.3) * step(edge, 8))
    crust = ellipse(655, 435, 96, 78, -15) + 16 * noise(rng, 34)
    canvas = light(canvas, -0.25 * blur(step(crust - 10, 12), 8))
    scab = np.clip(0.55 + 0.3 * noise(rng, 12), 0, 1)[..., None]
    canvas = paint(
        canvas, scab * np.array([0.45, 0.20, 0.14]) + (1 - scab) * np.array([0.72, 0.47, 0.25]), step(crust, 6)
    )
    return light(canvas, raised(blur(step(crust, 30), 4) * (6 + 4 * noise(rng, 14)), 0.10))


def tense_blisters(rng: np.random.Generator) -> Canvas:
    """Round, tense blisters, one tinged with blood and one open, on red and on ordinary skin."""
    canvas = skin("#e4bda6", rng, 0.7)
    patches = step(ellipse(470, 430, 350, 240, 15) + 40 * noise(rng, 80), 60)
    patches = np.maximum(patches, step(ellipse(980, 260, 190, 130) + 30 * noise(rng, 70), 60))
    canvas = paint(canvas, "#c3554a", 0.46 * blur(patches, 14) * (0.85 + 0.2 * noise(rng, 60)))
    placed = [
        (360, 330, 118, "#f1d9b0"),
        (600, 500, 150, "#f3dcae"),
        (900, 590, 96, "#f2e0c0"),
        (1010, 250, 84, "#a5483e"),
    ]
    placed += [(250, 600, 64, "#f1d9b0"), (745, 250, 58, "#f2dcb4"), (1130, 480, 46, "#f0ddbd")]
    for x, y, size, tone in placed:
        edge = ellipse(x, y, size, size * rng.uniform(0.84, 0.96), rng.uniform(-40, 40)) + 3 * noise(rng, 60)
        dome = np.sqrt(np.clip(1 - (np.clip(edge / size + 1, 0, 1)) ** 2, 0, 1))
        canvas = light(
            canvas,
            -0.38 * blur(step(ellipse(x + size * 0.12, y + size * 0.15, size, size * 0.9), 8), 14) * step(-edge, 4),
        )
        canvas = paint(canvas, tone, 0.62 * step(edge, 4))
        canvas = light(canvas, step(edge, 4) * raised(blur(dome, 3) * size, 0.20))
        canvas = paint(canvas, "#8f5145", 0.5 * np.exp(-((edge / 5) ** 2)))
        canvas = paint(
            canvas,
            "#ffffff",
            0.85 * blur(step(ellipse(x - size * 0.36, y - size * 0.40, size * 0.20, size * 0.10, -40), 4), 4),
        )
    raw = ellipse(330, 720, 120, 62, -8) + 8 * noise(rng, 40)
    canvas = paint(canvas, "#b8332f", 0.8 * step(raw, 6))
    canvas = light(canvas, 0.10 * noise(rng, 18) * step(raw, 6))
    return paint(canvas, "#f0dcc6", 0.8 * np.exp(-(((raw - 2) / 7) ** 2)) * (noise(rng, 70) > -0.3))


def wavy_lines(rng: np.random.Generator) -> Canvas:
    """The crease of a wrist under a magnifier: three fine winding lines, each with a dark dot, and a few bumps."""
    canvas = skin("#85583b", rng, 1.5)
    for y in (300, 560):
        crease = ROWS - y - 22 * np.sin(COLUMNS / 260) - 5 * noise(rng, 120)
        canvas = light(canvas, -0.30 * np.exp(-((crease / 6) ** 2)) + 0.10 * np.exp(-(((crease + 13) / 8) ** 2)))
    for x, y, heading in ((300, 250, 0.5), (650, 470, -0.35), (860, 240, 0.9)):
        way = np.cumsum(np.full(64, 3.0))
        xs = x + way * np.cos(heading) - 14 * np.sin(way / 21) * np.sin(heading)
        ys = y + way * np.sin(heading) + 14 * np.sin(way / 21) * np.cos(heading)
        near = np.min([np.hypot(COLUMNS - a, ROWS - b) for a, b in zip(xs[::2], ys[::2], strict=True)], axis=0)
        canvas = paint(canvas, "#8d4638", 0.35 * np.exp(-((near / 26) ** 2)))
        canvas = light(canvas, raised(np.exp(-((near / 8) ** 2)) * 9, 0.10))
        canvas = paint(canvas, "#cda183", 0.75 * step(near - 5.5, 4) * (0.8 + 0.2 * noise(rng, 9)))
        canvas = paint(canvas, "#2c1710", step(ellipse(xs[-1] + 4, ys[-1] + 4, 8, 7), 3))
    for x, y, size in ((230, 640, 20), (500, 690, 15), (1000, 660, 22), (1080, 420, 16), (560, 150, 17)):
        edge = ellipse(x, y, size, size)
        canvas = paint(canvas, "#913f35", 0.6 * blur(step(edge, 8), 5))
        canvas = light(canvas, raised(blur(step(edge, 10), 6) * 16, 0.14))
        canvas = paint(canvas, "#4d1d18", 0.7 * step(ellipse(x + 2, y + 1, size * 0.35, size * 0.3), 4))
    for x, y, turn in ((860, 610, 20), (905, 590, 24), (950, 600, 18)):
        canvas = paint(canvas, "#7b2f28", 0.7 * step(ellipse(x, y, 3.5, 72, turn) + 2 * noise(rng, 9), 3))
    rim = np.hypot((COLUMNS - 640) / 1.28, ROWS - 420)
    return light(canvas, -0.85 * np.clip((rim - 440) / 50, 0, 1))


DRAWN = {
    "a-mark-on-the-toe/toe.webp": nail_band,
    "a-ring-that-spreads/abdomen.webp": arcs,
    "a-ring-that-spreads-twin/abdomen.webp": arcs,
    "a-spot-that-keeps-scabbing/nose.webp": nodule,
    "blisters-at-last/thigh.webp": tense_blisters,
    "nobody-sleeps-for-itching/wrist.webp": wavy_lines,
}

if __name__ == "__main__":
    for name, draw in DRAWN.items():
        save(draw(np.random.default_rng(20261123)), HERE / name)
