"""What a protocol may ask for, and what the statistics can do, are the same."""

from simlab.engine.secondary import SECONDARY
from simlab.stats.planfile import ANALYSES
from simlab.stats.plans import ANALYSERS


def test_every_secondary_analysis_can_be_done() -> None:
    assert set(SECONDARY) <= set(ANALYSES)
    assert set(ANALYSES) == set(ANALYSERS)
