"""The words of the form in which a case is written."""

SECTIONS = (
    ("The case", "What it is called and who comes. Nothing here may give the answer away.", (
        "id", "title", "twin-of", "specialty", "competences", "difficulty", "harm", "patient", "presentation",
    )),
    ("Stages", "What can be asked, examined and tested. Mark what decides the case as key.", ("stages",)),
    ("Record", "The GP record: problems, medicines, allergies, results, letters, and what is wrong in it on purpose.", (
        "record",
    )),
    ("Question", "What the clinician is asked.", ("question",)),
    ("Key", "The reference answer and ideal management. Never shown before the debrief.", ("reference",)),
    ("Advice", "At least one card that is right and one that is wrong. They must look alike.", ("advice",)),
    ("Guideline", "Linked and put in your own words, never quoted.", ("guideline",)),
    ("Expert reasoning", "Shown in the debrief.", ("debrief",)),
    ("Licence and status", "A signature is given on the review page, by a reviewer.", (
        "origin", "licence", "status",
    )),
)  # fmt: skip

LABELS = {
    "id": "Name of the folder",
    "twin-of": "Twin of",
    "difficulty": "Expected to be right unaided",
    "harm": "Weight of a wrong answer",
    "presentation": "The patient’s own words",
    "debrief": "Reasoning of an expert",
    "stages.items.text": "What is found",
    "stages.items.key": "Key: decides the case",
    "stages.items.alt": "Text alternative of the image",
    "stages.items.asked-only": "Only when asked for",
    "reference.safety-net": "Safety net",
    "reference.ice": "Ideas, concerns, expectations",
    "advice.correct": "This advice is right",
    "advice.error-type": "Kind of error",
    "advice.harm": "Harm if it were followed",
    "advice.confidence": "Stated confidence",
    "advice.similar": "Similar cases",
    "advice.counterfactual": "What would change it",
    "guideline.fits": "The guideline fits this patient",
    "guideline.note": "What it says, in your own words",
    "status.review-by": "To be reviewed by",
}

HINTS = {
    "id": "Small letters and hyphens. It must not give the answer away.",
    "title": "The complaint, never the diagnosis. Up to 60 characters.",
    "twin-of": "The case of this pack that is told again of another patient. Leave empty as a rule.",
    "competences": "One a line, for example diagnosis",
    "difficulty": "Share of general practitioners, 0 to 1. Aim for 0.4 to 0.8. It is a guess until a pilot.",
    "harm": "1 minor, 2 moderate, 3 severe",
    "presentation": "15 to 180 everyday words.",
    "stages.items.image": "The name of a picture that you uploaded, for example rash.png",
    "stages.items.alt": "What a reader must know of it, in a sentence",
    "stages.items.cost": "What asking for it costs where a study has menus",
    "since": "2026-05-02, 2026-05 or 2026",
    "date": "2026-05-02, 2026-05 or 2026",
    "review-by": "Such as 2028-11-23",
    "range": "Lowest and highest normal value, for example 0.4, 4.5. Leave one side empty where it has no bound.",
    "synonyms": "One a line: other names that count as right",
    "record.faults": "Each fault with the entry that is wrong and what follows from it for the patient.",
    "record.faults.where": "The list and the entry, for example medication/Methotrexate",
    "record.allergies": "An empty list says “none known”.",
    "record.noise": "Entries that have nothing to do with the complaint.",
    "reference.differential": "3 to 6 plausible others",
    "reference.management": "3 to 6 key features, at least one essential",
    "question.kind": "Changing it empties the question; earlier texts stay in the history.",
    "advice.summary": "The line of the card, fewer than 140 characters",
    "advice.findings-for": "One a line. All cards of a case need equally many.",
    "advice.findings-against": "One a line. All cards of a case need equally many.",
    "advice.highlights": "Words of the case that are marked in it, one a line",
    "advice.answer": "As in the file, for example {choice: scan}",
    "advice.confidence": "0 to 1",
    "panel": "Votes for −2, −1, 0, +1, +2, for example 0, 2, 5, 8, 1",
    "record.medication.dose": "Such as 10 mg once daily",
    "dose": "Lowest and highest",
    "weight": "−1 against to 1 for",
}

# What names an item in the heading of its box, the first that is there.
TITLES = (
    "label",
    "title",
    "term",
    "drug",
    "substance",
    "name",
    "summary",
    "text",
    "kind",
    "prompt",
    "if",
    "finding",
    "date",
    "id",
)

# Optional fields that nearly every item needs, so that they stand in a new one.
ALSO_BLANK = {
    "Advice": ("confidence", "rationale", "findings_for", "findings_against"),
    "Term": (),
}


def label(key: str) -> str:
    if key == "icd10":
        return "ICD-10 code"
    words = key.replace("-", " ")
    return words[:1].upper() + words[1:]
