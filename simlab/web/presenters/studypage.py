"""A study's front page in words: Design · Rehearse · Run · Report, each with its state and the next thing to do."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from simlab.analyses.models import AnalysisRun, Rehearsal
from simlab.engine.protocol import Protocol
from simlab.studies.models import Study
from simlab.web.presenters import nudgewords
from simlab.web.words import counted, day, number, sentence

KINDS = {
    "main": "Trial",
    "pilot": "Pilot",
    "demonstration": "Demonstration",
    "rehearsal": "Rehearsal",
    "preview": "Preview",
    "training": "Training",
}
STATES = {
    "draft": "Draft", "rehearsed": "Rehearsed", "approved": "Approved", "launched": "Running", "paused": "Paused",
    "locked": "Closed", "unblinded": "Unblinded", "archived": "Archived",
}  # fmt: skip
FLOW = [
    ("declined", "Declined"), ("ineligible", "Not eligible"), ("arrived", "Consent or role still open"),
    ("enrolled", "Under way"), ("completed", "Finished"), ("withdrawn", "Left"),
]  # fmt: skip
BLINDED_UNTIL = (
    "Until the study is unblinded its report is blinded: the arms are called A and B, and what would tell them apart "
    "is withheld. Whoever saw results by arm while people still enrol could foretell the next allocations, or end the "
    "study at a lucky moment."
)
IN_STUDY = ("enrolled", "completed", "withdrawn")


def line_of(study: Study, flow: Mapping[str, int]) -> dict[str, Any]:
    enrolled = sum(flow.get(state, 0) for state in IN_STUDY)
    words = f"{KINDS[study.kind]} · {STATES[study.state]} · {counted(enrolled, 'clinician')} enrolled"
    return {"study": study, "words": words}


def page_of(
    study: Study,
    protocol: Protocol,
    flow: Mapping[str, int],
    rehearsals: Sequence[Rehearsal],
    latest: AnalysisRun | None,
) -> dict[str, Any]:
    return {
        "kind": KINDS[study.kind],
        "blinded_until": BLINDED_UNTIL,
        "verbs": verbs_of(study, flow, rehearsals, latest),
        "next": next_step(study, flow, rehearsals, latest),
        "picture": picture_of(protocol),
        "flow": flow_rows(flow),
        "rehearsals": [rehearsal_of(one) for one in rehearsals],
    }


def flow_rows(flow: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"label": label, "n": flow.get(state, 0)} for state, label in FLOW]


def verbs_of(
    study: Study, flow: Mapping[str, int], rehearsals: Sequence[Rehearsal], latest: AnalysisRun | None
) -> list[dict[str, Any]]:
    """The four verbs in their order, with state, link, and one of them marked as the next thing to do."""
    enrolled = sum(flow.get(state, 0) for state in IN_STUDY)
    return [
        {"name": "Design", "href": reverse("design", args=[study.pk]), "state": design_state(study)},
        {"name": "Rehearse", "href": reverse("rehearse", args=[study.pk]), "state": rehearse_state(rehearsals)},
        {"name": "Run", "href": reverse("run", args=[study.pk]), "state": run_state(study, enrolled)},
        {"name": "Report", "href": reverse("report", args=[study.pk]), "state": report_state(latest)},
    ]


def run_state(study: Study, enrolled: int) -> str:
    return f"{STATES[study.state]}, {counted(enrolled, 'clinician')} enrolled"


def design_state(study: Study) -> str:
    version = f"protocol {study.protocol.number}"
    return f"Locked at launch, {version}" if study.protocol.locked_at else f"Open, {version}"


def rehearse_state(rehearsals: Sequence[Rehearsal]) -> str:
    return f"{counted(len(rehearsals), 'rehearsal')}".capitalize() if rehearsals else "Not rehearsed yet"


def report_state(latest: AnalysisRun | None) -> str:
    if latest is None:
        return "No report yet"
    if latest.state == "done":
        return f"Made on {day(latest.finished_at)}"
    return "Being made" if not latest.is_over else "The last one failed" if latest.state == "failed" else "Cancelled"


def next_step(
    study: Study, flow: Mapping[str, int], rehearsals: Sequence[Rehearsal], latest: AnalysisRun | None
) -> dict[str, str]:
    """One thing to do next, with a link where a page does it."""
    finished = flow.get("completed", 0)
    if latest and latest.state == "done":
        return todo("The report is there.", "Read the report", reverse("report-run", args=[study.pk, latest.pk]))
    if finished and study.hides_arms:
        people = sentence(counted(finished, "clinician"))
        return todo(f"{people} finished. {BLINDED_UNTIL}", "Blinded reports", reverse("report", args=[study.pk]))
    if finished:
        people = sentence(counted(finished, "clinician"))
        return todo(
            f"{people} finished. You can make the report.", "Make the report", reverse("report", args=[study.pk])
        )
    if rehearsals:
        text = (
            "Virtual clinicians have rehearsed this study, and no real clinician has finished yet. "
            "See what its report will look like."
        )
        return todo(text, "Report of the last rehearsal", reverse("report", args=[rehearsals[0].study_id]))
    text = "Let virtual clinicians take it before real ones do: how likely is it to find what is there?"
    return todo(text, "Rehearse it", reverse("rehearse", args=[study.pk]))


def todo(text: str, button: str = "", href: str = "") -> dict[str, str]:
    return {"text": text, "button": button, "href": href}


def rehearsal_of(rehearsal: Rehearsal) -> dict[str, Any]:
    return {
        "study": rehearsal.study,
        "title": f"{counted(rehearsal.clinicians, 'virtual clinician')}, seed {rehearsal.seed}",
        "state": f"Finished on {day(rehearsal.finished_at)}"
        if rehearsal.finished_at
        else f"Begun on {day(rehearsal.started_at)}",
        "truth": truth_rows(rehearsal.truth),
        "summary": [
            {"name": name.replace("_", " "), "value": value}
            for name, value in (rehearsal.summary or {}).items()
            if isinstance(value, int)
        ],
    }


def truth_rows(truth: Mapping[str, Any], before: str = "") -> list[dict[str, str]]:
    """The truth document as flat lines: what the virtual clinicians are made of."""
    rows: list[dict[str, str]] = []
    for name, value in truth.items():
        path = f"{before} · {name}" if before else name
        if isinstance(value, Mapping):
            rows += truth_rows(value, path)
        elif isinstance(value, list):
            rows.append({"name": path.replace("_", " "), "value": ", ".join(str(part) for part in value)})
        else:
            rows.append(
                {"name": path.replace("_", " "), "value": number(value) if isinstance(value, float) else str(value)}
            )
    return rows


def picture_of(protocol: Protocol) -> dict[str, Any]:
    """Arms as rows, phases as columns, what is shown as the cell."""
    kinds = {"none": "On their own", "reconsider": "Second look, no advice"}
    rows = []
    for arm in protocol.arms:
        cells = [protocol.advice_kind(arm, phase) for phase in protocol.phase_names]
        rows.append(
            {
                "arm": arm,
                "cells": [
                    {"advised": kind not in kinds, "words": kinds.get(kind) or advice_words(protocol, kind)}
                    for kind in cells
                ],
            }
        )
    return {"phases": list(protocol.phase_names), "rows": rows}


def advice_words(protocol: Protocol, kind: str) -> str:
    return nudgewords.in_short(protocol.advice[kind])
