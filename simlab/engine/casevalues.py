"""Rules about the numbers of a case: UK units, values a living patient can have, doses, ages and dates."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simlab.engine.casetexts import Finding, card_words, texts
from simlab.engine.drugdoses import WEEKLY, highest_daily, milligrams_daily
from simlab.engine.yamlfile import FieldPath

if TYPE_CHECKING:
    from simlab.engine.case import Case

# Test, by the beginning of its name: units used in the UK, and the values a living patient can have in them.
TESTS: dict[str, tuple[tuple[str, ...], float, float]] = {
    "albumin": (("g/L",), 5, 70),
    "alt": (("U/L",), 1, 20000),
    "bilirubin": (("micromol/L",), 0, 1000),
    "body mass index": (("kg/m2", "kg/m²"), 8, 100),
    "calcium": (("mmol/L",), 0.8, 6),
    "creatine kinase": (("U/L",), 5, 500000),
    "creatinine": (("micromol/L",), 5, 3000),
    "crp": (("mg/L",), 0, 700),
    "egfr": (("mL/min/1.73 m2", "mL/min/1.73 m²"), 1, 150),
    "eosinophils": (("10^9/L",), 0, 200),
    "esr": (("mm/h",), 0, 150),
    "ferritin": (("micrograms/L",), 1, 50000),
    "gamma gt": (("U/L",), 1, 10000),
    "glucose": (("mmol/L",), 0.5, 80),
    "haemoglobin": (("g/L",), 20, 250),
    "hba1c": (("mmol/mol",), 15, 200),
    "height": (("cm",), 30, 250),
    "lithium level": (("mmol/L",), 0, 6),
    "mean cell volume": (("fL",), 45, 160),
    "non-hdl cholesterol": (("mmol/L",), 0.3, 25),
    "oxygen saturation": (("%",), 40, 100),
    "peak flow": (("L/min",), 30, 900),
    "platelets": (("10^9/L",), 1, 3000),
    "potassium": (("mmol/L",), 1.2, 10),
    "psa": (("micrograms/L",), 0, 10000),
    "pulse rate": (("beats/min",), 20, 300),
    "sodium": (("mmol/L",), 95, 190),
    "systolic blood pressure": (("mmHg",), 40, 300),
    "temperature": (("°C",), 25, 43),
    "total protein": (("g/L",), 20, 160),
    "tsh": (("mU/L",), 0, 500),
    "urea": (("mmol/L",), 0.5, 100),
    "vitamin b12": (("ng/L",), 20, 5000),
    "vitamin d": (("nmol/L",), 5, 1000),
    "weight": (("kg",), 0.4, 400),
}
FOREIGN_UNITS = re.compile(r"\d\s*(mg/dl|ng/dl|g/dl|meq/l|°\s?f|lbs?|ounces)\b", re.IGNORECASE)
OBSERVED = (
    (re.compile(r"\bBP (\d+)/\d+"), "a systolic pressure", 40, 300),
    (re.compile(r"\b[Pp]ulse (\d+)\b"), "a pulse", 20, 300),
    (re.compile(r"\b[Tt]emperature (\d+(?:\.\d+)?)"), "a temperature", 25, 43),
    (re.compile(r"\b[Ss]aturation (\d+)"), "an oxygen saturation", 40, 100),
)
_AGED = re.compile(r"\b(?:man|woman|boy|girl|teenager) (?:of|aged) (\d+)\b|\b(\d+)[- ]year[- ]old\b")
_FERTILE = (11, 60)


def units(case: "Case") -> Iterator[Finding]:
    """Results in units of another country, or of another test."""
    for index, result in enumerate(case.record.results):
        known = _test(result.name)
        if known and result.unit not in known[0]:
            message = f"{result.name} is given in “{result.unit}”."
            yield ("record", "results", index, "unit"), message, f"Give it in {' or '.join(known[0])}."
    for path, text in texts(case):
        found = FOREIGN_UNITS.search(text)
        if found:
            yield path, f"“{found[1]}” is no unit of UK practice.", "Use the unit that UK laboratories report."


def impossible_values(case: "Case") -> Iterator[Finding]:
    """Results and observations that no living patient has."""
    for index, result in enumerate(case.record.results):
        known = _test(result.name)
        for at, value in enumerate(result.values):
            if known and result.unit in known[0] and not known[1] <= value.value <= known[2]:
                message = f"{result.name} of {value.value:g} {result.unit} cannot be."
                yield ("record", "results", index, "values", at, "value"), message, "Correct the value or its unit."
    for path, text in texts(case):
        for pattern, what, low, high in OBSERVED:
            for found in pattern.finditer(text):
                if not low <= float(found[1]) <= high:
                    yield path, f"{what} of {found[1]} cannot be.", "Correct the number."


def _test(name: str) -> tuple[tuple[str, ...], float, float] | None:
    return next((test for begin, test in TESTS.items() if name.casefold().startswith(begin)), None)


def doses(case: "Case") -> Iterator[Finding]:
    """Doses beyond the most that is given to an adult, and weekly drugs that are not taken weekly."""
    for index, medicine in enumerate(case.record.medication):
        path: FieldPath = ("record", "medication", index, "dose")
        weekly = any(medicine.drug.casefold().startswith(drug) for drug in WEEKLY)
        if weekly and "week" not in medicine.dose:
            yield path, f"{medicine.drug} is taken once a week.", "Write “once weekly”, with its weekly dose."
        given, most = milligrams_daily(medicine.dose), highest_daily(medicine.drug)
        if given is not None and most is not None and given > most * 1.001:
            message = f"{medicine.drug} comes to {given:g} mg a day; an adult is given {most:g} mg at most."
            yield path, message, "Correct the dose."


def ages(case: "Case") -> Iterator[Finding]:
    """Cards that give another age, and problems that the patient's sex or age rules out."""
    age, sex = case.patient.age, case.patient.sex
    for index, advice in enumerate(case.advice):
        for found in _AGED.finditer(card_words(advice)):
            stated = found[1] or found[2]
            if age is not None and int(stated) != int(age):
                message = f"the card speaks of somebody aged {stated}, and the patient is {age:g}."
                yield ("advice", index), message, "Correct the age."
    planned = {fault.where for fault in case.record.faults}
    for index, problem in enumerate(case.record.problems):
        if f"problems/{problem.term}" in planned:
            continue
        term = problem.term.casefold()
        bearing = re.search(r"pregnan|delivery|miscarriage|menorrh|caesarean", term)
        if (bearing and sex == "male") or (re.search(r"prostat|testic|testis", term) and sex == "female"):
            message = f"the problem “{problem.term}” does not fit the patient's sex."
            yield ("record", "problems", index, "term"), message, "Correct it, or list it as a fault of the record."
        elif bearing and "pregnan" in term and age is not None and not _FERTILE[0] <= age <= _FERTILE[1]:
            message = f"the problem “{problem.term}” does not fit the age of {age:g}."
            yield ("record", "problems", index, "term"), message, "Correct it, or list it as a fault of the record."


