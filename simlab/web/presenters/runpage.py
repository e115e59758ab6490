"""The Run page in words and pictures."""

from typing import Any

from django.urls import reverse

from simlab.engine.protocol import Protocol
from simlab.sittings.running import Running
from simlab.studies.models import Study
from simlab.studies.reading import protocol_of
from simlab.web.presenters import studiocharts
from simlab.web.presenters.studypage import KINDS, STATES
from simlab.web.words import counted, percent, sentence, short_day

IN_STUDY = ("enrolled", "completed", "withdrawn")


def page_of(study: Study, state: Running) -> dict[str, Any]:
    protocol = protocol_of(study)
    return {
        "state": STATES[study.state],
        "kind": KINDS[study.kind],
        "tiles": tiles(protocol, state),
        "alerts": alerts(study, protocol, state),
        "charts": charts(protocol, state),
        "left": [{"arm": arm, "share": percent(left / n)} for arm, (left, n) in state.left.items()],
        "mail": [{"state": name, "n": n} for name, n in sorted(state.mail.items())],
    }


def tiles(protocol: Protocol, state: Running) -> list[dict[str, Any]]:
    enrolled = sum(state.states.get(one, 0) for one in IN_STUDY)
    planned = protocol.population.planned
    return [
        {"n": enrolled, "words": f"enrolled of {planned} planned" if planned else "enrolled"},
        {"n": state.sitting_now, "words": "sitting now"},
        {"n": state.late, "words": "behind schedule"},
        {"n": state.missed, "words": "missed a part"},
        {"n": state.states.get("completed", 0), "words": "finished"},
        {"n": state.states.get("withdrawn", 0), "words": "left"},
    ]


def alerts(study: Study, protocol: Protocol, state: Running) -> list[dict[str, str]]:
    """What asks for somebody, each with the page where it is seen to."""
    found = []

    def alert(text: str, name: str) -> None:
        found.append({"text": text, "href": reverse(name, args=[study.pk])})

    if study.state == Study.State.PAUSED:
        alert("The study is paused: nobody enrols, and no sitting opens.", "checklist")
    if study.amendments.filter(effective_at=None, dropped_at=None).exists():
        alert("An amendment waits for a second person.", "amendments")
    if state.fullest and state.fullest[1] >= 0.9 * state.fullest[2]:
        name, taken, size = state.fullest
        alert(f"Places run out in “{name}”: {taken} of {size} are taken.", "participants")
    failed = sum(state.mail.get(one, 0) for one in ("failed", "unknown"))
    if failed:
        alert(f"{sentence(counted(failed, 'message'))} could not be sent, or may not have been.", "mail")
    if state.late + state.missed:
        alert(f"{sentence(counted(state.late + state.missed, 'person', 'people'))} fell behind.", "participants")
    if state.quarantined:
        alert(f"{sentence(counted(state.quarantined, 'message'))} of browsers were set aside.", "participants")
    return found


def charts(protocol: Protocol, state: Running) -> list[dict[str, Any]]:
    total, running = 0, []
    for day, n in state.accrual:
        total += n
        running.append((day, total))
    flow = [(words, state.states.get(name, 0)) for name, words in
            (("declined", "Declined"), ("ineligible", "Not eligible"), ("arrived", "Still deciding"),
             ("enrolled", "Under way"), ("completed", "Finished"), ("withdrawn", "Left"))]  # fmt: skip
    phases = [(protocol.phase_label(phase), state.schedule[phase]) for phase in protocol.phase_names]
    return [
        {"title": "Enrolled", "svg": studiocharts.accrual(running, protocol.population.planned),
         "head": ["Day", "Enrolled"], "rows": [(short_day(day), n) for day, n in running[-14:]]},
        {"title": "Flow", "svg": studiocharts.bars(flow, "Where everybody is who came"),
         "head": ["State", "People"], "rows": flow},
        {"title": "Schedule", "svg": studiocharts.stacked(phases),
         "head": ["Part", *studiocharts.STATES.values()],
         "rows": [(label, *(counts.get(one, 0) for one in studiocharts.STATES)) for label, counts in phases]},
    ]  # fmt: skip
