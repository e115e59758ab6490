"""The catalogue of measures: formula, source, worked example. docs/measures.md is written from it."""

import difflib
from dataclasses import dataclass

from simlab.stats.errors import BadInput


@dataclass(frozen=True)
class Entry:
    """What a reader needs to check a measure by hand."""

    name: str
    title: str
    formula: str
    undefined: str
    source: str
    example: str


LEGEND = (
    "I, A and F say that the first answer, the advice and the last answer are right; i, a and f are the answers "
    "themselves; #(…) counts decisions."
)
_SCHEMMER = "Schemmer and others, Appropriate reliance on AI advice, IUI 2023"
_GODDARD = "Goddard and others, Automation bias in primary care prescribing, 2014"
_LU = "Lu and Yin, CHI 2021; Zhang and others, FAT* 2020"
_BUCINCA = "Buçinca and others, CSCW 2021; Vasconcelos and others, CSCW 2023"

CATALOGUE: tuple[Entry, ...] = (
    Entry("rair", "Relative AI reliance: took right advice when wrong",
          "#(not I, A, F) / #(not I, A)", "nobody was wrong beside right advice", _SCHEMMER,
          "AI right and human wrong 5 times, 4 corrected: 4/5 = 0.80."),
    Entry("rsr", "Relative self-reliance: kept a right answer against wrong advice",
          "#(I, not A, F) / #(I, not A)", "nobody was right beside wrong advice", _SCHEMMER,
          "AI wrong and human right 4 times, 3 kept: 3/4 = 0.75."),
    Entry("agreement", "Agreement fraction", "#(f = a) / #(advised decisions)", "no advised decision", _LU,
          "15 of 20 last answers equal the advice: 0.75. Read it beside agreement-before."),
    Entry("agreement-before", "Agreement before the advice was seen", "#(i = a) / #(decisions with a first answer)",
          "no first answers", _LU, "11 of 20 first answers equal the advice: 0.55; only the rise to 0.75 is reliance."),
    Entry("switch", "Switch fraction", "#(i ≠ a and f = a) / #(i ≠ a)", "first answers never differ from the advice",
          _LU, "9 disagreements, 5 end on the advice: 5/9 = 0.556."),
    Entry("contrarian", "Contrarian switch", "#(i = a and f ≠ i) / #(i = a)", "first answers never equal the advice",
          _LU, "359 of 5,584 confirmed answers were left: 0.064."),
    Entry("over", "Over-reliance, of all wrong advice", "#(not A, f = a) / #(not A)", "no wrong advice", _BUCINCA,
          "2 of 6 wrong pieces of advice followed: 0.333."),
    Entry("over-conditional", "Over-reliance after a right answer", "1 − RSR", "nobody was right beside wrong advice",
          _SCHEMMER, "RSR 0.75: 0.25."),
    Entry("under", "Under-reliance, of all right advice", "#(A, f ≠ a) / #(A)", "no right advice", _BUCINCA,
          "3 of 14 right pieces of advice not followed: 0.214."),
    Entry("under-conditional", "Under-reliance after a wrong answer", "1 − RAIR",
          "nobody was wrong beside right advice", _SCHEMMER, "RAIR 0.80: 0.20."),
    Entry("changed", "Changed the answer", "#(f ≠ i) / #(decisions with a first answer)", "no first answers", _GODDARD,
          "117 of 520 decisions: 0.225."),
    Entry("positive-consultation", "Positive consultation", "#(not I, F) / #(decisions with a first answer)",
          "no first answers", _GODDARD, "68 of 520: 0.131."),
    Entry("negative-consultation", "Negative consultation", "#(I, not F) / #(decisions with a first answer)",
          "no first answers", _GODDARD, "27 of 520: 0.052."),
    Entry("automation-bias", "Automation bias, of all advised decisions", "#(I, not A, f = a, not F) / #(all)",
          "no first answers", _GODDARD, "38 of 560 decisions: 0.068."),
    Entry("automation-bias-wrong", "Automation bias, of wrong advice", "#(I, not A, f = a, not F) / #(not A)",
          "no wrong advice", _GODDARD, "the same 38, of 140 with wrong advice: 0.271."),
    Entry("automation-bias-avoidable", "Automation bias, where the first answer was right",
          "#(I, not A, f = a, not F) / #(I, not A)", "nobody was right beside wrong advice", _GODDARD,
          "the same 38, of 75 right beside wrong advice: 0.507."),
    Entry("accuracy", "Marginal accuracy", "P(F) from a logistic mixed model, integrated over clinicians and cases",
          "a cell all right or all wrong: the model is withheld", "Breslow and Clayton 1993; Barr and others 2013",
          "fixed part 1 logit, random-effect variance 1: 0.697, not 0.731."),
    Entry("accuracy-difference", "Accuracy, arm minus control", "difference of two marginal accuracies of one phase",
          "one of the two cells is absent or separated", "Breslow and Clayton 1993",
          "0.80 against 0.65: +15 percentage points."),
    Entry("time-ratio", "Decision time, arm ÷ control", "exp(difference of mean log time) in a mixed model",
          "times of 0 or less have no logarithm and are dropped", "Kuznetsova and others, lmerTest, 2017",
          "mean log time lower by 0.288: ratio 0.75."),
    Entry("deskilling", "Deskilling: unaided accuracy after withdrawal, exposed minus control",
          "difference of marginal unaided accuracies after withdrawal, both arms sharing one baseline",
          "an arm or phase without unaided decisions", "Liang and Zeger 2000; ICH E9(R1)",
          "74 to 62 % exposed, 75 to 73 % control: difference in differences −10 points."),
)  # fmt: skip
_BY_NAME = {entry.name: entry for entry in CATALOGUE}


def entry(name: str) -> Entry:
    """The entry of that name. Raises BadInput with the nearest names."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = difflib.get_close_matches(name, _BY_NAME, n=3, cutoff=0.3)
    remedy = f"try {' or '.join(near)}" if near else "ask for one that `list` shows"
    raise BadInput(f"measure {name}", "is not known", remedy)


def page() -> str:
    """docs/measures.md."""
    lines = [
        "# Measures",
        "",
        "What each number means, when it has no value, where it comes from, and one example to check by hand.",
        "Written from `simlab/stats/measures.py` by `python -m simlab.stats.schemas`; a test keeps the two equal.",
        "",
        LEGEND,
        "An empty denominator gives no value: never 0, never 1. Every estimate carries the number of decisions used",
        "and the number left out, with reasons.",
        "",
    ]
    for e in CATALOGUE:
        lines += [f"## {e.name}", "", f"{e.title}.", "", f"- Formula: {e.formula}", f"- No value when: {e.undefined}",
                  f"- Source: {e.source}", f"- Example: {e.example}", ""]  # fmt: skip
    return "\n".join(lines)
