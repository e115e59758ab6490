"""The data sets of tests/reference/mixed.R and what R said of them."""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).parents[1] / "reference"
SETS = ["balanced", "unbalanced", "zero_variance", "near_separation", "missing_by_design"]
NAMES = ["(intercept)", "later", "treated"]


@cache
def expected():
    return json.loads((REFERENCE / "expected" / "mixed.json").read_text())


@cache
def columns(name):
    with (REFERENCE / "data" / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {
        key: np.array([row[key] for row in rows], dtype=str if key in ("clinician", "case") else float)
        for key in rows[0]
    }
