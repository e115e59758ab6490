"""The balance report as a page: the promises, and a heat map of who meets what, where and how often."""

from collections import defaultdict
from typing import Any

from django.core.cache import cache

from simlab.engine.allocation import draw_slots
from simlab.engine.balance import Balance, balance
from simlab.engine.externallist import without_list
from simlab.engine.foretelling import TOO_EASY, guess_rate
from simlab.engine.parsing import content_hash
from simlab.engine.protocol import Protocol, check_against_pack
from simlab.engine.schedule import draw_encounters
from simlab.studies.models import Study
from simlab.studies.reading import packs_of, protocol_of
from simlab.web.words import percent

PLACES, DAY_S = 48, 86_400
NAMES = {
    "blocks": "Every block holds the arms in their ratio", "no-repeats": "Nobody meets a case twice unasked",
    "rotation": "The forms rotate evenly over the phases", "error-schedule": "Everybody meets the planned wrong advice",
    "even-errors": "Each case is wrong equally often", "even-conditions": "Each case comes under each condition",
    "even-places": "Each case stands at each place",
    "confidence": "The stated confidence tells as much as declared",
}  # fmt: skip


def page_of(study: Study) -> dict[str, Any]:
    """Drawn once for a protocol and its packs, and kept for a day."""
    protocol = protocol_of(study)
    packs = packs_of(study)
    if faults := check_against_pack(protocol, packs):
        return {"study": study, "faults": faults}
    key = f"balance-{protocol.hash}-{content_hash({name: content_hash(pack.forms) for name, pack in packs.items()})}"
    page = cache.get(key)
    if page is None:
        page = _page(protocol, packs)
        cache.set(key, page, DAY_S)
    return {"study": study, **page}


def _page(protocol: Protocol, packs: dict) -> dict[str, Any]:
    drawn = without_list(protocol) if protocol.allocation and protocol.allocation.method == "list" else protocol
    slots = draw_slots(drawn, "balance", per_stratum=PLACES)
    report = balance(drawn, packs, slots, draw_encounters(drawn, packs, "balance", slots))
    rate = guess_rate(protocol)
    return {
        "holds": report.holds,
        "checks": [
            {"name": NAMES[one.name], "holds": one.holds, "detail": one.detail, "worst": one.worst}
            for one in report.checks
        ],
        "guess": rate is not None and {"rate": percent(rate), "easy": rate > TOO_EASY},
        "people": len(slots),
        "heat": heat(protocol, report),
    }


def heat(protocol: Protocol, report: Balance) -> dict[str, Any]:
    """Cases as rows, arms within phases as columns; a cell says how often a case is met, and wrong, of all people."""
    columns = [(phase, arm) for phase in protocol.phase_names for arm in protocol.arms]
    cells = {(one.case_id, one.phase, one.arm): one for one in report.cases}
    most = max((one.planned for one in report.cases), default=1)
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in sorted({one.case_id for one in report.cases}):
        for phase, arm in columns:
            one = cells.get((case, phase, arm))
            planned, wrong = (one.planned, one.wrong) if one else (0, 0)
            rows[case].append({"planned": planned, "wrong": wrong, "shade": -(-4 * planned // most)})
    return {"phases": list(protocol.phase_names), "arms": list(protocol.arms), "rows": list(rows.items())}
