"""A sitting told again from what its browser sent: one frame for each thing that happened, in the order of time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

EXPOSED = {
    "requested": "Advice was asked for",
    "revealed": "Advice was revealed",
    "reflected": "Reflected before the advice",
    "rendered": "Advice was drawn",
    "opened": "Details of the advice were opened",
    "followed-link": "A link of the advice was followed",
    "accepted": "Advice was accepted",
    "edited": "Advice was edited",
    "overridden": "Advice was overridden",
    "ignored": "Advice was passed over",
    "dismissed": "Advice was closed",
    "reason": "A reason was given",
}


@dataclass(frozen=True)
class Told:
    """One message on record. `case` is the place of its case in the sitting, 0 for none; `place` the order of sending.

    `kind` and `body` as sent; `words` is an answer as it reads. Milliseconds as in `timing.Mark`.
    """

    kind: str
    t_mono_ms: float
    t_origin_ms: float
    place: int
    case: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True)
class Frame:
    """What happened, and how the page stood after it. `at_ms` counts from the first frame."""

    at_ms: float
    words: str
    case: int = 0
    answer: str = ""
    opened: tuple[str, ...] = ()
    advice_in_view: bool = False
    attended: bool = True


def frames(told: Sequence[Told]) -> list[Frame]:
    """The frames of a sitting; empty without messages. Messages may come in any order.

    Page loads follow each other as they were first heard of. Where a wall clock was set back between two of them, the
    later load begins where the earlier one ended: time in a replay never runs backwards. A stretch in which advice
    stood in view is sent at its end and told at both of its ends.
    """
    found: list[Frame] = []
    now = Frame(0.0, "")
    moments = _moments(told)
    start = moments[0][0] if moments else 0.0
    for at, one, word in moments:
        now = replace(_fresh(now, one), at_ms=at - start)
        now = _after(now, one, word)
        found.append(now)
    return found


def _moments(told: Sequence[Told]) -> list[tuple[float, Told, str]]:
    """(milliseconds, message, which end of a stretch) in the order of time; never backwards."""
    first: dict[float, int] = {}
    for one in told:
        first[one.t_origin_ms] = min(one.place, first.get(one.t_origin_ms, one.place))
    marks = [(first[one.t_origin_ms], at, one.place, one, end) for one in told for at, end in _ends(one)]
    marks.sort(key=lambda mark: mark[:3])
    moments: list[tuple[float, Told, str]] = []
    shift, load, last = 0.0, -1, 0.0
    for of_load, at, _, one, end in marks:
        if of_load != load:
            shift = max(0.0, last - (one.t_origin_ms + at)) if moments else 0.0
            load = of_load
        last = one.t_origin_ms + at + shift
        moments.append((last, one, end))
    return moments


def _ends(one: Told) -> Iterator[tuple[float, str]]:
    if one.kind == "exposure" and one.body.get("kind") == "seen":
        yield one.t_mono_ms - float(one.body.get("dwell_ms") or 0.0), "begin"
        yield one.t_mono_ms, "end"
    else:
        yield one.t_mono_ms, ""


def _fresh(now: Frame, one: Told) -> Frame:
    """The page as the message finds it: another case begins with nothing open and no answer."""
    if one.case in (0, now.case):
        return now
    return Frame(now.at_ms, "", case=one.case, attended=now.attended)


def _after(now: Frame, one: Told, end: str) -> Frame:
    if one.kind == "answer":
        which = "Last answer" if one.body.get("stage") == "final" else "First answer"
        return replace(now, words=f"{which}: {one.words}", answer=one.words)
    if end:
        words = "Advice came into view" if end == "begin" else "Advice went out of view"
        return replace(now, words=words, advice_in_view=end == "begin")
    if one.kind == "exposure":
        kind = str(one.body.get("kind", ""))
        return replace(now, words=EXPOSED.get(kind, f"Advice: {kind}"))
    return _after_event(now, str(one.body.get("name", "")), one.body)


def _after_event(now: Frame, name: str, body: Mapping[str, Any]) -> Frame:
    item = str(body.get("item", ""))
    if name in ("opened-item", "asked"):
        opened = now.opened if item in now.opened else (*now.opened, item)
        return replace(now, words=f"{'Opened' if name == 'opened-item' else 'Asked for'}: {item}", opened=opened)
    if name == "visibility":
        hidden = body.get("state") == "hidden"
        return replace(now, words="Page hidden" if hidden else "Page visible again", attended=not hidden)
    if name in ("blur", "focus"):
        words = "Another window had the focus" if name == "blur" else "The page had the focus again"
        return replace(now, words=words, attended=name == "focus")
    plain = {
        "paint": "The page was drawn",
        "activity": "Sign of life",
        "resumed": "Came back to a draft",
        "precision": "The browser measured its clock",
        "scrolled-to-end": f"Read to the end: {item}",
        "image": f"Picture {item}: {body.get('action', '')}",
        "interruption": "Somebody broke in",
        "interruption-answered": "Whoever broke in was answered",
    }
    return replace(now, words=plain.get(name, name))
