"""The file with which a new case begins: every part in its place, nothing said."""

from simlab.engine.casesigning import UNSIGNED_NOTICE
from simlab.engine.yamledit import set_value

SKELETON = f"""\
simlab: case/1
id: new-case
title: ""
specialty: general
competences: []
difficulty: 0.6
patient: {{name: "", age: 40, sex: not-stated, occupation: ""}}
presentation: ""
stages:
  - kind: history
    items:
      - {{id: history-1, label: "", text: "", key: true}}
  - kind: examination
    items:
      - {{id: examination-1, label: "", text: ""}}
  - kind: investigations
    items:
      - {{id: test-1, label: "", text: ""}}
record:
  problems: []
  medication: []
  allergies: []
  results: []
  letters: []
question: {{prompt: "What is the most likely diagnosis?", kind: ranked-differential, most: 5}}
reference:
  diagnosis: {{term: "", synonyms: []}}
  differential: []
  management:
    - {{id: action-1, text: "", essential: true}}
  safety-net: ""
  ice: {{ideas: "", concerns: "", expectations: ""}}
advice:
  - id: advice-1
    correct: true
    diagnosis: {{term: ""}}
    confidence: 0.8
    summary: ""
    rationale: ""
    findings-for: []
    findings-against: []
  - id: advice-2
    correct: false
    error-type: premature-closure
    harm: 2
    diagnosis: {{term: ""}}
    confidence: 0.8
    summary: ""
    rationale: ""
    findings-for: []
    findings-against: []
guideline: {{title: "", publisher: NICE, url: "https://www.nice.org.uk/guidance", fits: true, note: ""}}
debrief: ""
harm: 2
status: {{notice: "{UNSIGNED_NOTICE}", author: "", reviewer: null, reviewed-on: null, review-by: null}}
licence: CC-BY-4.0
"""


def text_for(name: str, title: str, specialty: str) -> str:
    """The skeleton under a name, with a title and a specialty."""
    text = SKELETON
    for key, value in (("id", name), ("title", title), ("specialty", specialty)):
        text = set_value(text, (key,), value)
    return text
