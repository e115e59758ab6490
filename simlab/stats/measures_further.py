"""The catalogue of measures of trust over time and of effects that differ."""

from simlab.stats.measures_entry import Entry

FURTHER: tuple[Entry, ...] = (
    Entry(
        "forgetting-curve",
        "Forgetting to a floor",
        "share right = a + b − d (1 − e^(−kt)), t days since advice ended, b for each clinician; half-life ln 2 / k",
        "fewer than four times, a rate at the limit of the search, a floor outside 0 to 1, or a singular information",
        "Wixted and Ebbesen 1991; Lindstrom and Bates 1990",
        "a 0.85, d 0.35, half-life 10 days: 0.675 after 10 days, 0.5875 after 20, floor 0.50.",
    ),
    Entry(
        "reliance-after-error",
        "Reliance after wrong advice",
        "odds of ending on the advice, last advice wrong ÷ right, at equal advice and wrong advice met; mixed model",
        "fewer than 30 such decisions, or all made after the same advice",
        "Dietvorst and others 2015; Lu and Yin, CHI 2021",
        "followed in 40 of 100 after wrong advice and in 60 of 100 after right: odds ratio (40/60)/(60/40) = 0.44.",
    ),
    Entry(
        "trust-tracking",
        "Trust scores against the accuracy met",
        "Pearson's correlation of a trust score with the share of right advice that the person had been shown",
        "no trust score, or all scores or all shares alike",
        "Muir 1994; Jian and others 2000",
        "scores 2, 4, 6 at shares 0.5, 0.6, 0.7: 1.",
    ),
    Entry(
        "effect-modification",
        "Interaction with a modifier",
        "effect at one value minus effect at another, as risk differences; and the ratio of odds ratios; mixed model",
        "the modifier cannot be measured before the outcome",
        "VanderWeele and Knol 2014",
        "advice adds 12 points for registrars and 4 for GPs: −8 points.",
    ),
    Entry(
        "shrunk-effect",
        "Effect on one case, shrunk",
        "exp(β + b): mean log odds ratio and the case's conditional mode",
        "the model may not be read",
        "Efron and Morris 1975; Bates and others 2015",
        "raw odds ratio 4 on one case from 12 decisions, mean 1.5: about 1.8.",
    ),
)
