"""What an educator's CSV of a panel says: script concordance scored five ways, and pass marks."""

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from simlab.engine.errors import Refused
from simlab.stats import classical, resample, sct, standards
from simlab.stats.intervals import Array, CannotFit
from simlab.web.words import sentence

MOST_BYTES = 2_000_000
DRAWS = 1000
SCORING_WORDS = {
    "aggregate": "Aggregate", "mode": "Distance to the mode", "mean": "Distance to the mean",
    "penalty": "Aggregate with distance penalty", "best": "Single best answer",
}  # fmt: skip


def _table(files: Mapping[str, Any], name: str, words: str) -> pd.DataFrame:
    file = files.get(name)
    if file is None:
        raise Refused("no-file", f"Choose {words}, as a CSV file.")
    if file.size > MOST_BYTES:
        raise Refused("file-too-large", f"{sentence(words)} is larger than 2 MB; leave out what is not asked for.")
    try:
        return pd.read_csv(io.BytesIO(file.read()))
    except ValueError as fault:
        raise Refused("no-table", f"{sentence(words)} cannot be read as CSV: save it as UTF-8.") from fault


def _numbers(table: pd.DataFrame, words: str) -> Array:
    made = table.apply(pd.to_numeric, errors="coerce")
    wrong = made.isna() & table.notna()
    if wrong.to_numpy().any():
        row, column = np.argwhere(wrong.to_numpy())[0]
        raise Refused("no-number", f"{words}, line {row + 2}, column “{table.columns[column]}” is no number.")
    return made.to_numpy(dtype=np.float64)


def _told(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except (CannotFit, ValueError) as fault:
        raise Refused("cannot-score", f"{sentence(str(fault)).rstrip('.')}.") from fault


def concordance(_: Mapping[str, str], files: Mapping[str, Any]) -> dict[str, Any]:
    """One line an item; columns starting with E are experts, with S students; −2 to 2."""
    table = _table(files, "ratings", "the file of ratings")
    sides = {kind: table[[c for c in table.columns if str(c).upper().startswith(kind)]] for kind in "ES"}
    if sides["E"].shape[1] < 3 or sides["S"].shape[1] < 2 or len(table) < 2:
        raise Refused("small-panel", "Give at least two items, three experts (columns E…) and two students (S…).")
    panel, students = (_numbers(sides[kind], "The file") for kind in "ES")
    return _told(lambda: _scored(students, panel))


def _scored(students: Array, panel: Array) -> dict[str, Any]:
    rows = []
    for scoring in sct.SCORINGS:
        items = sct.score(students, panel, scoring)
        means, own = sct.person_means(items), sct.scale(panel, scoring)
        rng = resample.generator(1, f"alpha/{scoring}")
        alpha = classical.alpha(items.T, rng=rng, draws=DRAWS)
        rows.append({
            "name": SCORING_WORDS[scoring], "mean": float(np.nanmean(means)), "sd": float(np.nanstd(means, ddof=1)),
            "panel": own.mean, "panel_sd": own.sd, "alpha": alpha.value, "low": alpha.low, "high": alpha.high,
        })  # fmt: skip
    held = np.isfinite(students).all() and np.isfinite(panel).all()
    kappa = sct.group_kappa(students, panel) if held else None
    flattered = float(sct.person_means(sct.score(panel, panel)).mean())
    return {"rows": rows, "n_items": len(panel), "experts": panel.shape[1], "students": students.shape[1],
            "kappa": kappa, "flattered": flattered}  # fmt: skip


def standard(form: Mapping[str, str], files: Mapping[str, Any]) -> dict[str, Any]:
    """Angoff from one or two files (a line a judge, a column an item), or borderline regression from one."""
    if form.get("method") == "borderline":
        return _told(lambda: _borderline(form, files))
    first = _numbers(_table(files, "first", "the judgements of the first round"), "The first round")
    if not files.get("second"):
        return {"rounds": [_told(lambda: standards.angoff(first))], "moved": None}
    second = _numbers(_table(files, "second", "the judgements of the second round"), "The second round")
    if first.shape != second.shape:
        raise Refused("rounds-differ", "The two rounds must have the same judges and the same items.")
    one, two, moved = _told(lambda: standards.angoff_rounds(first, second))
    return {"rounds": [one, two], "moved": moved}


def _borderline(form: Mapping[str, str], files: Mapping[str, Any]) -> dict[str, Any]:
    table = _table(files, "scores", "the file of scores and grades")
    if not {"score", "grade"} <= set(table.columns):
        raise Refused("no-columns", "The file needs the columns “score” and “grade”.")
    grade = pd.to_numeric(form.get("grade") or "", errors="coerce")
    if not np.isfinite(grade):
        raise Refused("no-grade", "Give the number of the borderline grade.")
    numbers = _numbers(table[["score", "grade"]], "The file")
    return {"borderline": standards.borderline_regression(numbers[:, 0], numbers[:, 1], float(grade))}
