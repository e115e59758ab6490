"""The analysis plan (format plan/1) that follows from a protocol, as the statistics read it."""

from typing import TYPE_CHECKING, Any

from simlab.engine import scoring, spelling

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol


def analysis_plan(protocol: "Protocol", study_hash: str) -> dict[str, Any]:
    """Plain data. `control` is the first arm that is never advised, else None. `advised` lists phase → advised arms.

    Without a seed in the protocol, the seed of the bootstrap comes from the study hash, so that it is fixed before any
    data exist.
    """
    analysis = protocol.analysis
    seed = analysis.seed if analysis.seed is not None else int(study_hash[:8], 16)
    options = analysis.options.model_dump(mode="json", exclude_defaults=True)
    if targets := analysis.options.readers.targets:
        # Answers stand in the table as labels, without capitals and signs.
        options["readers"]["target"] = [scoring.normalise(target) for target in targets]
    if order := analysis.options.ordinal.order:
        options["ordinal"]["order"] = [scoring.normalise(label) for label in order]
    return {
        "simlab": "plan/1",
        "title": protocol.title,
        "protocol_sha256": study_hash,
        "arms": list(protocol.arms),
        "control": protocol.control,
        "phases": list(protocol.phases),
        "advised": _advised(protocol),
        "advised_by": _advised_by(protocol),
        "analyses": ["flow", *analysis.secondary, *_of_the_primary(protocol)],
        "primary": _primary(protocol),
        "windows": _windows(protocol),
        "cluster": "site" if protocol.population.allocate_by == "site" else None,
        **({"options": options} if options else {}),
        "multiplicity": analysis.multiplicity,
        "alpha": analysis.alpha,
        "seed": seed,
        "bootstrap": analysis.bootstrap,
    }


def _of_the_primary(protocol: "Protocol") -> list[str]:
    """What belongs to a primary comparison; a slope of forgetting needs two phases without advice, from its own on."""
    primary, arms = protocol.analysis.primary, protocol.primary_arms
    if primary is None or arms is None:
        return []
    later = protocol.phase_names[protocol.phase_names.index(primary.at) :]
    free = [phase for phase in later if not any(protocol.policies(arm, phase) for arm in arms)]
    return [primary.estimand, "sensitivity", *(["forgetting"] if len(free) > 1 else [])]


def _advised(protocol: "Protocol") -> dict[str, list[str]]:
    by_phase = {phase: [arm for arm in protocol.arms if protocol.policies(arm, phase)] for phase in protocol.phases}
    return {phase: arms for phase, arms in by_phase.items() if arms}


def _advised_by(protocol: "Protocol") -> str:
    """“row” where some phase shares ways of working out over the cases of a person."""
    mixed = any(protocol.mixture(arm, phase) for arm in protocol.arms for phase in protocol.phases)
    return "row" if mixed else "phase"


def _primary(protocol: "Protocol") -> dict[str, Any] | None:
    primary = protocol.analysis.primary
    if primary is None or protocol.primary_arms is None:
        return None
    return {
        "name": primary.estimand,
        "phase": primary.at,
        "adjusted_for": primary.adjusted_for,
        "between": list(protocol.primary_arms),
        "claim": primary.claim,
        "margin": primary.margin_share,
        "reason": primary.reason,
        "population": primary.population,
        "variable": f"{primary.outcome.answer}-{primary.outcome.score}",
        "summary": primary.summary,
        "intercurrent": primary.intercurrent.model_dump(mode="json"),
    }


def _windows(protocol: "Protocol") -> dict[str, Any]:
    """Phase → the phase it follows and the days after it at which it closes; phases without an end are left out."""
    made: dict[str, Any] = {}
    for name, phase in protocol.phases.items():
        opening = protocol.opening(name)
        if opening is not None and phase.window is not None:
            closes = opening.delay + spelling.span(phase.window)
            made[name] = {"after": opening.after, "days": closes.total_seconds() / 86_400}
    return made
