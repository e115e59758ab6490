"""What must hold of the way cases are put before people: menus, noise and interruptions."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simlab.engine.pack import Pack
from simlab.engine.phasechecks import sizes_of
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.protocol import Protocol

Finding = tuple[FieldPath, str, str]


def presentation_findings(protocol: "Protocol") -> Iterator[Finding]:
    for name in protocol.phases:
        yield from _menus(protocol, name)
        yield from _interruptions(protocol, name)


def presentation_contents(protocol: "Protocol", packs: Mapping[str, Pack]) -> Iterator[Finding]:
    """What is asked of the cases that none of them holds."""
    cases = [case for name in protocol.cases.packs for case in packs[name].cases.values()]
    noisy = any(case.record.noise.model_fields_set for case in cases)
    dear = min((item.cost for case in cases for stage in case.stages for item in stage.items), default=0)
    for name, phase in protocol.phases.items():
        views = [protocol.view(arm, name) for arm in protocol.arms]
        if not noisy and any(view.record_noise != "none" for view in views):
            message = "no case of these packs holds entries of the record that are beside the point."
            yield ("phases", name, "record-noise"), message, "Remove it, or add “noise:” to the record of cases."
        if phase.budget is not None and phase.budget < dear:
            message = f"nothing costs less than {dear}, so a budget of {phase.budget} buys nothing."
            yield ("phases", name, "budget"), message, "Raise it."


def _menus(protocol: "Protocol", name: str) -> Iterator[Finding]:
    views = [protocol.view(arm, name) for arm in protocol.arms]
    if protocol.phases[name].budget is not None and not any(view.asked for view in views):
        message = "nothing is asked for in this phase, so there is nothing to spend a budget on."
        yield ("phases", name, "budget"), message, "Add “reveal: asked”, or remove it."
    if any(view.asked and not view.noise for view in views):
        message = "a menu of nothing but what matters would give the case away."
        yield ("phases", name, "noise"), message, "Write “noise: shown” where findings are asked for."


def _interruptions(protocol: "Protocol", name: str) -> Iterator[Finding]:
    phase = protocol.phases[name]
    fewest = min(sizes_of(protocol, name), default=0) // phase.sittings
    seen = set()
    for index, one in enumerate(phase.interruptions):
        path: FieldPath = ("phases", name, "interruptions", index)
        if (one.sitting, one.at) in seen:
            yield path, "two interruptions befall the same case.", "Keep one of them."
        seen.add((one.sitting, one.at))
        if one.sitting > phase.sittings or one.at > fewest + phase.practice + phase.probes:
            message = f"there is no case {one.at} in sitting {one.sitting}."
            yield (*path, "at"), message, f"Write at most {fewest}."
        limits = [limit for arm in protocol.arms if (limit := protocol.time_limit(arm, name))]
        if limits and one.after >= min(limits).total_seconds():
            yield (*path, "after"), "the case is over before the interruption comes.", "Let it come sooner."