def dates(case: "Case", today: str) -> Iterator[Finding]:
    """Days that have not come, days before the patient was born, and series that run backwards."""
    dated = list(_dated(case))
    last = max((day for _, day in dated), default=today)
    born = None if case.patient.age is None else int(last[:4]) - int(case.patient.age) - 1
    for path, day in dated:
        if day > today[: len(day)]:
            yield path, f"{day} has not come yet.", "Use a day before the case was written."
        elif born is not None and int(day[:4]) < born:
            yield path, f"{day} is before the patient was born.", "Correct the day or the age."
    for index, result in enumerate(case.record.results):
        days = [value.date for value in result.values]
        if days != sorted(days):
            yield ("record", "results", index, "values"), "the series does not run from old to new.", "Sort it by date."
    status = case.status
    if status.reviewed_on and status.review_by and status.review_by <= status.reviewed_on:
        yield ("status", "review-by"), "the next review is not after the last one.", "Correct one of the two days."


def _dated(case: "Case") -> Iterator[tuple[FieldPath, str]]:
    record = case.record
    since = [(("record", "problems", index, "since"), one.since) for index, one in enumerate(record.problems)]
    since += [(("record", "medication", index, "since"), one.since) for index, one in enumerate(record.medication)]
    yield from ((path, day) for path, day in since if day)
    for index, letter in enumerate(record.letters):
        yield ("record", "letters", index, "date"), letter.date
    for index, result in enumerate(record.results):
        for at, value in enumerate(result.values):
            yield ("record", "results", index, "values", at, "date"), value.date
    if case.status.reviewed_on:
        yield ("status", "reviewed-on"), case.status.reviewed_on
