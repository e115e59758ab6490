"""The methods of a report in words, from the protocol and the plan, and the works that it rests on."""

import re
from collections.abc import Mapping
from typing import Any

from simlab.engine.recruitment import ROLES
from simlab.web.presenters import nudgewords
from simlab.web.presenters.about import About, listed
from simlab.web.words import count, counted, percent

REFERENCES = {
    "lmm": "Pinheiro JC, Bates DM. Approximations to the log-likelihood function in the nonlinear mixed-effects model. "
    "Journal of Computational and Graphical Statistics 1995;4:12–35.",
    "satterthwaite": "Satterthwaite FE. An approximate distribution of estimates of variance components. "
    "Biometrics Bulletin 1946;2:110–114.",
    "reliance": "Schemmer M, Kuehl N, Benz C, Bartos A, Satzger G. Appropriate reliance on AI advice: "
    "conceptualization and the effect of explanations. Proceedings of IUI 2023.",
    "wilson": "Wilson EB. Probable inference, the law of succession, and statistical inference. "
    "Journal of the American Statistical Association 1927;22:209–212.",
    "newcombe": "Newcombe RG. Interval estimation for the difference between independent proportions: comparison of "
    "eleven methods. Statistics in Medicine 1998;17:873–890.",
    "consort": "Hopewell S, Chan A-W, Collins GS, et al. CONSORT 2025 statement: updated guideline for reporting "
    "randomised trials. BMJ 2025;389:e081123.",
    "consort-ai": "Liu X, Cruz Rivera S, Moher D, Calvert MJ, Denniston AK, et al. Reporting guidelines for clinical "
    "trial reports for interventions involving artificial intelligence: the CONSORT-AI extension. "
    "Nature Medicine 2020;26:1364–1374.",
    "estimand": "International Council for Harmonisation. E9(R1): Addendum on estimands and sensitivity analysis in "
    "clinical trials. 2019.",
}


class Cited:
    """Numbers references in the order in which they are first cited."""

    def __init__(self) -> None:
        self._keys: list[str] = []

    def __call__(self, key: str) -> str:
        if key not in self._keys:
            self._keys.append(key)
        return f"[{self._keys.index(key) + 1}]"

    def works(self) -> list[str]:
        return [REFERENCES[key] for key in self._keys]


def methods_of(about: About, plan: Mapping[str, Any], names: set[str], cite: Cited) -> list[dict[str, str]]:
    """Paragraphs with a head each; only what was done in this study."""
    said = [
        ("Design", design(about, plan)),
        ("Participants", participants(about)),
        ("Cases", cases(about)),
        ("Advice", advice(about, plan)),
        ("Allocation", allocation(about, clustered=plan.get("cluster") == "site")),
        ("Outcome", outcome(plan, names)),
        ("Analysis", analysis(plan, names, cite)),
        ("Primary comparison", primary(plan, cite)),
    ]
    return [{"head": head, "text": text} for head, text in said if text]


def design(about: About, plan: Mapping[str, Any]) -> str:
    arms, phases = plan["arms"], plan["phases"]
    kind = f"A randomised study in {count(len(arms))} parallel arms" if len(arms) > 1 else "A study of one arm"
    shown = [
        f"the {listed(who)} {'arm' if len(who) == 1 else 'arms'} in {phase}"
        for phase, who in plan.get("advised", {}).items()
    ]
    text = f"{kind} ({listed(arms)}) with written patient cases, in {counted(len(phases), 'phase')}: {listed(phases)}. "
    text += f"Advice was planned for {listed(shown)}. " if shown else "No advice was planned. "
    again = [f"the {arm} arm in {p}" for p in phases for arm in arms if _kind(about, arm, p) == "reconsider"]
    if again:
        text += (
            f"To keep the effect of advice apart from that of a second look, {listed(again)} was asked to reconsider "
            "each answer without advice. "
        )
    waits = [f"{phase} opened {in_days(spec.opens)}" for phase, spec in about.protocol.phases.items() if spec.opens]
    return text + (f"In time: {'; '.join(waits)}." if waits else "")


def in_days(opens: str) -> str:
    """“28d after withdrawal” as “28 days after withdrawal”."""
    units = {"d": "days", "h": "hours", "w": "weeks", "m": "minutes", "min": "minutes"}
    return re.sub(r"\b(\d+) ?(min|[dhwm])\b", lambda found: f"{found[1]} {units[found[2]]}", opens)


def _kind(about: About, arm: str, phase: str) -> str:
    known = arm in about.protocol.arms and phase in about.protocol.phases
    return about.protocol.advice_kind(arm, phase) if known else ""


def participants(about: About) -> str:
    roles = listed([ROLES[role] for role in about.protocol.population.roles], "or")
    said = f"Clinicians could take part who said that they were: {roles}."
    return f"{said} Consent was given on the screen before allocation."


