"""Draws the pictures of this pack. Run from anywhere: python3 cases/primary-care/make_images.py

The pictures are part of the cases and carry their licence, CC BY 4.0.
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

HERE = Path(__file__).parent
# Days of November with their readings in °C; the alt text in case.yaml names each of them.
MORNING = {19: 38.9, 20: 39.0, 21: 39.2, 22: 39.0, 23: 39.1}
EVENING = {18: 39.1, 19: 39.8, 20: 39.9, 21: 40.1, 22: 40.0}


def temperature_chart(file: Path) -> None:
    readings = sorted([*MORNING.items(), *((day + 0.5, t) for day, t in EVENING.items())])
    figure, axes = pyplot.subplots(figsize=(6.4, 3.4), dpi=150, layout="constrained")
    axes.axhspan(36.0, 37.9, color="#e8edee")
    axes.text(17.8, 36.9, "usual range", color="#4c6272", va="center")
    axes.plot(*zip(*readings, strict=True), color="#005eb8", marker="o", linewidth=2)
    for day, temperature in readings:
        place = (0, 7) if day % 1 else (0, -16)  # evenings above the line, mornings below it
        axes.annotate(f"{temperature:.1f}", (day, temperature), place, textcoords="offset points", ha="center")
    axes.vlines(20.5, 36, 39.7, color="#4c6272", linestyle=":")
    axes.text(20.56, 38.3, "antibiotic begun", color="#4c6272", va="center")
    axes.set(xlim=(17.7, 23.5), ylim=(36, 40.8), ylabel="Temperature, °C", xlabel="November (mornings at the marks)")
    axes.set_xticks(range(18, 24))
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, metadata={"Software": None})
    pyplot.close(figure)


if __name__ == "__main__":
    temperature_chart(HERE / "five-days-of-fever" / "temperature-chart.png")
