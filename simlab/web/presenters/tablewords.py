"""What tables, columns and choices of the statistics are called on a page."""

# What is not here is shown as the statistics call it.
TITLES = {
    "participants": "Participants by phase and arm",
    "encounters": "Planned cases by phase and arm, and what became of them",
    "sensitivity": "The primary comparison in other ways, in percentage points",
    "non-inferiority by population": "The claim of non-inferiority in both populations, in percentage points",
    "populations": "Who is in which population, and why others are not",
    "Holm": "Secondary contrasts, corrected by Holm’s method",
    "random effects": "Random effects of the model: standard deviations on its own scale",
    "seconds by cell": "Seconds by phase and arm, as observed",
    "measures": "Further measures of confidence, by phase and arm",
    "curve": "Calibration curve: confidence stated and share right",
    "estimand": "The comparison as an estimand",
    "withheld": "What is withheld until unblinding, and why",
    "AUC by reader": "Area under the ROC curve of each reader",
    "all conditions equal": "Test that all are equal",
    "components": "Mean squares, covariances and variance components",
    "proportional hazards": "Does the ratio of rates stay the same? Score test, decisions taken as independent",
    "missing decisions": "Decisions that are missing, by phase and arm",
    "tipping": "The comparison, were the missing decisions worse than the others",
}
COLUMNS = {
    "below alpha": "below the level of the plan", "type-2 AUROC": "discrimination (type 2 AUROC)",
    "clinicians with none": "clinicians without any", "logits": "worse by, logits", "points": "worse by, points",
    "df1": "df 1", "df2": "df 2", "sentence": "in words", "factor": "who or what differs", "term": "in what",
}  # fmt: skip
CHOICES = {
    "treatment-policy": "Treatment policy", "hypothetical": "Hypothetical", "composite-failure": "Composite (failure)",
    "while-on-treatment": "While on treatment", "exclude": "Left out", "allocated": "Allocated", "exposed": "Exposed",
    "per-protocol": "Per protocol", "final-top-1": "Final answer right", "risk-difference": "Risk difference",
    "noninferiority": "Non-inferiority", "superiority": "Superiority", "difference": "Difference",
    "such cases": "Such cases", "decision left out": "Decision left out", "clinician": "Clinicians", "case": "Cases",
    "(Intercept)": "level", "intercept": "level",
}  # fmt: skip
