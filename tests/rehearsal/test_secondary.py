"""What a protocol may ask for, and what the statistics can do, are the same."""

from pathlib import Path

import pytest

from simlab.engine.errors import InvalidFile
from simlab.engine.protocol import parse_protocol
from simlab.engine.secondary import SECONDARY
from simlab.stats.planfile import ANALYSES, parse
from simlab.stats.plans import ANALYSERS


def test_every_secondary_analysis_can_be_done() -> None:
    assert set(SECONDARY) <= set(ANALYSES)
    assert set(ANALYSES) == set(ANALYSERS)


DEMO = (Path(__file__).parents[2] / "protocols" / "demo" / "study.yaml").read_text(encoding="utf-8")
ASKED = """  secondary: [survival, missing-data]
  options:
    survival: {limit-seconds: 240}
    missing-data: {deltas: %s}"""


def _asking(deltas: str) -> str:
    line = next(line for line in DEMO.splitlines() if line.startswith("  secondary:"))
    return DEMO.replace(line, ASKED % deltas)


def test_options_of_a_protocol_reach_the_plan() -> None:
    plan = parse(parse_protocol(_asking("[1, 2]")).plan())
    assert {"survival", "missing-data"} <= set(plan.analyses)
    assert plan.options.survival.limit_seconds == 240
    assert plan.options.missing_data.deltas == (1.0, 2.0)


def test_options_at_their_defaults_leave_the_plan_as_it_was() -> None:
    assert "options" not in parse_protocol(DEMO).plan()


def test_options_that_make_no_sense_are_refused_at_their_place() -> None:
    with pytest.raises(InvalidFile, match="do not rise"):
        parse_protocol(_asking("[2, 1]"))
