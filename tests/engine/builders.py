"""Cases and packs as small as a test needs them."""

from simlab.engine.case import Case
from simlab.engine.pack import Pack


def bare_case(case_id: str, *, right: int = 1, wrong: int = 2) -> Case:
    """An imported case with as many right and wrong pieces of advice as asked for."""
    advice = [
        {"id": f"right-{n + 1}", "correct": True, "diagnosis": {"term": "Gout"}, "summary": "Consider gout"}
        for n in range(right)
    ] + [
        {"id": f"wrong-{n + 1}", "correct": False, "diagnosis": {"term": f"Other {n}"}, "summary": "Consider another"}
        for n in range(wrong)
    ]
    return Case.model_validate(
        {
            "id": case_id,
            "origin": "imported",
            "title": "A painful toe",
            "specialty": "rheumatology",
            "patient": {},
            "presentation": "My toe hurts.",
            "reference": {"diagnosis": {"term": "Gout"}},
            "advice": advice,
            "status": {"notice": "For tests", "author": "SimLab contributors"},
        }
    )


def pack_of(cases: list[Case], forms: dict[str, tuple[str, ...]], name: str = "primary-care") -> Pack:
    return Pack.model_construct(
        id=name,
        title="Test pack",
        description="For tests",
        notice=None,
        licence="CC-BY-4.0",
        specialties=("rheumatology",),
        terms=(),
        forms=forms,
        cases={case.id: case for case in cases},
    )


GOOD_CASE = """\
simlab: case/1
id: sore-toe
title: A toe that cannot bear the sheet
specialty: rheumatology
competences: [diagnosis]
difficulty: 0.7
patient: {name: Frank Ellis, age: 58, sex: male, occupation: bus driver}
presentation: |
  "It woke me at three. I cannot even bear the sheet on it."
stages:
  - kind: history
    items:
      - {id: onset, label: Onset, text: "Sudden, last night", key: true}
      - {id: travel, label: Travel, text: "None"}
  - kind: examination
    items:
      - {id: toe, label: Toe, text: "Red, hot, swollen", key: true}
record:
  problems: [{term: Hypertension, since: 2011, code: I10}]
  medication: [{drug: Bendroflumethiazide, dose: 2.5 mg once daily, since: 2012-03}]
  allergies: []
  results: [{name: Urate, unit: umol/L, range: [200, 430], values: [{date: 2026-05-02, value: 520}]}]
  letters: [{date: 2026-01-10, from: "Eye clinic", text: "Discharged."}]
  faults: [{kind: stale-result, where: results/Urate, consequence: "May mislead."}]
question: {prompt: "What is the most likely diagnosis?", kind: ranked-differential, most: 5}
reference:
  diagnosis: {term: Gout, icd10: M10.9, synonyms: [gouty arthritis]}
  differential:
    - {term: Septic arthritis, icd10: M00.9, synonyms: []}
    - {term: Cellulitis, icd10: L03.9}
    - {term: Pseudogout}
  management:
    - {id: colchicine, text: "Offer an NSAID or colchicine", essential: true}
    - {id: review, text: "Review the diuretic"}
    - {id: flying, text: "Send home without looking at the joint", killer: true}
  safety-net: "Come back with fever."
  ice: {ideas: "A sprain", concerns: "Work", expectations: "A tablet"}
advice:
  - id: right-1
    correct: true
    diagnosis: {term: Gouty arthritis, icd10: M10.9}
    confidence: 0.86
    summary: "Consider gout"
    rationale: "Sudden onset at the first joint of the toe."
    findings-for: ["Sudden onset"]
    findings-against: []
  - id: wrong-1
    correct: false
    error-type: premature-closure
    harm: 2
    diagnosis: {term: Cellulitis, icd10: L03.9}
    confidence: 0.8
    summary: "Consider cellulitis"
    rationale: "Red and hot skin."
    findings-for: ["Redness"]
guideline: {title: "Gout", publisher: "NICE", url: "https://example.org/gout", fits: true, note: "Treat early."}
debrief: |
  The joint decides.
harm: 2
status: {notice: "Written for tests", author: SimLab contributors, reviewer: null, review-by: 2028-11-23}
licence: CC-BY-4.0
"""
