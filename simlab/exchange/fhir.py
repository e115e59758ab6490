"""A case as FHIR R4 resources, for the prefetch of a CDS Hooks request.

Only what a participant may see of the case is told (`Case.public`): no reference, no advice, no key findings, and
nothing about anybody who takes part.
"""

from collections.abc import Iterable, Mapping
from typing import Any

PATIENT = "patient"
SEXES = {"female": "female", "male": "male", "other": "other", "not-stated": "unknown"}
HOOK = "patient-view"
PREFETCH = ("patient", "encounter", "conditions", "medications", "allergies", "observations")

Seen = Mapping[str, Any]


def prefetch(case: Seen, *, year: int) -> dict[str, Any]:
    """The prefetch of a `patient-view` request; `year` is the present one, from which the year of birth is counted."""
    record = case.get("record") or {}
    return {
        "patient": patient(case.get("patient") or {}, year),
        "encounter": encounter(case),
        "conditions": bundle(_condition(one) for one in record.get("problems") or ()),
        "medications": bundle(_medication(one) for one in record.get("medication") or ()),
        "allergies": bundle(_allergies(record.get("allergies"))),
        "observations": bundle([*_results(record.get("results") or ()), *_findings(case.get("stages") or ())]),
    }


def patient(who: Seen, year: int) -> dict[str, Any]:
    made: dict[str, Any] = {"resourceType": "Patient", "id": PATIENT, "gender": SEXES[who.get("sex") or "not-stated"]}
    if who.get("age") is not None:
        made["birthDate"] = str(year - int(who["age"]))
    return made


def encounter(case: Seen) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": "encounter",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": _subject(),
        "reasonCode": [{"text": case["presentation"]}],
    }


def bundle(resources: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A searchset of resources, each with an id of its own."""
    entries = [{"resource": {**one, "id": f"{one['resourceType'].lower()}-{n}"}} for n, one in enumerate(resources, 1)]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _subject() -> dict[str, str]:
    return {"reference": f"Patient/{PATIENT}"}


def _condition(problem: Seen) -> dict[str, Any]:
    code: dict[str, Any] = {"text": problem["term"]}
    if problem.get("code"):
        code["coding"] = [{"system": "http://hl7.org/fhir/sid/icd-10", "code": problem["code"]}]
    made: dict[str, Any] = {"resourceType": "Condition", "subject": _subject(), "code": code}
    return made | ({"onsetDateTime": problem["since"]} if problem.get("since") else {})


def _medication(medicine: Seen) -> dict[str, Any]:
    return {
        "resourceType": "MedicationStatement",
        "status": "active",
        "subject": _subject(),
        "medicationCodeableConcept": {"text": medicine["drug"]},
        "dosage": [{"text": medicine["dose"]}],
    } | ({"effectivePeriod": {"start": medicine["since"]}} if medicine.get("since") else {})


def _allergies(allergies: Iterable[Seen] | None) -> list[dict[str, Any]]:
    """An empty list in the record says that none are known; a record without the list says nothing."""
    if allergies is None:
        return []
    known = [
        {"resourceType": "AllergyIntolerance", "patient": _subject(), "code": {"text": one["substance"]}}
        | ({"reaction": [{"manifestation": [{"text": one["reaction"]}]}]} if one.get("reaction") else {})
        for one in allergies
    ]
    return known or [
        {"resourceType": "AllergyIntolerance", "patient": _subject(), "code": {"text": "No known allergies"}}
    ]


def _results(results: Iterable[Seen]) -> Iterable[dict[str, Any]]:
    for result in results:
        for value in result["values"]:
            low, high = result.get("range") or (None, None)
            limits = {name: {"value": bound} for name, bound in (("low", low), ("high", high)) if bound is not None}
            yield {
                **_observation(result["name"]),
                "effectiveDateTime": value["date"],
                "valueQuantity": {"value": value["value"], "unit": result.get("unit") or "1"},
            } | ({"referenceRange": [limits]} if limits else {})


def _findings(stages: Iterable[Seen]) -> Iterable[dict[str, Any]]:
    for stage in stages:
        for item in stage["items"]:
            yield {
                **_observation(item["label"]),
                "category": [{"text": stage["kind"]}],
                "valueString": item["text"],
            }


def _observation(name: str) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "subject": _subject(), "code": {"text": name}}
