"""Which figure stands in which section, for page and paper alike; a new figure finds its place by its name."""

from collections.abc import Iterable, Mapping

from simlab.analyses.models import Figure

# The sections of figures that do not bear the name of one; the first of a section stands on top of it.
PLACES = {
    "flow": "flow", "unaided": "deskilling", "accuracy": "accuracy", "cases": "accuracy", "reliance": "reliance",
    "reliance-over-time": "reliance", "calibration": "calibration", "time": "time",
}  # fmt: skip
ELSEWHERE = {"calibration": "accuracy", "unaided": "accuracy"}
OTHERS = "further-figures"


def section_of_figure(name: str, sections: Iterable[str]) -> str:
    """Its own place, else the section whose name the figure's begins with, else the last section of all."""
    known = list(sections)
    for place in (PLACES.get(name), ELSEWHERE.get(name)):
        if place in known:
            return str(place)
    alike = [section for section in known if name == section or name.startswith(f"{section}-")]
    return max(alike, key=len) if alike else OTHERS


def placed(sections: Iterable[str], figures: Mapping[str, Figure]) -> dict[str, list[Figure]]:
    """Section → its figures; the order is that of PLACES, then that of the result."""
    known = list(sections)
    order = {name: place for place, name in enumerate(PLACES)}
    made: dict[str, list[Figure]] = {}
    for name in sorted(figures, key=lambda name: order.get(name, len(order))):
        made.setdefault(section_of_figure(name, known), []).append(figures[name])
    return made
