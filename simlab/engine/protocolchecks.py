"""What must hold between the fields of a protocol, and between a protocol and its case packs."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from simlab.engine import errorschedule, nudgechecks
from simlab.engine.errors import Fault
from simlab.engine.pack import Pack
from simlab.engine.parsing import Origin, nearest
from simlab.engine.recruitmentchecks import allocation_findings, allocation_warnings
from simlab.engine.spelling import NO_ADVICE, RECONSIDER, span
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.nudge import AdvicePolicy
    from simlab.engine.protocol import Primary, Protocol

Finding = tuple[FieldPath, str, str]


def protocol_faults(protocol: "Protocol", origin: Origin) -> list[Fault]:
    """Every fault of a protocol that has the right shape, in the order of the file.

    References to things that do not exist are told first and alone: what would follow from them is only noise.
    """
    findings = [*_phase_order(protocol), *_advice_references(protocol), *_form_references(protocol)]
    if not findings:
        findings = [*_sitting_plan(protocol), *allocation_findings(protocol), *_primary(protocol)]
        findings += list(_nudges(protocol)) or list(_forms(protocol)) or list(_error_schedule(protocol))
    return _in_order(findings, origin)


def protocol_warnings(protocol: "Protocol", origin: Origin) -> list[Fault]:
    """What is allowed but weakens the study."""
    return _in_order([*_weak_forms(protocol), *_second_look(protocol), *allocation_warnings(protocol)], origin)


def pack_faults(protocol: "Protocol", packs: Mapping[str, Pack], origin: Origin) -> list[Fault]:
    """What the protocol asks of its packs that they do not hold."""
    for index, name in enumerate(protocol.cases.packs):
        if name not in packs:
            return [origin.fault(("cases", "packs", index), f"there is no case pack “{name}”.", nearest(name, packs))]
    return _in_order([*_form_sizes(protocol, packs), *_contrast(protocol, packs)], origin)


def _in_order(findings: list[Finding], origin: Origin) -> list[Fault]:
    faults = [origin.fault(path, message, remedy) for path, message, remedy in findings]
    return sorted(faults, key=lambda fault: fault.line or 0)


def _phase_order(protocol: "Protocol") -> Iterator[Finding]:
    for index, (name, phase) in enumerate(protocol.phases.items()):
        earlier = protocol.phase_names[:index]
        if phase.opening and phase.opening.after not in earlier:
            message = f"the phase “{name}” opens after “{phase.opening.after}”, which is not an earlier phase."
            remedy = (
                nearest(phase.opening.after, earlier) if earlier else "Remove “opens”: the first phase opens at once."
            )
            yield ("phases", name, "opens"), message, remedy


def _advice_references(protocol: "Protocol") -> Iterator[Finding]:
    kinds = (NO_ADVICE, RECONSIDER, *protocol.advice)
    for name in protocol.advice:
        if name in (NO_ADVICE, RECONSIDER):
            yield ("advice", name), f"“{name}” is a word of its own and cannot name a way of advising.", "Rename it."
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


def _form_references(protocol: "Protocol") -> Iterator[Finding]:
    forms = protocol.cases.forms
    used: dict[str, str] = {}
    for name, phase in protocol.phases.items():
        path: FieldPath = ("phases", name, "form")
        if phase.form is None:
            continue
        if protocol.cases.rotate == "latin-square":
            remedy = "Remove it, or write “rotate: fixed” under “cases”."
            yield path, "a phase cannot have a form of its own while the forms rotate.", remedy
        elif phase.form not in forms:
            yield path, f"there is no form “{phase.form}”.", nearest(phase.form, forms)
        elif phase.form in used:
            message = f"the form “{phase.form}” is already used in the phase “{used[phase.form]}”."
            yield path, message, "Give each phase its own form, so that nobody meets a case twice."
        used.setdefault(phase.form, name)


def _sitting_plan(protocol: "Protocol") -> Iterator[Finding]:
    smallest = min(protocol.cases.forms.values())
    for name, phase in protocol.phases.items():
        if phase.every and phase.sittings == 1:
            yield (
                ("phases", name, "every"),
                "there is only one sitting to space out.",
                "Add “sittings:” or remove “every”.",
            )
        if phase.sittings > smallest:
            message = f"{phase.sittings} sittings share only {smallest} cases."
            yield ("phases", name, "sittings"), message, f"Write at most {smallest}, or make the forms larger."
        if phase.every and phase.window and span(phase.every) * (phase.sittings - 1) >= span(phase.window):
            message = "the window closes before the last sitting can open."
            yield ("phases", name, "window"), message, "Make the window longer or “every” shorter."
        if phase.window and span(phase.window) <= timedelta(0):
            yield ("phases", name, "window"), "the window has no length.", "Write at least 1h."


def _forms(protocol: "Protocol") -> Iterator[Finding]:
    forms, phases = protocol.cases.forms, protocol.phases
    if len(forms) < len(phases):
        message = f"{len(phases)} phases need {len(phases)} forms, and there are {len(forms)}."
        yield ("cases", "forms"), message, "Add forms, so that nobody meets a case twice."
    elif protocol.cases.rotate == "latin-square" and len(set(forms.values())) > 1:
        yield ("cases", "forms"), "the forms rotate but differ in size.", "Give every form the same number of cases."
    elif protocol.cases.rotate == "fixed":
        spare = [form for form in forms if form not in {phase.form for phase in phases.values()}]
        without = [name for name, phase in phases.items() if phase.form is None]
        if len(spare) < len(without):
            yield ("phases", without[-1]), f"no form is left for the phase “{without[-1]}”.", "Name its “form:”."


def _nudges(protocol: "Protocol") -> Iterator[Finding]:
    for name, policy in protocol.advice.items():
        for path, message, remedy in nudgechecks.contradictions(policy):
            yield ("advice", name, *path), message, remedy


def _error_schedule(protocol: "Protocol") -> Iterator[Finding]:
    for name, policy in protocol.advice.items():
        path: FieldPath = ("advice", name, "wrong")
        sizes = advised_sizes(protocol, name)
        if not sizes or not policy.is_advice:
            continue
        uneven = [size for size in sizes if size % policy.rate.of]
        if uneven:
            message = f"“{policy.wrong}” does not divide the {uneven[0]} advised cases of a phase."
            yield path, message, f"Write it out of {uneven[0]}, or out of a number that divides {uneven[0]}."
        elif not all(_possible(policy, size) for size in sizes):
            message = (
                f"no order of {max(sizes)} cases has {policy.wrong} wrong, none among the first "
                f"{policy.first_wrong_after}, and at most {policy.longest_run} in a row."
            )
            yield path, message, "Lower “first-wrong-after” or the share, or raise “longest-run”."


def advised_sizes(protocol: "Protocol", policy: str) -> list[int]:
    """The numbers of cases in which this way of advising may be used, over arms, phases and forms."""
    phases = [
        name for name in protocol.phases if any(protocol.advice_kind(arm, name) == policy for arm in protocol.arms)
    ]
    fixed = {name: protocol.phases[name].form for name in phases}
    sizes = {
        size
        for name in phases
        for form, size in protocol.cases.forms.items()
        if protocol.cases.rotate == "latin-square" or fixed[name] in (None, form)
    }
    return sorted(sizes)


def _possible(policy: "AdvicePolicy", size: int) -> bool:
    rules = errorschedule.Rules(policy.rate.wrong, policy.rate.of, policy.first_wrong_after, policy.longest_run)
    return errorschedule.count(rules, size) > 0


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
        elif any(protocol.policy(arm, phase) for arm in arms):
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


def _form_sizes(protocol: "Protocol", packs: Mapping[str, Pack]) -> Iterator[Finding]:
    chosen = [packs[name] for name in protocol.cases.packs]
    listed = {form: members for pack in chosen for form, members in pack.forms.items()}
    for form, size in protocol.cases.forms.items():
        path: FieldPath = ("cases", "forms", form)
        if listed and form not in listed:
            yield path, f"no pack lists a form “{form}”.", nearest(form, listed)
        elif listed and size > len(listed[form]):
            message = f"form {form} asks for {size} cases and holds {len(listed[form])}."
            yield path, message, f"Write at most {len(listed[form])}, or add cases to the form."
    if not listed:
        wanted, held = sum(protocol.cases.forms.values()), sum(len(pack.contrast_cases) for pack in chosen)
        if wanted > held:
            message = f"the forms ask for {wanted} cases, and the packs hold {held} with right and wrong advice."
            yield ("cases", "forms"), message, "Ask for fewer or smaller forms."


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


def _weak_forms(protocol: "Protocol") -> Iterator[Finding]:
    if protocol.cases.rotate == "fixed" and len(protocol.phases) > 1:
        message = "with fixed forms, a change from phase to phase may be a difference between cases."
        yield ("cases", "rotate"), message, "Rotate by Latin square, or compare arms only."


def _second_look(protocol: "Protocol") -> Iterator[Finding]:
    for name in protocol.phases:
        policies = [protocol.policy(arm, name) for arm in protocol.arms]
        unaided = any(protocol.advice_kind(arm, name) == NO_ADVICE for arm in protocol.arms)
        if unaided and any(policy and policy.when != "with-case" for policy in policies):
            message = (
                f"in the phase “{name}” only the advised arm answers twice, so advice is mixed with a second look."
            )
            yield ("phases", name, "advice"), message, "Give the other arm “reconsider”."
