"""The catalogue of measures: formula, source, worked example. docs/measures.md is written from it."""

import difflib

from simlab.stats.errors import BadInput
from simlab.stats.measures_entry import Entry
from simlab.stats.measures_further import FURTHER
from simlab.stats.measures_items import ITEMS
from simlab.stats.measures_more import MORE
from simlab.stats.measures_skill import SKILL

LEGEND = (
    "I, A and F say that the first answer, the advice and the last answer are right; i, a and f are the answers "
    "themselves; #(…) counts decisions."
)
_SCHEMMER = "Schemmer and others, Appropriate reliance on AI advice, IUI 2023"
_GODDARD = "Goddard and others, Automation bias in primary care prescribing, 2014"
_LU = "Lu and Yin, CHI 2021; Zhang and others, FAT* 2020"
_BUCINCA = "Buçinca and others, CSCW 2021; Vasconcelos and others, CSCW 2023"

_FIRST: tuple[Entry, ...] = (
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
    Entry("persistence", "Persistence: the same contrast at the last unaided phase",
          "as deskilling, at the later phase", "no unaided phase after the primary one", "as deskilling",
          "−8 points after withdrawal, −5 later: part of the loss has gone."),
    Entry("decay", "Decay: change from withdrawal to the later phase, exposed minus control",
          "difference in differences of marginal unaided accuracies", "an arm or phase without unaided decisions",
          "as deskilling", "exposed +8 points, control −7: +15."),
    Entry("retention-ratio", "Retention ratio", "(late − g) / (post − g), g the rate of right guesses",
          "post is not above guessing", "common in studies of skill retention",
          "0.62 / 0.74 = 0.838; with g = 0.25, 0.755."),
    Entry("deskilling-index", "Deskilling index", "(before − after) / before", "nothing right before",
          "from Budzyń and others, Lancet Gastroenterology and Hepatology 2025", "28.4 to 22.4 %: 0.213."),
    Entry("dependency-gap", "Dependency gap", "(aided − unaided) after − (aided − unaided) before", "never",
          "follows from the two differences", "gain from aid grows from 10 to 20 points: +10."),
    Entry("savings", "Savings", "(original effort − effort of relearning) / original effort", "no original effort",
          "Ebbinghaus 1885", "120 minutes, then 54: 0.55."),
    Entry("cusum", "CUSUM: watching for loss of competence",
          "S = max(0, S + w), w = ln(p1/p0) on failure, ln((1 − p1)/(1 − p0)) on success", "never",
          "Page 1954", "p0 0.10, p1 0.20, failures at 2, 5, 6, 8 of 10: peak 2.419 at case 8, above ln 9 = 2.197."),
    Entry("learning-cusum", "LC-CUSUM: watching for competence being reached",
          "the weights of CUSUM with p0 and p1 exchanged", "never", "Biau and Porcher 2010",
          "p0 0.10, p1 0.20, limit 1.25: reached after 11 straight successes."),
    Entry("weight-of-advice", "Weight of advice", "(final − initial) / (advice − initial)",
          "advice equals the first answer", "Harvey and Fischer 1997; Yaniv 2004", "20, advised 50, ends at 30: 1/3."),
    Entry("bounded-weight", "Bounded weight of advice", "|f − i| / (|f − i| + |f − a|), 1 when all are equal", "never",
          "Rosbach and others 2024", "20, advised 50, ends at 10: 10 / (10 + 40) = 0.2."),
    Entry("reliance-losses", "Decision-theoretic losses of reliance",
          "reliance loss R − M, discrimination loss M − O; scaled by R − B", "no disagreement; scaled: R = B",
          "Guo and others, FAccT 2024", "B 0.57, R 0.73, M 0.68, O 0.55: losses 0.05 and 0.13, scaled 0.31 and 0.81."),
    Entry("discernment", "d′ and criterion of reliance",
          "d′ = z(H) − z(F), c = −(z(H) + z(F))/2; H, F: right, wrong advice followed, on disagreements",
          "no right or no wrong advice", "Hautus 1995 for the correction (k + 0.5)/(n + 1)",
          "H 4/5, F 1/4, corrected 0.75 and 0.30: d′ 1.199, c −0.075."),
    Entry("automation-effect", "Commission or omission beyond the base rate",
          "error rate with wrong or silent aid − error rate without aid", "no such item in a group",
          "Lyell and Coiera 2017", "12/40 missed with silent aid, 6/40 without: +0.15."),
    Entry("inheritance", "Inherited error",
          "rate of the AI's kind of error after exposure − rate in people never exposed",
          "no such case in a group", "Vicente and Matute 2023", "6/20 after exposure, 1/20 never exposed: +0.25."),
    Entry("appropriate-request", "Appropriate asking for advice",
          "P(asked | would be wrong) − P(asked | would be right)",
          "never wrong or never right alone", "follows from the two rates", "8/10 and 3/10: 0.5."),
    Entry("augmentation", "Augmentation", "accuracy together − accuracy of the human alone", "no first answers",
          "Vaccaro and others, Nature Human Behaviour 2024", "0.80 − 0.65 = +0.15."),
    Entry("synergy", "Synergy (complementarity)", "accuracy together − the better of human and AI", "no first answers",
          "Bansal and others, CHI 2021; Vaccaro and others 2024", "0.80 − max(0.65, 0.70) = +0.10."),
    Entry("performance-gain", "Performance gain", "(HAI − H) / (AI − H)", "the AI is not better than the human",
          "from the definitions of augmentation", "(0.7553 − 0.7108) / (0.7907 − 0.7108) = 0.557."),
    Entry("brier", "Brier score", "mean (p − y)²; = reliability − resolution + uncertainty", "no confidence given",
          "Brier 1950; Murphy 1973",
          "p 0.9 three times (two right), 0.6 four times (two right), 0.3 three times (one right): 0.254."),
    Entry("calibration-error", "Expected calibration error",
          "Σ n_b/n · |accuracy_b − confidence_b| over ten equal bins",
          "no confidence given", "Naeini and others, AAAI 2015",
          "3 at gap 0.233, 4 at 0.1, 3 at 0.033: (0.7 + 0.4 + 0.1)/10 = 0.12."),
    Entry("overconfidence", "Over-confidence", "mean confidence − accuracy", "no confidence given",
          "Lichtenstein and others 1982", "mean confidence 0.731, 4 of 8 right: +0.231."),
    Entry("confidence-gap", "Resolution of confidence", "mean confidence when right − mean confidence when wrong",
          "all right or all wrong", "common", "83.75 − 62.5 = 21.25 points."),
    Entry("type2-auroc", "Type-2 AUROC", "P(confidence in a right decision > in a wrong one) + ½ P(equal)",
          "all right or all wrong", "Fleming and Lau 2014", "14 of 16 pairs: 0.875."),
    Entry("gamma", "Goodman and Kruskal's gamma", "(concordant − discordant) / (concordant + discordant)",
          "every pair tied", "Goodman and Kruskal 1954", "14 concordant, 2 discordant: 0.75."),
    Entry("top-k", "Top-k accuracy", "share of answers with the reference among the first k; not listed counts 0",
          "no answers", "common", "ranks 1, 2, none, 4: top-1 0.25, top-2 0.50, top-5 0.75."),
    Entry("reciprocal-rank", "Mean reciprocal rank", "mean of 1/rank; not listed counts 0", "no answers", "common",
          "ranks 1, 2, none, 4: (1 + 0.5 + 0 + 0.25)/4 = 0.4375."),
    Entry("ndcg", "Normalised discounted cumulative gain", "Σ gain/log2(rank + 1), over that of the best list",
          "nothing is relevant", "Järvelin and Kekäläinen 2002", "the one right answer second: 1/log2 3 = 0.631."),
    Entry("sus", "System Usability Scale", "2.5 × [Σ odd (x − 1) + Σ even (5 − x)]", "any item missing", "Brooke 1996",
          "4, 2, 5, 1, 4, 2, 5, 1, 4, 2: 85."),
    Entry("tlx", "NASA Task Load Index", "raw: mean of six; weighted: Σ w r / 15", "any item missing",
          "Hart and Staveland 1988", "70, 10, 55, 40, 65, 30 with weights 5, 0, 3, 2, 4, 1: raw 45, weighted 59."),
    Entry("median-time", "Median time to decision, with a limit",
          "first time at which Kaplan–Meier's curve ∏ (1 − decided/at risk) is at or below ½",
          "fewer than half decided before the limit", "Kaplan and Meier 1958; Lin and Wei 1989",
          "20, 30 and 50 s, and two cut short at 60 s: ⅘, ⅗, ⅖; the median is 50 s."),
    Entry("hazard-ratio", "Hazard ratio and time ratio",
          "exp β of proportional hazards (Efron's ties); exp β of log time = xβ + σε (accelerated failure time)",
          "no decision before the limit", "Cox 1972; Efron 1977; Kalbfleisch and Prentice 2002",
          "everything takes twice as long: time ratio 2; under exponential times the hazard ratio is ½."),
    Entry("rubin", "Multiple imputation, pooled",
          "mean of m estimates; variance = mean variance + (1 + 1/m) × their variance; Barnard and Rubin's df",
          "fewer than two imputations can be read", "Rubin 1987; Barnard and Rubin 1999",
          "estimates 0.04, 0.06, 0.08 with variances 0.0001: value 0.06, variance 0.0001 + 4/3 × 0.0004 = 0.00063."),
    Entry("staying-weights", "Inverse-probability-of-staying weights",
          "answers of those who stayed, each weighted by 1 / P(stay | what was known before)",
          "fewer than five left or stayed; or one would stand for more than twenty",
          "Robins, Rotnitzky and Zhao 1995",
          "of ten alike five stay, four of them right: each stands for two, so eight of ten."),
    Entry("tipping-point", "Tipping point of the missing",
          "least δ for which the conclusion changes when logits of missing decisions of one arm are lowered by δ",
          "nothing is missing, or no δ that was tried changes it", "National Research Council 2010",
          "the interval excludes −10 points at δ = 0.5 and not at δ = 1: it tips between the two."),
)  # fmt: skip
CATALOGUE = (*_FIRST, *MORE, *SKILL, *FURTHER, *ITEMS)
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
