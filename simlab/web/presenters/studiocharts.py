"""Small pictures drawn by the server: SVG with a title, labels beside the marks, and colours of Okabe and Ito."""

import datetime
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

WIDTH, ROW, LABEL = 520, 34, 150
TEAL, INK, QUIET, LINE = "#0b5a60", "#212b32", "#4c6272", "#d8dde0"
STATES = {"finished": "Done", "open": "Open now", "waiting": "Not open yet", "missed": "Missed"}
COLOURS = {"finished": "#0072b2", "open": "#009e73", "waiting": "#d8dde0", "missed": "#d55e00"}


def _svg(height: int, title: str, body: str) -> Markup:
    head = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}" font-family="inherit">'
    return Markup(f"{head}{body}</svg>")  # noqa: S704  every text in it went through `escape`


def _text(x: float, y: float, words: object, *, anchor: str = "start", fill: str = INK, size: int = 15) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {place} fill="{fill}">{escape(words)}</text>'


def bars(rows: Sequence[tuple[str, int]], title: str) -> Markup:
    """One bar a row with its number at its end."""
    most = max([n for _, n in rows] + [1])
    body = ""
    for place, (label, n) in enumerate(rows):
        y, length = place * ROW, (WIDTH - LABEL - 60) * n / most
        body += _text(LABEL - 10, y + 22, label, anchor="end")
        body += f'<rect x="{LABEL}" y="{y + 7}" width="{max(length, 1):.1f}" height="{ROW - 12}" fill="{TEAL}"/>'
        body += _text(LABEL + length + 8, y + 22, n)
    said = ", ".join(f"{label} {n}" for label, n in rows)
    return _svg(len(rows) * ROW + 4, f"{title}: {said}", body)


def stacked(rows: Sequence[tuple[str, Mapping[str, int]]]) -> Markup:
    """One bar a part of the study, shared out over the states of the people enrolled."""
    most = max([sum(counts.values()) for _, counts in rows] + [1])
    body, said = "", []
    for place, (label, counts) in enumerate(rows):
        y, x = place * ROW, float(LABEL)
        body += _text(LABEL - 10, y + 22, label, anchor="end")
        for state, words in STATES.items():
            n = counts.get(state, 0)
            length = (WIDTH - LABEL - 4) * n / most
            body += f'<rect x="{x:.1f}" y="{y + 7}" width="{length:.1f}" height="{ROW - 12}" fill="{COLOURS[state]}"/>'
            if length > 24:
                dark = state in ("finished", "open", "missed")
                body += _text(x + length / 2, y + 22, n, anchor="middle", fill="#fff" if dark else INK, size=14)
            x += length
            said.append(f"{label} {words.lower()} {n}")
    height, x = len(rows) * ROW + 8, 4.0
    for state, words in STATES.items():
        body += f'<rect x="{x:.1f}" y="{height + 4}" width="14" height="14" fill="{COLOURS[state]}"/>'
        body += _text(x + 20, height + 16, words, size=14)
        x += 40 + 9.5 * len(words)
    return _svg(height + 26, f"Parts of the study: {', '.join(said)}", body)


def accrual(points: Sequence[tuple[datetime.date, int]], planned: int | None) -> Markup:
    """Enrolled people in all, day by day, as steps; a line where the plan ends."""
    height, left, bottom = 220, 44, 190
    most = max([n for _, n in points] + [planned or 0, 1])
    body = f'<line x1="{left}" y1="{bottom}" x2="{WIDTH - 6}" y2="{bottom}" stroke="{LINE}"/>'
    body += _text(left - 6, bottom + 4, 0, anchor="end", size=13, fill=QUIET)
    body += _text(left - 6, 22, most, anchor="end", size=13, fill=QUIET)

    def y(n: float) -> float:
        return bottom - (bottom - 18) * n / most

    if planned:
        end = f'x2="{WIDTH - 6}" y2="{y(planned):.1f}" stroke="{QUIET}" stroke-dasharray="5 5"'
        body += f'<line x1="{left}" y1="{y(planned):.1f}" {end}/>'
        body += _text(WIDTH - 8, y(planned) + 16, f"planned {planned}", anchor="end", size=13, fill=QUIET)
    if not points:
        body += _text(WIDTH / 2, 110, "Nobody has enrolled yet", anchor="middle", fill=QUIET)
        return _svg(height, "Nobody has enrolled yet", body)
    first, last = points[0][0], points[-1][0]
    days = max((last - first).days, 1)
    steps = f"M{left},{bottom}"
    for day, n in points:
        x = left + (WIDTH - left - 60) * (day - first).days / days
        steps += f"H{x:.1f}V{y(n):.1f}"
    body += f'<path d="{steps}" fill="none" stroke="{TEAL}" stroke-width="3"/>'
    x = left + (WIDTH - left - 60) * (last - first).days / days
    body += _text(x + 6, y(points[-1][1]) + 5, points[-1][1])
    body += _text(left, height - 8, f"{first:%d %b %Y}", size=13, fill=QUIET)
    body += _text(WIDTH - 8, height - 8, f"{last:%d %b %Y}", anchor="end", size=13, fill=QUIET)
    return _svg(height, f"Enrolled in all: {points[-1][1]} by {last:%d %B %Y}", body)
