"""A trainee's numbers in words: shares with intervals, small numbers as counts, never a rank."""

from typing import Any

from simlab.teaching.review import Share, TraineeRow
from simlab.web.words import count, percent, sentence


def row_of(row: TraineeRow) -> dict[str, Any]:
    return {
        "trainee": row.trainee,
        "begun": row.done > 0,
        "progress": f"{row.done} of {row.planned} cases" if row.done else "not begun",
        "unaided": share_of(row.unaided, "case"),
        "aided": share_of(row.aided, "case"),
        "took_right": share_of(row.took_right, "chance"),
        "kept_right": share_of(row.kept_right, "chance"),
        "reliance": reliance_words(row),
    }


def share_of(share: Share, noun: str) -> dict[str, Any]:
    """Numbers for drawing and words for reading. Too few for a percentage: a count in words."""
    if not share.denominator:
        return {"words": f"no {noun} yet", "n": 0, "drawn": None}
    told = f"{count(share.numerator)} of {count(share.denominator)}"
    low, high = share.interval or (0.0, 1.0)
    drawn = {"x": round(100 * low, 1), "width": round(100 * (high - low), 1), "at": round(100 * (share.value or 0), 1)}
    interval = f"95% interval {percent(low)} to {percent(high)}"
    if not share.enough:
        return {"words": told, "interval": f"{interval}: too few to say more", "n": share.denominator, "drawn": drawn}
    return {"words": f"{percent(share.value)} ({told})", "interval": interval, "n": share.denominator, "drawn": drawn}


def reliance_words(row: TraineeRow) -> str:
    """What the two shares mean for this trainee, without a verdict that the numbers cannot carry."""
    said = []
    if row.took_right.denominator:
        said.append(f"Took right advice after a wrong first answer {out_of(row.took_right)}.")
    if row.kept_right.denominator:
        said.append(f"Kept a right first answer against wrong advice {out_of(row.kept_right)}.")
    return (
        " ".join(sentence(line) for line in said)
        or "No case yet in which the advice and the first answer pulled apart."
    )


def out_of(share: Share) -> str:
    return f"{times(share.numerator)} out of {count(share.denominator)}"


def times(n: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(n, f"{count(n)} times")
