"""What must hold between the fields of a protocol, and between a protocol and its case packs."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import ValidationError

from simlab.engine import nudgechecks, phasechecks
from simlab.engine.chosen import choice_faults, packs_as_asked, unknown_cases
from simlab.engine.design import design_findings
from simlab.engine.errors import Fault
from simlab.engine.factors import Level, crossed, with_levels
from simlab.engine.instrument import Instrument
from simlab.engine.pack import Pack
from simlab.engine.parsing import Origin, nearest
from simlab.engine.points import point
from simlab.engine.presentationchecks import presentation_contents, presentation_findings
from simlab.engine.recruitmentchecks import allocation_findings, allocation_warnings
from simlab.engine.secondarychecks import secondary_findings
from simlab.engine.spelling import NO_ADVICE, RECONSIDER
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.nudge import AdvicePolicy
    from simlab.engine.protocol import Primary, Protocol

Finding = tuple[FieldPath, str, str]


def protocol_faults(protocol: "Protocol", origin: Origin) -> list[Fault]:
    """Every fault of a protocol that has the right shape, in the order of the file.

    References to things that do not exist are told first and alone: what would follow from them is only noise.
    """
    findings = [*phasechecks.phase_order(protocol), *_advice_references(protocol)]
    findings += [*phasechecks.form_references(protocol), *_points(protocol), *_factors(protocol)]
    if not findings:
        findings = [
            *choice_faults(protocol),
            *phasechecks.sitting_plan(protocol),
            *allocation_findings(protocol),
            *_primary(protocol),
        ]
        findings += [*design_findings(protocol), *presentation_findings(protocol)]
        findings += (
            list(_nudges(protocol))
            or [
                *phasechecks.forms(protocol),
                *phasechecks.mixtures(protocol),
                *phasechecks.analyses_of_mixtures(protocol),
                *secondary_findings(protocol),
            ]
            or list(phasechecks.error_schedule(protocol))
        )
    return _in_order(findings, origin)


def protocol_warnings(protocol: "Protocol", origin: Origin) -> list[Fault]:
    """What is allowed but weakens the study."""
    findings = [*phasechecks.weak_forms(protocol), *_second_look(protocol), *allocation_warnings(protocol)]
    return _in_order([*findings, *phasechecks.long_sittings(protocol)], origin)


def pack_faults(protocol: "Protocol", packs: Mapping[str, Pack], origin: Origin) -> list[Fault]:
    """What the protocol asks of its packs that they do not hold."""
    for index, name in enumerate(protocol.cases.packs):
        if name not in packs:
            return [origin.fault(("cases", "packs", index), f"there is no case pack “{name}”.", nearest(name, packs))]
    if unknown := list(unknown_cases(protocol, packs)):
        return _in_order(unknown, origin)
    packs = packs_as_asked(protocol, packs)
    findings = [*phasechecks.form_contents(protocol, packs), *phasechecks.practice_contents(protocol, packs)]
    findings += presentation_contents(protocol, packs)
    return _in_order([*findings, *_contrast(protocol, packs), *_views(protocol, packs)], origin)


def instrument_faults(protocol: "Protocol", known: Mapping[str, Instrument], origin: Origin) -> list[Fault]:
    """Questionnaires that the protocol names and nobody has, or whose wording is still to be filled in."""
    findings: list[Finding] = []
    for text, names in protocol.instruments.items():
        for index, name in enumerate(names):
            path: FieldPath = ("instruments", text, index)
            if name not in known:
                findings.append((path, f"there is no instrument “{name}”.", nearest(name, known)))
            elif known[name].wording == "to-be-filled-in":
                message = f"the wording of “{name}” is not ours to give."
                remedy = (
                    f"Copy instruments/{name}.yaml beside the protocol, write its items from the source, and try again."
                )
                findings.append((path, message, remedy))
    return _in_order([*findings, *_untold_events(protocol, known)], origin)


def _untold_events(protocol: "Protocol", known: Mapping[str, Instrument]) -> Iterator[Finding]:
    """A strategy that depends on what participants tell needs a questionnaire that asks them."""
    primary = protocol.analysis.primary
    asked = {name for names in protocol.instruments.values() for name in names if name in known}
    told = {event.event for name in asked for event in known[name].events}
    for event in ("outside-help", "ai-between-phases"):
        if primary and getattr(primary.intercurrent, event.replace("-", "_")) == "exclude" and event not in told:
            asking = [name for name, one in known.items() if event in {each.event for each in one.events}]
            message = f"nobody is asked about {event.replace('-', ' ')}, so nobody can be left out for it."
            remedy = f"Put {' or '.join(asking) or 'a questionnaire that asks'} under “instruments”."
            yield ("analysis", "primary", "intercurrent", event), message, remedy


def _in_order(findings: list[Finding], origin: Origin) -> list[Fault]:
    faults = [origin.fault(path, message, remedy) for path, message, remedy in findings]
    return sorted(faults, key=lambda fault: fault.line or 0)


def _advice_references(protocol: "Protocol") -> Iterator[Finding]:
    kinds = (NO_ADVICE, RECONSIDER, *protocol.advice, *protocol.conditions)
    for name in protocol.advice:
        if name in (NO_ADVICE, RECONSIDER):
            yield ("advice", name), f"“{name}” is a word of its own and cannot name a way of advising.", "Rename it."
    yield from _condition_references(protocol)
    for name, phase in protocol.phases.items():
        path: FieldPath = ("phases", name, "advice")
        by_arm = phase.advice if isinstance(phase.advice, dict) else {None: phase.advice}
        for arm, kind in by_arm.items():
            where = (*path, arm) if arm is not None else path
            if arm is not None and arm not in protocol.arms:
                yield where, f"there is no arm “{arm}”.", nearest(arm, protocol.arms)
            elif kind not in kinds:
                yield where, f"there is no way of advising called “{kind}” under “advice”.", nearest(kind, kinds)
        if isinstance(phase.advice, dict):
            for arm in protocol.arms:
                if arm not in phase.advice and not set(phase.advice) - set(protocol.arms):
                    yield (
                        path,
                        f"the phase “{name}” does not say what the arm “{arm}” gets.",
                        f"Add “{arm}: none” or what it gets.",
                    )


def _condition_references(protocol: "Protocol") -> Iterator[Finding]:
    kinds = (NO_ADVICE, RECONSIDER, *protocol.advice)
    for name, conditions in protocol.conditions.items():
        if name in kinds:
            yield ("conditions", name), f"“{name}” already names a way of working.", "Rename it."
        for kind in conditions.shares:
            if kind not in kinds:
                path: FieldPath = ("conditions", name, "shares", kind)
                yield path, f"there is no way of advising called “{kind}” under “advice”.", nearest(kind, kinds)


def _points(protocol: "Protocol") -> Iterator[Finding]:
    for text in protocol.instruments:
        phase = point(text).phase
        if phase is not None and phase not in protocol.phases:
            yield ("instruments", text), f"there is no phase “{phase}”.", nearest(phase, protocol.phases)


def _factors(protocol: "Protocol") -> Iterator[Finding]:
    if not protocol.factors:
        return
    wanted = crossed(protocol.factors)
    if set(wanted) != set(protocol.arms):
        message = f"the arms are not the combinations of the factors: {', '.join(wanted)}."
        yield ("arms",), message, "Remove “arms”, or write a weight for each of these."
        return
    kinds = (NO_ADVICE, RECONSIDER, *protocol.advice)
    for name, factor in protocol.factors.items():
        for level_name, level in factor.items():
            path: FieldPath = ("factors", name, level_name)
            if level.advice is not None and level.advice not in kinds:
                message = f"there is no way of advising called “{level.advice}” under “advice”."
                yield (*path, "advice"), message, nearest(level.advice, kinds)
            yield from _level(protocol, path, level)


def _level(protocol: "Protocol", path: FieldPath, level: Level) -> Iterator[Finding]:
    if level.of_advice and not protocol.advice:
        yield path, "the level changes advice, and there is none.", "Add a way of advising under “advice”."
    for field, value in level.of_advice.items():
        for policy in protocol.advice.values():
            try:
                with_levels(policy, [Level.model_validate({field: value})])
            except ValidationError:
                message = f"“{value}” is not a possible “{field}” of advice."
                yield (*path, field), message, "See “Advice” on the format page for what may be written."
                break


def _nudges(protocol: "Protocol") -> Iterator[Finding]:
    for name, policy in protocol.advice.items():
        found = [*nudgechecks.contradictions(policy), *_beside(protocol, policy)]
        for path, message, remedy in found:
            yield ("advice", name, *path), message, remedy
        if not found:
            yield from _nudges_of_levels(protocol, policy)


def _beside(protocol: "Protocol", policy: "AdvicePolicy") -> Iterator[Finding]:
    """Advice may have a nudge beside it that is no advice, and comes with the case or after the answer."""
    if policy.beside is None:
        return
    other = protocol.advice.get(policy.beside)
    if other is None:
        yield ("beside",), f"there is no nudge called “{policy.beside}”.", nearest(policy.beside, protocol.advice)
    elif not policy.is_advice or other.nudge == "advice" or other.beside:
        message = f"“{policy.beside}” cannot stand beside this."
        yield ("beside",), message, "Let advice have a guideline, checklist, peers or reminder beside it."
    elif other.when == "before-history":
        yield ("beside",), f"“{policy.beside}” comes before the history, alone.", "Write “when: with-case” there."


def _nudges_of_levels(protocol: "Protocol", policy: "AdvicePolicy") -> Iterator[Finding]:
    """What a level makes contradict itself that was sound before."""
    for name, factor in protocol.factors.items():
        for level_name, level in factor.items():
            for path, message, remedy in nudgechecks.contradictions(with_levels(policy, [level])):
                yield ("factors", name, level_name, *path), message, remedy


def _primary(protocol: "Protocol") -> Iterator[Finding]:
    primary = protocol.analysis.primary
    here: FieldPath = ("analysis", "primary")
    if primary is None:
        return
    arms = list(protocol.arms) if primary.between == "arms" else list(primary.between)
    unknown = [arm for arm in arms if arm not in protocol.arms]
    if unknown:
        yield (*here, "between"), f"there is no arm “{unknown[0]}”.", nearest(unknown[0], protocol.arms)
    elif len(arms) != 2:
        message = f"the primary comparison is between two arms, and the study has {len(arms)}."
        yield (*here, "between"), message, "Name two of them: “between: [first, second]”."
    if not unknown:
        yield from _primary_phases(protocol, primary, arms)
    yield from _claim(primary)
    yield from _late(protocol, primary)


def _late(protocol: "Protocol", primary: "Primary") -> Iterator[Finding]:
    closing = [name for index, name in enumerate(protocol.phases) if index and protocol.phases[name].window]
    if primary.intercurrent.late_retention == "exclude" and not closing:
        message = "no phase closes, so no answer can be late."
        remedy = "Give a phase a “window”, or write “late-retention: treatment-policy”."
        yield ("analysis", "primary", "intercurrent", "late-retention"), message, remedy


def _primary_phases(protocol: "Protocol", primary: "Primary", arms: list[str]) -> Iterator[Finding]:
    here: FieldPath = ("analysis", "primary")
    phases = protocol.phase_names
    known = True
    for name, phase in (("at", primary.at), ("adjusted-for", primary.adjusted_for)):
        if phase not in phases:
            known = False
            yield (*here, name), f"there is no phase “{phase}”.", nearest(phase, phases)
        elif any(protocol.policies(arm, phase) for arm in arms):
            message = f"deskilling is measured without advice, and the phase “{phase}” gives some."
            yield (*here, name), message, "Name a phase with “advice: none”."
    if known and phases.index(primary.adjusted_for) >= phases.index(primary.at):
        message = f"“{primary.adjusted_for}” does not come before “{primary.at}”."
        yield (*here, "adjusted-for"), message, "Name an earlier phase."


def _claim(primary: "Primary") -> Iterator[Finding]:
    here: FieldPath = ("analysis", "primary")
    if primary.claim == "noninferiority" and primary.margin is None:
        yield (*here, "claim"), "non-inferiority needs a margin.", "Add “margin:”, for example 10pp."
    if primary.margin is not None and primary.reason is None:
        remedy = "Add “reason:” that says why a smaller loss would not matter."
        yield (*here, "margin"), "the margin has no reason.", remedy


def _contrast(protocol: "Protocol", packs: Mapping[str, Pack]) -> Iterator[Finding]:
    cases = [case for name in protocol.cases.packs for case in packs[name].cases.values()]
    for policy, way in protocol.advice.items():
        for path, message, remedy in nudgechecks.missing_parts(way, cases):
            yield ("advice", policy, *path), message, remedy
    if not any(way.is_advice for way in protocol.advice.values()):
        return
    for name in protocol.cases.packs:
        pack = packs[name]
        for form, members in pack.forms.items():
            lacking = sorted(set(members) - set(pack.contrast_cases))
            if form in protocol.cases.forms and lacking:
                message = f"the case “{lacking[0]}” of form {form} does not hold both right and wrong advice."
                yield ("cases", "forms", form), message, "Replace it in the pack, or complete its advice."


def _views(protocol: "Protocol", packs: Mapping[str, Pack]) -> Iterator[Finding]:
    """Hiding what is not there would be a factor without effect."""
    views = [protocol.view(arm, phase) for arm in protocol.arms for phase in protocol.phases]
    cases = [case for name in protocol.cases.packs for case in packs[name].cases.values()]
    path: FieldPath = ("cases", "packs")
    if not all(view.faults for view in views) and not any(case.record.faults for case in cases):
        yield path, "faults of the record are to be hidden, and no case has any.", "Remove “record-faults”."
    marked = any(item.key for case in cases for stage in case.stages for item in stage.items)
    if not all(view.noise for view in views) and not marked:
        yield path, "noise is to be hidden, and no finding of a case is marked as key.", "Remove “noise”."


def _second_look(protocol: "Protocol") -> Iterator[Finding]:
    for name in protocol.phases:
        policies = [policy for arm in protocol.arms for policy in protocol.policies(arm, name)]
        unaided = any(NO_ADVICE in ways_of(protocol, arm, name) for arm in protocol.arms)
        if unaided and any(policy.when not in ("with-case", "before-history") for policy in policies):
            message = (
                f"in the phase “{name}” only the advised arm answers twice, so advice is mixed with a second look."
            )
            yield ("phases", name, "advice"), message, "Give the other arm “reconsider”."


def ways_of(protocol: "Protocol", arm: str, phase: str) -> list[str]:
    """Every way of working of an arm in a phase."""
    conditions = protocol.mixture(arm, phase)
    return list(conditions.shares) if conditions else [protocol.advice_kind(arm, phase)]
