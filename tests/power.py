"""A power study that is done, with a result made by hand: what pages show does not wait for simulations."""

from dataclasses import asdict

from simlab.analyses import actions_power
from simlab.analyses.powermodels import PowerStudy
from simlab.rehearsal import bounds, power
from simlab.rehearsal.grid import grid_from
from simlab.rehearsal.presets import preset, suited
from simlab.rehearsal.replicate import Outcome, target_of
from simlab.studies.models import Study
from simlab.studies.reading import protocol_of
from tests.factories import NOW

GRID = {"clinicians": [8, 12], "wrong": [0, 1], "effects": [0.1], "batch": 5, "most": 10, "seed": 3}


class Made:
    """A cell with outcomes that nobody simulated."""

    invented = 0

    def __init__(self, grid, number: int) -> None:
        self.grid, self.cell, self.true_value = grid, grid.cells()[number], 0.1


def outcome(number: int, clinicians: int) -> Outcome:
    value, se = 0.1 + 0.02 * (number % 3 - 1), 0.4 / clinicians**0.5
    return Outcome(value, value - 2 * se, value + 2 * se, se, number % 2 == 0, 6, 2, 1, 0.4, 0.9)


def a_power_study(study: Study) -> PowerStudy:
    """A finished power study of this study."""
    grid, truth, protocol = grid_from(GRID), suited(preset("assumed"), protocol_of(study)), protocol_of(study)
    cells = [
        power.count(Made(grid, number), [outcome(n, cell.clinicians) for n in range(10)])
        for number, cell in enumerate(grid.cells())
    ]
    target = target_of(protocol)
    result = {
        "target": asdict(target),
        "grid": grid.document(),
        "truth": truth.document(),
        "protocol_sha256": protocol.hash,
        "cells": [asdict(cell) for cell in cells],
        "ceilings": [asdict(one) for one in bounds.ceilings(cells, target)],
        "smallest": [asdict(one) for one in bounds.smallest(cells, 0.5)],
        "wrong_advice": [asdict(one) for one in bounds.bought(cells)],
    }
    made = actions_power.request_power(study=study, grid=grid, truth=truth, truth_name=truth.title, by=None, now=NOW)
    PowerStudy.objects.filter(pk=made.pk).update(state="done", result_json=power.dump(result), finished_at=NOW)
    made.refresh_from_db()
    return made
