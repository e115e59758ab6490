"""Multi-reader multi-case studies: AUC, sensitivity and specificity of readers who rate the same cases.

`readings` makes arrays of long columns; `area` and `share_right` give performances with covariances for factorial
designs, `analysis_of_variance` compares conditions (Obuchowski and Rockette, Hillis); `u_statistics` does so for any
design; `power` and `sizes` plan the next study.
"""

from simlab.stats.readers_auc import Outcome, Performance, area, aucs, share_right
from simlab.stats.readers_or import CASES, SCOPES, Analysed, Components, Scope
from simlab.stats.readers_or import analyse as analysis_of_variance
from simlab.stats.readers_size import Size, power, sizes
from simlab.stats.readers_table import Readings, readings
from simlab.stats.readers_u import Estimated
from simlab.stats.readers_u import analyse as u_statistics

__all__ = [
    "CASES",
    "SCOPES",
    "Analysed",
    "Components",
    "Estimated",
    "Outcome",
    "Performance",
    "Readings",
    "Scope",
    "Size",
    "analysis_of_variance",
    "area",
    "aucs",
    "power",
    "readings",
    "share_right",
    "sizes",
    "u_statistics",
]
