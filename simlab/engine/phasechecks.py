"""What must hold between the phases of a protocol, their forms, sittings and times, and the case packs."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from simlab.engine import errorschedule
from simlab.engine.casetwins import family
from simlab.engine.duration import LONG, minutes_of_sitting
from simlab.engine.pack import Pack
from simlab.engine.parsing import nearest
from simlab.engine.spare import spare_cases
from simlab.engine.spelling import span
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.nudge import AdvicePolicy
    from simlab.engine.protocol import Protocol

Finding = tuple[FieldPath, str, str]


def phase_order(protocol: "Protocol") -> Iterator[Finding]:
    for index, (name, phase) in enumerate(protocol.phases.items()):
        earlier = protocol.phase_names[:index]
        if phase.opening and phase.opening.after not in earlier:
            message = f"the phase “{name}” opens after “{phase.opening.after}”, which is not an earlier phase."
            remedy = (
                nearest(phase.opening.after, earlier) if earlier else "Remove “opens”: the first phase opens at once."
            )
            yield ("phases", name, "opens"), message, remedy


def form_references(protocol: "Protocol") -> Iterator[Finding]:
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
        elif phase.forms > 1:
            message = "one form is named, and several are asked for."
            yield ("phases", name, "forms"), message, "Remove “form” or “forms”."
        used.setdefault(phase.form, name)


def sitting_plan(protocol: "Protocol") -> Iterator[Finding]:
    for name, phase in protocol.phases.items():
        fewest = min(sizes_of(protocol, name), default=0)
        path: FieldPath = ("phases", name)
        if phase.every and phase.sittings == 1:
            remedy = "Add “sittings:” or remove “every”."
            yield (*path, "every"), "there is only one sitting to space out.", remedy
        if phase.sittings > fewest:
            message = f"{phase.sittings} sittings share only {fewest} cases."
            yield (*path, "sittings"), message, f"Write at most {fewest}, or make the forms larger."
        if phase.every and phase.window and span(phase.every) * (phase.sittings - 1) >= span(phase.window):
            message = "the window closes before the last sitting can open."
            yield (*path, "window"), message, "Make the window longer or “every” shorter."
        for field in ("window", "time-limit", "sitting-limit"):
            given = getattr(phase, field.replace("-", "_"))
            if given and span(given) <= timedelta(0):
                what = {"window": "window", "time-limit": "time limit"}.get(field, "limit")
                remedy = "Write at least 1h." if field == "window" else "Write at least 30s."
                yield (*path, field), f"the {what} has no length.", remedy
        if phase.probes > fewest // 2:
            message = f"{phase.probes} of {fewest} cases cannot be asked again at the end of the phase."
            yield (*path, "probes"), message, f"Write at most {fewest // 2}."
        yield from _reminders(protocol, name)
        yield from _limits(protocol, name)


def _reminders(protocol: "Protocol", name: str) -> Iterator[Finding]:
    phase = protocol.phases[name]
    after = [span(text) for text in phase.remind]
    path: FieldPath = ("phases", name, "remind")
    if any(later <= earlier for earlier, later in pairwise(after)):
        yield path, "the reminders are not in the order of time.", "Write each once, the earliest first."
    elif after and phase.window and timedelta(0) < span(phase.window) <= after[-1]:
        message = f"a reminder after {phase.remind[-1]} comes when the window of {phase.window} has closed."
        yield path, message, "Write a shorter time, or make the window longer."


def _limits(protocol: "Protocol", name: str) -> Iterator[Finding]:
    phase = protocol.phases[name]
    limit = phase.time_limit and span(phase.time_limit)
    whole = phase.sitting_limit and span(phase.sitting_limit)
    if limit and limit < timedelta(seconds=30):
        yield ("phases", name, "time-limit"), "nobody reads a case in so short a time.", "Write at least 30s."
    elif limit and whole and whole < limit:
        message = "the limit of the sitting is shorter than that of one case."
        yield ("phases", name, "sitting-limit"), message, "Make it longer, or remove one of the two."


def forms(protocol: "Protocol") -> Iterator[Finding]:
    held, phases = protocol.cases.forms, protocol.phases
    needed = sum(phase.forms for phase in phases.values())
    if len(held) < needed:
        message = f"{len(phases)} phases need {needed} forms, and there are {len(held)}."
        yield ("cases", "forms"), message, "Add forms, so that nobody meets a case twice."
    elif protocol.cases.rotate == "latin-square" and len(set(held.values())) > 1:
        yield ("cases", "forms"), "the forms rotate but differ in size.", "Give every form the same number of cases."
    elif protocol.cases.rotate == "fixed":
        spare = [form for form in held if form not in {phase.form for phase in phases.values()}]
        without = [name for name, phase in phases.items() if phase.form is None]
        if len(spare) < sum(phases[name].forms for name in without):
            yield ("phases", without[-1]), f"no form is left for the phase “{without[-1]}”.", "Name its “form:”."
    yield from _fewer_cases(protocol)


def _fewer_cases(protocol: "Protocol") -> Iterator[Finding]:
    for name, phase in protocol.phases.items():
        if phase.cases is None:
            continue
        path: FieldPath = ("phases", name, "cases")
        smallest = min(form_sizes(protocol, name), default=0)
        if phase.forms > 1:
            yield path, "a part of several forms cannot be drawn.", "Remove “cases” or “forms”."
        elif phase.cases > smallest:
            yield path, f"{phase.cases} cases of a form of {smallest}.", f"Write at most {smallest}."


def form_sizes(protocol: "Protocol", phase: str) -> list[int]:
    """The sizes of the forms that may stand in a phase."""
    fixed = protocol.phases[phase].form
    return [
        size
        for form, size in protocol.cases.forms.items()
        if protocol.cases.rotate == "latin-square" or fixed in (None, form)
    ]


def sizes_of(protocol: "Protocol", phase: str) -> list[int]:
    """How many cases a person may meet in a phase, practice and probes left out."""
    rules = protocol.phases[phase]
    return sorted({min(rules.cases or size, size) * rules.forms for size in form_sizes(protocol, phase)})


def mixtures(protocol: "Protocol") -> Iterator[Finding]:
    """Ways of working over the cases of a person."""
    for name, conditions in protocol.conditions.items():
        phases = [p for p in protocol.phases if any(protocol.advice_kind(a, p) == name for a in protocol.arms)]
        if not phases:
            yield ("conditions", name), f"no phase uses “{name}”.", "Name it as the advice of a phase, or remove it."
        for phase in phases:
            uneven = [size for size in sizes_of(protocol, phase) if size % conditions.total]
            if uneven:
                message = f"{conditions.total} conditions cannot be shared out evenly over {uneven[0]} cases."
                yield ("conditions", name, "shares"), message, f"Let the shares add up to a divisor of {uneven[0]}."
        if phases and protocol.cases.order != "random":
            message = "conditions within a person are placed by a square of their own, so cases cannot have another."
            yield ("cases", "order"), message, "Write “random”, or remove it."


# Analyses that look at each row for its advice, and not at the arm and the phase.
ROW_BY_ROW = ("reliance", "calibration", "differential")


def analyses_of_mixtures(protocol: "Protocol") -> Iterator[Finding]:
    """What the statistics cannot do yet where some cases of a phase are advised and others are not."""
    if not protocol.conditions:
        return
    for index, name in enumerate(protocol.analysis.secondary):
        if name not in ROW_BY_ROW:
            message = f"“{name}” takes a whole phase for advised or not, and conditions differ from case to case."
            remedy = "Write “secondary: [reliance, calibration]”, and analyse the exported table for the rest."
            given = "secondary" in protocol.analysis.model_fields_set
            yield ("analysis", "secondary", index) if given else ("conditions",), message, remedy
            return
    if protocol.analysis.primary is not None:
        message = "the primary comparison takes a whole phase for advised or not."
        yield ("analysis", "primary"), message, "Remove it, or give each phase one way of working."


def error_schedule(protocol: "Protocol") -> Iterator[Finding]:
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
                f"{policy.first_wrong_after}"
                + (f", and at most {policy.longest_run} in a row." if policy.longest_run else ".")
            )
            yield path, message, "Lower “first-wrong-after” or the share, or raise “longest-run”."
        elif _split(protocol, name, policy):
            message = f"“{policy.wrong}” does not divide a form, and the phase takes several."
            yield path, message, "Write it out of the size of one form."


def _split(protocol: "Protocol", name: str, policy: "AdvicePolicy") -> bool:
    used = [p for p in protocol.phases if any(name == protocol.advice_kind(a, p) for a in protocol.arms)]
    return any(
        protocol.phases[phase].forms > 1 and size % policy.rate.of
        for phase in used
        for size in form_sizes(protocol, phase)
    )


def advised_sizes(protocol: "Protocol", policy: str) -> list[int]:
    """The numbers of cases of one person for which this way of advising may be used, over arms, phases and forms."""
    sizes = set()
    for phase in protocol.phases:
        for arm in protocol.arms:
            conditions = protocol.mixture(arm, phase)
            if conditions is None:
                share, total = int(protocol.advice_kind(arm, phase) == policy), 1
            else:
                total = conditions.total
                share = sum(
                    number
                    for kind, number in conditions.shares.items()
                    if protocol.advice_kind(arm, phase, kind) == policy
                )
            sizes |= {size * share // total for size in sizes_of(protocol, phase) if share}
    return sorted(sizes)


def _possible(policy: "AdvicePolicy", size: int) -> bool:
    rules = errorschedule.Rules(policy.rate.wrong, policy.rate.of, policy.first_wrong_after, policy.longest_run)
    return errorschedule.count(rules, size) > 0


def long_sittings(protocol: "Protocol") -> Iterator[Finding]:
    for name, phase in protocol.phases.items():
        minutes = max(minutes_of_sitting(protocol, arm, name) for arm in protocol.arms)
        if minutes > LONG:
            message = f"a sitting of the phase “{name}” takes about {minutes:.0f} minutes."
            yield (
                ("phases", name, "sittings" if phase.sittings > 1 else "advice"),
                message,
                "Share its cases out over more sittings, or ask for fewer.",
            )


def weak_forms(protocol: "Protocol") -> Iterator[Finding]:
    if protocol.cases.rotate == "fixed" and len(protocol.phases) > 1:
        message = "with fixed forms, a change from phase to phase may be a difference between cases."
        yield ("cases", "rotate"), message, "Rotate by Latin square, or compare arms only."


def form_contents(protocol: "Protocol", packs: Mapping[str, Pack]) -> Iterator[Finding]:
    chosen = [packs[name] for name in protocol.cases.packs]
    listed = {form: members for pack in chosen for form, members in pack.forms.items()}
    for form, size in protocol.cases.forms.items():
        path: FieldPath = ("cases", "forms", form)
        if listed and form not in listed:
            yield path, f"no pack lists a form “{form}”.", nearest(form, listed)
        elif listed and size > len(listed[form]):
            message = f"form {form} asks for {size} cases and holds {len(listed[form])}."
            yield path, message, f"Write at most {len(listed[form])}, or add cases to the form."
    yield from _twins(protocol, packs)
    if not listed:
        wanted, held = sum(protocol.cases.forms.values()), sum(len(pack.contrast_cases) for pack in chosen)
        if wanted > held:
            message = f"the forms ask for {wanted} cases, and the packs hold {held} with right and wrong advice."
            yield ("cases", "forms"), message, "Ask for fewer or smaller forms."


def _twins(protocol: "Protocol", packs: Mapping[str, Pack]) -> Iterator[Finding]:
    """A case and its twin with another patient are one case: nobody may meet both, nor one case in two forms."""
    for name in protocol.cases.packs:
        pack, met = packs[name], dict[str, str]()
        asked = list(protocol.cases.forms)
        for place, form in enumerate(asked):
            for case in pack.forms.get(form, ()):
                first = met.setdefault(family(pack.cases[case]), case)
                if first != case:
                    message = f"the forms hold both “{first}” and its twin “{case}”."
                    yield ("cases", "forms", form), message, "Take one of the two out of the forms of the pack."
            shared = next((one for one in asked[:place] if _share(pack, one, form)), None)
            if shared:
                message = f"the forms {shared} and {form} share cases."
                yield ("cases", "forms", form), message, "Ask for forms that have no case in common."


def _share(pack: Pack, one: str, other: str) -> bool:
    return not set(pack.forms.get(one, ())).isdisjoint(pack.forms.get(other, ()))


def practice_contents(protocol: "Protocol", packs: Mapping[str, Pack]) -> Iterator[Finding]:
    wanted = sum(phase.practice for phase in protocol.phases.values())
    held = len(spare_cases(protocol, packs))
    if wanted > held:
        first = next(name for name, phase in protocol.phases.items() if phase.practice)
        message = f"{wanted} practice cases are asked for, and {held} cases of the packs are in no form."
        yield ("phases", first, "practice"), message, "Ask for fewer, or keep cases out of the forms."
