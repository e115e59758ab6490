"""A small table of doses, to catch slips of the pen in cases. It is no source for prescribing.

The most that is ordinarily given to an adult in a day by mouth, in milligrams, of the drugs that the shipped cases use.
Ceilings are on the generous side: a fault should mean a misplaced point or a wrong unit.
"""

import re

HIGHEST_DAILY = {
    "alendronic acid": 10,
    "amlodipine": 10,
    "apixaban": 20,
    "aspirin": 4000,
    "atorvastatin": 80,
    "bisoprolol": 20,
    "cetirizine": 20,
    "citalopram": 40,
    "codeine": 240,
    "desogestrel": 0.15,
    "duloxetine": 120,
    "ferrous fumarate": 966,
    "ferrous sulfate": 600,
    "folic acid": 15,
    "furosemide": 240,
    "hyoscine butylbromide": 80,
    "ibuprofen": 2400,
    "indapamide": 2.5,
    "lansoprazole": 120,
    "levetiracetam": 3000,
    "levothyroxine": 0.3,
    "linagliptin": 5,
    "lithium carbonate": 2000,
    "loratadine": 10,
    "losartan": 150,
    "lymecycline": 816,
    "mebeverine": 405,
    "metformin": 3000,
    "methotrexate": 4.3,
    "metoclopramide": 30,
    "naproxen": 1250,
    "omeprazole": 120,
    "paracetamol": 4000,
    "phenoxymethylpenicillin": 4000,
    "prochlorperazine": 100,
    "promethazine": 100,
    "propranolol": 320,
    "ramipril": 10,
    "rizatriptan": 20,
    "sertraline": 200,
    "sildenafil": 100,
    "simvastatin": 80,
    "solifenacin": 10,
    "spironolactone": 400,
    "sumatriptan": 300,
    "tamsulosin": 0.4,
    "tramadol": 400,
}
WEEKLY = ("alendronic acid", "methotrexate")
_MILLIGRAMS = {"micrograms": 0.001, "microgram": 0.001, "mg": 1.0, "g": 1000.0}
_TIMES = {"twice": 2, "three times": 3, "four times": 4, "five times": 5, "six times": 6}


def milligrams_daily(dose: str) -> float | None:
    """`1 g up to four times daily` as 4000; None for what is not a weight with a frequency, such as `two puffs`."""
    found = re.match(r"(\d+(?:\.\d+)?)\s*(micrograms?|mg|g)\b", dose)
    if not found:
        return None
    once = float(found[1]) * _MILLIGRAMS[found[2]]
    times = next((count for word, count in _TIMES.items() if word in dose), 1)
    return once * times / (7 if "week" in dose else 1)


def highest_daily(drug: str) -> float | None:
    """The ceiling for a drug in mg a day, None where the table has none."""
    return next((most for name, most in HIGHEST_DAILY.items() if drug.casefold().startswith(name)), None)
