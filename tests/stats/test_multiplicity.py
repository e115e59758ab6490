"""Which contrasts belong to the family, and Holm's step-down worked by hand."""

import pytest

from simlab.stats import multiplicity, planfile, plans
from simlab.stats.result import Analysis, Estimate


def contrast(name, p):
    return Estimate(name, name, 0.1, "difference", "", p=p)


def made(*estimates, name="accuracy"):
    return Analysis(name, name, tuple(estimates))


def table(analyses, document):
    found = multiplicity.analyse(analyses, planfile.parse(document))
    return None if found is None else found.tables[0].rows


def test_holm_of_three_worked_by_hand(plan):
    rows = table(
        [
            made(contrast("difference/advised/exposure", 0.02), contrast("difference/advised/retention", 0.04)),
            made(contrast("ratio/advised/exposure", 0.011), name="time"),
        ],
        plan,
    )
    # 3 × 0.011; then 2 × 0.02 = 0.04; then max(0.04, 1 × 0.04).
    assert [row[3] for row in rows] == [0.02, 0.04, 0.011]
    assert [row[4] for row in rows] == pytest.approx([0.04, 0.04, 0.033])
    assert [row[5] for row in rows] == [True, True, True]


def test_family_leaves_out_primary_baseline_descriptions_and_what_has_no_p(plan):
    analyses = [
        made(contrast("difference/advised/baseline", 0.01), contrast("difference/advised/exposure", 0.01)),
        made(contrast("accuracy/advised/exposure", 0.01), contrast("difference/advised/withdrawal", None)),
        made(contrast("difference", 0.01), name="deskilling"),
        made(contrast("difference/two-way", 0.01), name="sensitivity"),
        made(contrast("difference", 0.03), contrast("change/advised", 0.01), name="decay"),
    ]
    assert [row[:2] for row in table(analyses, plan)] == [
        ("accuracy", "difference/advised/exposure"),
        ("decay", "difference"),
    ]


def test_one_contrast_or_none_asked_for_needs_no_correction(plan):
    two = [made(contrast("difference/advised/exposure", 0.02), contrast("difference/advised/retention", 0.04))]
    assert table([made(contrast("difference/advised/exposure", 0.02))], plan) is None
    assert table(two, plan | {"multiplicity": "none"}) is None
    assert table(two, plan) is not None


def test_raw_p_of_a_run_stands_beside_the_adjusted_one(study, plan):
    found = plans.run(study(people=12), plan | {"analyses": ["accuracy", "time"], "bootstrap": 100})
    raw = {(a["name"], e["name"]): e["p"] for a in found["analyses"] for e in a["estimates"]}
    rows = found["analyses"][-1]["tables"][0]["rows"]
    assert len(rows) == 6
    for name, contrast_name, _, p, adjusted, _ in rows:
        assert p == raw[name, contrast_name]
        assert p <= adjusted <= 1


def test_one_contrast_of_a_further_analysis_belongs_to_the_family_and_the_rest_is_called_exploratory(plan):
    further = [
        made(
            contrast("hazard-ratio/advised/exposure", 0.01),
            contrast("time-ratio/advised/exposure", 0.02),
            name="survival",
        ),
        made(contrast("difference/advised/exposure", 0.03), name="ordinal"),
        made(contrast("interaction/advice/grade", 0.04), name="heterogeneity"),
        made(contrast("last-wrong/switch", 0.001), name="trust-switch"),
    ]
    found = multiplicity.analyse(further, planfile.parse(plan))
    assert [row[1] for row in found.tables[0].rows] == ["hazard-ratio/advised/exposure", "difference/advised/exposure"]
    assert "“survival”; “heterogeneity”; “trust-switch”" in found.warnings[0]
    named = plan | {"options": {"heterogeneity": {"modifiers": ["grade"]}}}
    assert "interaction/advice/grade" in [row[1] for row in table(further, named)]


def test_exploratory_p_values_are_told_where_nothing_is_corrected(plan):
    further = [made(contrast("last-wrong/switch", 0.001), name="trust-switch")]
    found = multiplicity.analyse(further, planfile.parse(plan | {"multiplicity": "none"}))
    assert found.tables == ()
    assert "exploratory" in found.warnings[0]
