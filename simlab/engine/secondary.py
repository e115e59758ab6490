"""What a protocol may ask for under `analysis.secondary`: each name is an analysis of `python -m simlab.stats run`."""

SECONDARY = (
    "accuracy",
    "reliance",
    "time",
    "complementarity",
    "calibration",
    "differential",
)
