"""What an ordinal analysis reads as one ordered answer a row: confidence, an answer on a scale such as triage, or the
items of a questionnaire."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simlab.stats import scales
from simlab.stats.ordinal import MOST_CATEGORIES
from simlab.stats.planoptions import OrdinalOptions
from simlab.stats.prepare import Sieved, incomplete, sieve

CLOSE = 1e-9  # a value this near a border belongs to the band above it
VALUE = "_value"
FIFTHS = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True)
class Scale:
    """What was answered, in words, the borders of bands (none where values are steps already), and names of steps."""

    words: str
    borders: tuple[float, ...] = ()
    names: tuple[str, ...] = ()

    def steps(self, values: "pd.Series[float]") -> np.ndarray:
        """The step of each answer, from 1 where there are bands."""
        numbers = values.to_numpy(dtype=float)
        return np.digitize(numbers + CLOSE, self.borders) + 1.0 if self.borders else numbers

    def band(self, step: float) -> str:
        """The step in the values' own terms."""
        if self.names:
            return self.names[int(step) - 1]
        if not self.borders:
            return f"{step:g}"
        edges = ("lowest", *(f"{b:g}" for b in self.borders), "highest")
        return f"{edges[int(step) - 1]} to {edges[int(step)]}"


def scaled(encounters: pd.DataFrame, settled: OrdinalOptions) -> tuple[pd.DataFrame, Scale]:
    """Rows with the column VALUE (empty without an answer), and the scale that it is on."""
    if settled.outcome == "questionnaire":
        return _items(encounters, settled), Scale(f"answers to {settled.questionnaire}", settled.borders or ())
    if settled.outcome in ("final", "initial"):
        place = {label.casefold(): step for step, label in enumerate(settled.order, start=1)}
        steps: list[float] = [place.get(str(label).casefold(), np.nan) for label in encounters[settled.outcome]]
        return _with(encounters, np.array(steps, dtype=np.float64)), Scale(
            f"the {settled.outcome} answer", (), settled.order
        )
    values = encounters[settled.outcome].astype("Float64").astype("float64")
    few = values.dropna().nunique() <= MOST_CATEGORIES
    borders = settled.borders if settled.borders is not None else () if few else FIFTHS
    return _with(encounters, values.to_numpy(dtype=np.float64)), Scale(settled.outcome.replace("_", " "), borders)


def _with(rows: pd.DataFrame, values: Any) -> pd.DataFrame:
    made = rows.copy()
    made[VALUE] = values
    return made


def _items(encounters: pd.DataFrame, settled: OrdinalOptions) -> pd.DataFrame:
    """One row for each person, phase and item of the questionnaire; the item stands in the place of the case."""
    filled = encounters[encounters["questionnaire"].notna()]
    made = []
    for person, arm, phase, text in zip(
        filled["participant"], filled["arm"], filled["phase"], filled["questionnaire"], strict=True
    ):
        for place, value in enumerate(scales.read(text).get(settled.questionnaire or "", []), start=1):
            if value is not None and place in settled.reversed:
                value = (settled.highest or 0) + 1 - value
            made.append((person, arm, phase, f"item {place}", value))
    rows = pd.DataFrame(made, columns=["participant", "arm", "phase", "case", VALUE]).astype({VALUE: "float64"})
    rows = rows.drop_duplicates(["participant", "phase", "case"])
    rows["status"] = "complete"
    rows["advice_shown"] = pd.array([False] * len(rows), dtype="boolean")
    rows["advice_correct"] = pd.array([None] * len(rows), dtype="boolean")
    return rows.reset_index(drop=True)


def answered(rows: pd.DataFrame, scale: Scale) -> Sieved:
    """Complete rows that have an answer."""
    return sieve(rows, [*incomplete(rows), (f"no value of {scale.words}", rows[VALUE].isna())])
