"""Tables to analyse: single decisions made by hand, and a small simulated study of known shape."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

Row = dict[str, Any]


def make_decision(participant: str, initial: str | None, advice: str | None, final: str, **more: Any) -> Row:
    """One decision whose reference answer is "R"; the labels say the rest."""
    structure = "unaided" if advice is None else ("concurrent" if initial is None else "two-stage")
    row: Row = {
        "participant": participant,
        "arm": "advised",
        "phase": "exposure",
        "phase_index": 1,
        "case": "c1",
        "status": "complete",
        "structure": structure,
        "advice_shown": advice is not None,
        "initial": initial,
        "advice": advice,
        "final": final,
        "truth": "R",
    }
    return row | more


def make_study(people: int = 24, cases: int = 6, seed: int = 5, effect: float = 0.8) -> pd.DataFrame:
    """Two arms, four phases with parallel forms; a third of the advice is wrong; made with numpy alone."""
    rng = np.random.default_rng(seed)
    phases = ("baseline", "exposure", "withdrawal", "retention")
    hardness = rng.normal(0, 0.8, size=(4, cases))
    rows: list[Row] = []
    for person in range(people):
        arm = ("unaided", "advised")[person % 2]
        skill = rng.normal(0.4, 0.6)
        for index, phase in enumerate(phases):
            form = (index + person // 2) % 4
            rows += [
                _encounter(rng, person, arm, phase, index, form, position, skill, hardness, effect)
                for position in range(cases)
            ]
    return pd.DataFrame(rows)


def _encounter(
    rng: np.random.Generator,
    person: int,
    arm: str,
    phase: str,
    index: int,
    form: int,
    position: int,
    skill: float,
    hardness: Any,
    effect: float,
) -> Row:
    aided = arm == "advised" and phase == "exposure"
    lost = 0.3 if arm == "advised" and index > 1 else 0.0
    knows = rng.random() < 1 / (1 + np.exp(-(skill - lost - hardness[form, position])))
    own = "R" if knows else rng.choice(["W", "X"])
    advice = ("W" if (position + person) % 3 == 0 else "R") if aided else None
    follows = aided and own != advice and rng.random() < effect / 2
    final = advice if follows else own
    seconds = float(np.exp(rng.normal(4.0 + (0.2 if aided else 0), 0.4)))
    return make_decision(
        f"p{person:02d}",
        own if aided else None,
        advice,
        str(final),
        arm=arm,
        phase=phase,
        phase_index=index,
        sitting=1,
        position=position + 1,
        form="ABCD"[form],
        case=f"{'ABCD'[form]}{position}",
        specialty="general",
        initial_confidence=float(rng.uniform(0.4, 0.9)) if aided else None,
        final_confidence=0.55 + 0.3 * float(knows) * float(rng.random()),
        time_total_s=seconds + 5,
        time_active_s=seconds,
        day=float(index * 7),
        virtual=True,
    )


@pytest.fixture
def decision() -> Callable[..., Row]:
    return make_decision


@pytest.fixture
def study() -> Callable[..., pd.DataFrame]:
    return make_study


@pytest.fixture
def plan() -> dict[str, Any]:
    return {
        "simlab": "plan/1",
        "title": "A small study",
        "protocol_sha256": "0" * 64,
        "arms": ["unaided", "advised"],
        "control": "unaided",
        "phases": ["baseline", "exposure", "withdrawal", "retention"],
        "advised": {"exposure": ["advised"]},
        "analyses": ["flow", "accuracy", "reliance", "time", "deskilling"],
        "primary": {
            "name": "deskilling",
            "phase": "withdrawal",
            "adjusted_for": "baseline",
            "between": ["unaided", "advised"],
            "claim": "noninferiority",
            "margin": 0.10,
            "reason": "Half the difference between grades",
        },
        "alpha": 0.05,
        "seed": 20261123,
        "bootstrap": 200,
    }
