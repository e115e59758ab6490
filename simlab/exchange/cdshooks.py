"""Asking a CDS Hooks 2.0 service about a case, as a client would that has a patient open."""

import json
import re
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from simlab.engine.cardrules import LONGEST_SUMMARY, card_faults
from simlab.engine.plaintext import clean, clean_line
from simlab.exchange.asked import Asked, Proposal, failed
from simlab.exchange.fhir import HOOK, PATIENT, prefetch
from simlab.exchange.outbound import NotReached, Resolve, post_json, resolve

_INSTANCES = uuid.uuid5(uuid.NAMESPACE_URL, "https://cds-hooks.hl7.org/hooks/patient-view/")


def request_for(case: Mapping[str, Any], *, key: str, year: int) -> dict[str, Any]:
    """The body of the request. `case` is `Case.public()`; `key` names the case version, and is not sent itself."""
    return {
        "hook": HOOK,
        "hookInstance": str(uuid.uuid5(_INSTANCES, key)),
        "context": {"userId": "Practitioner/clinician", "patientId": PATIENT, "encounterId": "encounter"},
        "prefetch": prefetch(case, year=year),
    }


def ask(
    url: str,
    body: Mapping[str, Any],
    *,
    allowed: Collection[str] = (),
    resolve: Resolve = resolve,
    longest_s: float = 5,
) -> Asked:
    """Ask the service; what it answered is kept word for word, whether or not a card could be made of it."""
    try:
        reply = post_json(url, body, allowed=allowed, resolve=resolve, longest_s=longest_s)
    except NotReached as problem:
        return failed(body, problem.code, str(problem))
    asked = Asked(dict(body), reply.body, reply.status, reply.latency_ms)
    if reply.status != 200:
        return asked.refused("status", f"The service answered with {reply.status}.")
    try:
        return asked.proposing(*proposal(reply.body))
    except (ValueError, KeyError, TypeError) as problem:
        return asked.refused("unusable", str(problem)[:300])


def proposal(text: str) -> tuple[Proposal, str]:
    """The advice in a response, and the label of its source. ValueError tells in words why there is none."""
    response = json.loads(text)
    cards = response.get("cards") if isinstance(response, dict) else None
    if not isinstance(cards, list):
        raise ValueError("The response holds no list of cards.")
    if not cards:
        raise ValueError("The service had nothing to say: the list of cards is empty.")
    faults = [fault for card in cards for fault in (card_faults(card) if isinstance(card, dict) else ["No card."])]
    if faults:
        raise ValueError(f"A card breaks the standard. {faults[0]}")
    card = next((one for one in cards if one.get("suggestions")), cards[0])
    suggestions = card.get("suggestions") or [{"label": card["summary"]}]
    chosen = next((one for one in suggestions if one.get("isRecommended")), suggestions[0])
    link = next((one for one in card.get("links", ()) if _is_plain(one)), None)
    detail = clean(str(card.get("detail") or ""))
    made = Proposal(
        diagnosis=clean_line(chosen["label"]),
        summary=clean_line(card["summary"], most=LONGEST_SUMMARY),
        rationale=detail or None,
        link={"label": clean_line(link["label"]), "url": link["url"]} if link else None,
    )
    return made, clean_line(card["source"]["label"])


def _is_plain(link: Mapping[str, Any]) -> bool:
    return link["type"] == "absolute" and bool(re.fullmatch(r"https://\S+", str(link["url"])))