def cases(about: About) -> str:
    forms = about.protocol.cases.forms
    rotated = about.protocol.cases.rotate == "latin-square"
    equal = len(set(forms.values())) == 1
    sizes = f"of {next(iter(forms.values()))}" if equal else f"({listed([f'{k} of {n}' for k, n in forms.items()])})"
    text = f"{sum(forms.values())} cases in {counted(len(forms), 'form')} {sizes}. "
    if rotated and len(forms) > 1:
        text += (
            "Forms rotated over the phases in a Latin square within arm and stratum, so that each phase used each form "
            "as nearly equally often as numbers allowed, and a change between phases is not a change of cases. "
        )
    versions = [f"{name} ({digest[:12]})" for name, digest in about.packs]
    return text + (f"Case packs and the start of their SHA-256: {listed(versions)}." if versions else "")


def advice(about: About, plan: Mapping[str, Any]) -> str:
    return " ".join(nudgewords.in_sentences(name, policy) for name, policy in about.protocol.advice.items())


def allocation(about: About, *, clustered: bool) -> str:
    plan = about.protocol.allocation
    if plan is None or len(about.protocol.arms) < 2:
        return ""
    ratio = " : ".join(str(share) for share in about.protocol.arms.values())
    whom = "Sites were allocated whole" if clustered else "Participants were allocated one by one"
    text = (
        f"{whom}, {ratio} ({listed(list(about.protocol.arms))}), in permuted blocks of "
        f"{listed([str(size) for size in plan.sizes], 'or')}"
    )
    text += f", stratified by {listed(list(plan.strata))}. " if plan.strata else ". "
    if about.commitment:
        text += (
            "The whole list was drawn from one secret seed before the first enrolment, and its SHA-256 commitment "
            f"kept: {about.commitment[:16]}…. "
        )
    return text + "The platform gave out one place at a time, after consent and eligibility."


def outcome(plan: Mapping[str, Any], names: set[str]) -> str:
    text = (
        "An answer was right when the first diagnosis of the final answer was the reference diagnosis of the case or a "
        "listed synonym of it."
    )
    if "time" in names:
        text += " Time was counted from the case on screen to the final answer, without stretches hidden or idle."
    return text


def analysis(plan: Mapping[str, Any], names: set[str], cite: Cited) -> str:
    level = percent(1 - plan.get("alpha", 0.05))
    said = []
    if names & {"accuracy", "deskilling", "persistence", "decay"}:
        said.append(
            "Accuracy was analysed with logistic mixed models with crossed random effects of clinicians and cases, "
            "fitted by maximum likelihood with the Laplace approximation "
            f"{cite('lmm')}. The effect of advice was allowed to vary from case to case and, where a section says so, "
            "from clinician to clinician, so that results speak of such cases and clinicians and not of these alone. "
            "Differences in percentage points are marginal: shares were averaged over the random effects, with "
            "intervals by the delta method and t distributions. Degrees of freedom are Satterthwaite’s "
            f"{cite('satterthwaite')} or those that the numbers of clinicians and cases allow, as each number names."
        )
    if plan.get("cluster") == "site":
        said.append(
            "Sites or practices were allocated, not persons, so clinicians of one site may be alike: the site is a "
            "further random effect of the models, and degrees of freedom are no more than the number of sites allows."
        )
    if "time" in names:
        said.append("Log time was analysed with a linear mixed model of the same crossed structure.")
    if "reliance" in names:
        said.append(
            "Reliance is given as the share of right advice taken after a wrong first answer (RAIR) and the share of "
            f"right first answers kept against wrong advice (RSR) {cite('reliance')}, with percentile intervals from "
            f"{plan.get('bootstrap', 0):,} resamples of participants; these speak of the cases used."
        )
    number = (
        "Secondary contrasts are given as they are and, in a table of their own, corrected for their number."
        if "multiplicity" in names
        else "Secondary analyses are not corrected for their number."
    )
    said.append(
        f"Effects in single cases have Newcombe’s intervals {cite('newcombe')}, small counts Wilson’s {cite('wilson')}."
        f" Intervals are two-sided at {level}. {number}"
    )
    return " ".join(said)


def primary(plan: Mapping[str, Any], cite: Cited) -> str:
    asked = plan.get("primary")
    if not asked:
        return ""
    control, exposed = asked["between"]
    text = (
        f"Unaided accuracy in {asked['phase']}, {exposed} minus {control}, both arms sharing one expected accuracy in "
        f"{asked['adjusted_for']}, as allocation makes it {cite('estimand')}. "
    )
    if asked["claim"] == "noninferiority":
        text += f"Skill counts as kept if the whole interval lies above −{100 * asked['margin']:.0f} points. "
        text += f"Why this margin: {asked['reason']} " if asked.get("reason") else ""
    elif asked["claim"] == "superiority":
        text += "The claim is that the second arm does better. "
    else:
        text += "The claim is that the arms differ, in whichever direction. "
    return text + "The lesser of Satterthwaite’s degrees of freedom and those by clinicians and cases was used."
