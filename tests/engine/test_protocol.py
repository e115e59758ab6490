# ruff: noqa: E501 - the table of broken files reads best with one row a line
import json
from datetime import timedelta
from pathlib import Path

import pytest

from simlab.engine.errors import InvalidFile
from simlab.engine.protocol import Protocol, check_against_pack, consent_statements, load_protocol, parse_protocol
from tests.engine.builders import bare_case, pack_of

ROOT = Path(__file__).resolve().parents[2]

# What is changed in the demonstration protocol: (old text, new text, place without the line, message and remedy).
BROKEN_PROTOCOLS = [
    ("simlab: study/1", "simlab: study/9", "simlab", "this is not a file of the format study/1. Begin the file with “simlab: study/1”."),
    ("title: Does", "titel: Does", "titel", "“titel” is not a known key here. Did you mean “title”?"),
    ("title: Does AI advice deskill GPs?", "title: 5", "title", "“5” is not text. Write text, in quotation marks if it looks like a number."),
    ("title: Does AI advice deskill GPs?", "title:", "title", "the value is empty. Write a value after “title:”, or remove the line if it is optional."),
    ("gp-registrar,", "gp-registar,", "population.roles[2]", "“gp-registar” is not a known role. Did you mean “gp-registrar”?"),
    ("roles: [gp, gp-registrar, nurse-practitioner]", "roles: []", "population.roles", "this has too few items (0). At least 1 are needed."),
    ("allocate-by: person", "allocate-by: ward", "population.allocate-by", "“ward” is not one of the possible values. Use “person” or “site”."),
    ("allocate-by: person", "sites: {Northern: North}", "population.sites.Northern", "“Northern” does not fit here. See the format page for what may be written."),
    ("consent: consent.md", "consent: ../consent.md", "documents.consent", "“../consent.md” does not fit here. See the format page for what may be written."),
    ("A: 6", "A: 0", "cases.forms.A", "“0” is out of range. Write a number of at least 1."),
    ("A: 6", "A: 5", "cases.forms", "the forms rotate but differ in size. Give every form the same number of cases."),
    (", D: 6}", "}", "cases.forms", "4 phases need 4 forms, and there are 3. Add forms, so that nobody meets a case twice."),
    ("rotate: latin-square", "rotate: latin", "cases.rotate", "“latin” is not one of the possible values. Use “fixed” or “latin-square”."),
    ("arms: {unaided: 1, advised: 1}", "arms: {unaided: 1, advised: 1, other: 0}", "arms.other", "“0” is out of range. Write a number of at least 1."),
    ("opens: after baseline", "opens: after basline", "phases.exposure.opens", "the phase “exposure” opens after “basline”, which is not an earlier phase. Did you mean “baseline”?"),
    ("opens: after baseline", "opens: later", "phases.exposure.opens", "“later” does not say when the phase opens. Write “after baseline” or “28d after baseline”."),
    ("window: 7d", "window: 7 dogs", "phases.retention.window", "“7 dogs” is not a length of time. Write a number and a unit, for example 7d or 12h."),
    ("window: 7d", "window: 0d", "phases.retention.window", "the window has no length. Write at least 1h."),
    ("window: 7d", "sittings: 7", "phases.retention.sittings", "7 sittings share only 6 cases. Write at most 6, or make the forms larger."),
    ("window: 7d", "every: 7d", "phases.retention.every", "there is only one sitting to space out. Add “sittings:” or remove “every”."),
    ("window: 7d", "window: 7d\n    sittings: 3\n    every: 5d", "phases.retention.window", "the window closes before the last sitting can open. Make the window longer or “every” shorter."),
    ("window: 7d", "form: A", "phases.retention.form", "a phase cannot have a form of its own while the forms rotate. Remove it, or write “rotate: fixed” under “cases”."),
    ("advised: two-stage}", "advised: twostage}", "phases.exposure.advice.advised", "there is no way of advising called “twostage” under “advice”. Did you mean “two-stage”?"),
    ("advised: two-stage}", "adviced: two-stage}", "phases.exposure.advice.adviced", "there is no arm “adviced”. Did you mean “advised”?"),
    ("{unaided: reconsider, advised: two-stage}", "{advised: two-stage}", "phases.exposure.advice", "the phase “exposure” does not say what the arm “unaided” gets. Add “unaided: none” or what it gets."),
    ("{unaided: reconsider, advised: two-stage}", "[two-stage]", "phases.exposure.advice", "the advice of this phase cannot be read. Write “none”, or one “arm: kind” for each arm."),
    ("wrong: 2 of 6", "wrong: a third", "advice.two-stage.wrong", "“a third” is not a share of wrong advice. Write it as a count, for example “2 of 6”."),
    ("wrong: 2 of 6", "wrong: 7 of 6", "advice.two-stage.wrong", "“7 of 6” asks for more wrong advice than there is advice. Write a smaller first number."),
    ("wrong: 2 of 6", "wrong: 2 of 5", "advice.two-stage.wrong", "“2 of 5” does not divide the 6 advised cases of a phase. Write it out of 6, or out of a number that divides 6."),
    ("first-wrong-after: 1", "first-wrong-after: 5", "advice.two-stage.wrong", "no order of 6 cases has 2 of 6 wrong, none among the first 5, and at most 1 in a row. Lower “first-wrong-after” or the share, or raise “longest-run”."),
    ("first-wrong-after", "first_wrong_after", "advice.two-stage.first_wrong_after", "“first_wrong_after” is not a known key here. Did you mean “first-wrong-after”?"),
    ("sizes: [4, 6]", "sizes: 4", "allocation.sizes", "“4” is not a list. Write a list: [first, second], or one “- item” a line."),
    ("sizes: [4, 6]", "sizes: [4, 5]", "allocation.sizes[2]", "a block of 5 cannot hold the arms in the ratio 1:1. Write a multiple of 2."),
    ("sizes: [4, 6]", "sizes: [2]", "allocation.sizes[1]", "in blocks of 2 every second allocation can be foretold. Write larger blocks, for example [4, 6]."),
    ("strata: [grade]", "strata: [site]", "allocation.strata[1]", "the protocol lists no sites. Add “sites:” under “population”, or remove “site”."),
    ("strata: [grade]", "strata: [grade, grade]", "allocation.strata[2]", "“grade” is named twice. Name it once."),
    ("  sizes: [4, 6]\n", "", "allocation.method", "blocks need their sizes. Add “sizes: [4, 6]”."),
    ("method: blocks", "method: simple", "allocation.sizes", "“sizes” belongs to the method blocks. Remove it, or write “blocks”."),
    ("strata: [grade]", "factors: [grade]", "allocation.factors", "“factors” belongs to the method minimisation. Remove it, or write “minimisation”."),
    ("method: blocks\n  sizes: [4, 6]\n  strata: [grade]", "method: minimisation", "allocation.method", "a minimisation needs what to balance. Add “factors: [grade]”."),
    ("method: blocks\n  sizes: [4, 6]\n  strata: [grade]", "method: minimisation\n  factors: [grade]\n  preferred: 0.5", "allocation.preferred", "with 2 arms, 0.5 prefers none of them. Write more than 0.5, for example 0.8."),
    ("method: blocks\n  sizes: [4, 6]", "method: minimisation\n  factors: [grade]", "allocation.strata", "a minimisation balances by “factors”, not within “strata”. Write it as “factors”."),
    ("at: withdrawal", "at: exposure", "analysis.primary.at", "deskilling is measured without advice, and the phase “exposure” gives some. Name a phase with “advice: none”."),
    ("at: withdrawal", "at: the end", "analysis.primary.at", "“the end” does not fit here. See the format page for what may be written."),
    ("adjusted-for: baseline", "adjusted-for: retention", "analysis.primary.adjusted-for", "“retention” does not come before “withdrawal”. Name an earlier phase."),
    ("between: arms", "between: [unaided, aided]", "analysis.primary.between", "there is no arm “aided”. Did you mean “unaided”?"),
    ("between: arms", "between: groups", "analysis.primary.between", "the comparison is not between two arms. Write “arms”, or a list of two, for example [unaided, advised]."),
    ("    margin: 10pp\n", "", "analysis.primary.claim", "non-inferiority needs a margin. Add “margin:”, for example 10pp."),
    ("margin: 10pp", "margin: 0.1", "analysis.primary.margin", "“0.1” is not text. Write text, in quotation marks if it looks like a number."),
    ("margin: 10pp", "margin: 10%", "analysis.primary.margin", "“10%” is not a margin. Write percentage points, for example 10pp."),
    ("claim: noninferiority", "claim: equality", "analysis.primary.claim", "“equality” is not one of the possible values. Use “difference” or “noninferiority”."),
    ("at: withdrawal", "at: the-end", "analysis.primary.at", "there is no phase “the-end”. Use “baseline”, “exposure”, “retention” or “withdrawal”."),
    ("at: withdrawal", "at: withdrawal\n    population: all", "analysis.primary.population", "“all” is not one of the possible values. Use “allocated”, “exposed” or “per-protocol”."),
    ("at: withdrawal", "at: withdrawal\n    intercurrent: {outside-help: hypothetical}", "analysis.primary.intercurrent.outside-help", "“hypothetical” is not among what can be done about outside help. Write treatment-policy or exclude."),
    ("at: withdrawal", "at: withdrawal\n    intercurrent: {drop-out: treatment-policy}", "analysis.primary.intercurrent.drop-out", "“treatment-policy” is not among what can be done about drop out. Write hypothetical, composite-failure or exclude."),
    ("at: withdrawal", "at: withdrawal\n    intercurrent: {death: exclude}", "analysis.primary.intercurrent.death", "“death” is not a known key here. Use “advice-not-shown”, “ai-between-phases”, “drop-out”, “late-retention”, “outside-help”, “skipped-case” or “time-out”."),
    ("alpha: 0.05", "alpha: 5", "analysis.alpha", "“5” is out of range. Write a number of at most 0.2."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "words"), BROKEN_PROTOCOLS)
def test_broken_protocol_gets_one_clear_message(demo_text, old, new, field, words):
    assert old in demo_text
    text = demo_text.replace(old, new, 1)
    with pytest.raises(InvalidFile) as caught:
        parse_protocol(text)
    (fault,) = caught.value.faults
    assert str(fault) == f"study.yaml:{fault.line}, field {field}: {words}"
    key = field.rpartition(".")[2].partition("[")[0]
    assert key in text.splitlines()[fault.line - 1]


def test_protocol_that_is_a_list_is_refused():
    with pytest.raises(InvalidFile, match="not a list of “key: value” lines"):
        parse_protocol("- simlab: study/1\n")


def test_arms_without_allocation_are_refused(demo_text):
    head, _, rest = demo_text.partition("allocation:\n")
    with pytest.raises(InvalidFile, match="the study has arms but no “allocation”"):
        parse_protocol(head + rest[rest.index("questions:") :])


def test_reserved_words_cannot_name_a_policy(demo_text):
    with pytest.raises(InvalidFile, match="is a word of its own"):
        parse_protocol(demo_text.replace("\n  two-stage:\n", "\n  reconsider:\n").replace("two-stage}", "reconsider}"))


def test_form_used_in_two_phases_is_refused(demo_text):
    text = demo_text.replace("latin-square", "fixed").replace("advice: none", "form: A\n    advice: none")
    with pytest.raises(InvalidFile, match="already used in the phase “baseline”"):
        parse_protocol(text)


def test_form_that_does_not_exist_is_refused(demo_text):
    text = demo_text.replace("latin-square", "fixed").replace("window: 7d", "form: E")
    with pytest.raises(InvalidFile, match=r"field phases\.retention\.form: there is no form “E”"):
        parse_protocol(text)


def test_margin_without_a_reason_is_refused(demo_text):
    head, _, rest = demo_text.partition("    reason: >-\n")
    with pytest.raises(InvalidFile, match="the margin has no reason"):
        parse_protocol(head + rest[rest.index("  secondary:") :])


def test_primary_between_three_arms_must_name_two(demo_text):
    text = demo_text.replace("advised: 1}", "advised: 1, other: 2}").replace("[4, 6]", "[4, 8]")
    text = text.replace("advised: two-stage}", "advised: two-stage, other: none}")
    with pytest.raises(InvalidFile, match="between two arms, and the study has 3"):
        parse_protocol(text)


def test_missing_document_is_refused(tmp_path, demo_text):
    (tmp_path / "study.yaml").write_text(demo_text, encoding="utf-8")
    for name in ("information.md", "consent.md"):
        (tmp_path / name).write_text("Text\n")
    with pytest.raises(InvalidFile) as caught:
        load_protocol(tmp_path)
    assert str(caught.value) == (
        "study.yaml:14, field documents.debrief: the document debrief.md does not exist. "
        "Write debrief.md beside the protocol."
    )


def test_form_larger_than_the_pack_holds_is_refused(demo_text, pack):
    protocol = parse_protocol(demo_text.replace(": 6", ": 12"))
    faults = check_against_pack(protocol, {"primary-care": pack})
    assert len(faults) == 4
    assert str(faults[0]) == (
        "study.yaml:18, field cases.forms.A: form A asks for 12 cases and holds 6. "
        "Write at most 6, or add cases to the form."
    )


def test_protocol_fits_its_pack(demo, pack):
    assert check_against_pack(demo, {"primary-care": pack}) == []


def test_unknown_pack_is_refused(demo, pack):
    (fault,) = check_against_pack(demo, {"primary-cares": pack})
    assert fault.remedy == "Did you mean “primary-cares”?"


def test_form_the_pack_does_not_list_is_refused(demo_text, pack):
    protocol = parse_protocol(demo_text.replace("D: 6", "E: 6"))
    (fault,) = check_against_pack(protocol, {"primary-care": pack})
    assert "no pack lists a form “E”" in fault.message


def test_case_without_wrong_advice_is_refused_in_a_form(demo, pack):
    lacking = pack_of([*[*pack.cases.values()][1:], bare_case("case-0", wrong=0)], pack.forms)
    (fault,) = check_against_pack(demo, {"primary-care": lacking})
    assert "“case-0” of form A does not hold both right and wrong advice" in fault.message


def test_pack_without_forms_must_hold_enough_contrast_cases(demo):
    cases = [bare_case(f"case-{n}") for n in range(23)] + [bare_case("case-23", right=0)]
    (fault,) = check_against_pack(demo, {"primary-care": pack_of(cases, {})})
    assert fault.message == "the forms ask for 24 cases, and the packs hold 23 with right and wrong advice."


def test_document_reads_back_with_the_same_hash(demo):
    stored = json.loads(json.dumps(demo.document))
    assert Protocol.model_validate(stored).hash == demo.hash


def test_hash_ignores_comments_order_and_written_defaults(demo_text, demo):
    moved = demo_text.replace("arms: {unaided: 1, advised: 1}\n", "# moved\n") + "\narms: {unaided: 1, advised: 1}\n"
    assert parse_protocol(moved.replace("debrief: after-study\n", "")).hash == demo.hash
    assert parse_protocol(demo_text.replace("28d", "27d")).hash != demo.hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{unaided: 1, advised: 1}", "{advised: 1, unaided: 1}"),
        ("{A: 6, B: 6,", "{B: 6, A: 6,"),
    ],
)
def test_hash_sees_the_order_of_arms_and_forms(demo_text, demo, old, new):
    assert parse_protocol(demo_text.replace(old, new)).hash != demo.hash


def test_hash_sees_the_order_of_phases(demo):
    phases = dict(reversed(demo.phases.items()))
    assert demo.model_copy(update={"phases": phases}).hash != demo.hash


def test_order_of_arms_and_phases_survives_the_document(demo):
    again = Protocol.model_validate(demo.document)
    assert again.phase_names == ("baseline", "exposure", "withdrawal", "retention")
    assert list(again.arms) == ["unaided", "advised"]


def test_demo_says_what_each_arm_gets(demo):
    assert demo.policy("advised", "exposure").show == {"confidence", "rationale", "link"}
    assert demo.policy("unaided", "exposure") is None
    assert demo.advice_kind("unaided", "exposure") == "reconsider"
    assert demo.control == "unaided"
    assert demo.opening("baseline") is None
    assert demo.opening("retention").delay == timedelta(days=28)
    assert demo.warnings() == []


def test_labels_shown_to_participants_hint_at_nothing(demo):
    assert [demo.phase_label(phase) for phase in demo.phase_names] == ["Part 1", "Part 2", "Part 3", "Part 4"]


def test_strata_are_the_roles(demo):
    assert demo.strata == ("gp", "gp-registrar", "nurse-practitioner")
    assert demo.stratum_of("gp") == "gp"
    with pytest.raises(ValueError, match="not in the population"):
        demo.stratum_of("surgeon")


def test_study_without_strata_has_one_list(demo_text):
    protocol = parse_protocol(demo_text.replace("  strata: [grade]\n", ""))
    assert protocol.strata == ("all",)
    assert protocol.stratum_of("gp") == "all"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rotate: latin-square", "rotate: fixed", "with fixed forms"),
        ("unaided: reconsider", "unaided: none", "only the advised arm answers twice"),
        ("sizes: [4, 6]", "sizes: [4]", "blocks of one size"),
    ],
)
def test_weak_designs_are_warned_of(demo_text, old, new, words):
    (warning,) = parse_protocol(demo_text.replace(old, new)).warnings()
    assert words in warning.message
    assert warning.line


def test_training_protocol_has_one_arm_and_needs_no_allocation():
    protocol = load_protocol(ROOT / "protocols" / "training" / "study.yaml")
    assert protocol.kind == "training"
    assert protocol.arms == {"trainee": 1}
    assert protocol.plan()["primary"] is None
    assert protocol.plan()["advised"] == {"assisted": ["trainee"]}


def test_plan_follows_from_the_protocol(demo):
    plan = demo.plan("ab" * 32)
    assert plan == {
        "simlab": "plan/1",
        "title": "Does AI advice deskill GPs?",
        "protocol_sha256": "ab" * 32,
        "arms": ["unaided", "advised"],
        "control": "unaided",
        "phases": ["baseline", "exposure", "withdrawal", "retention"],
        "advised": {"exposure": ["advised"]},
        "analyses": ["flow", "accuracy", "reliance", "time", "deskilling", "sensitivity", "forgetting"],
        "primary": {
            "name": "deskilling",
            "phase": "withdrawal",
            "adjusted_for": "baseline",
            "between": ["unaided", "advised"],
            "claim": "noninferiority",
            "margin": 0.1,
            "reason": demo.analysis.primary.reason,
            "population": "allocated",
            "variable": "final-top-1",
            "summary": "risk-difference",
            "intercurrent": {
                "drop_out": "hypothetical",
                "time_out": "hypothetical",
                "skipped_case": "hypothetical",
                "late_retention": "treatment-policy",
                "advice_not_shown": "treatment-policy",
                "outside_help": "treatment-policy",
                "ai_between_phases": "treatment-policy",
            },
        },
        "windows": {"retention": {"after": "withdrawal", "days": 35}},
        "cluster": None,
        "advised_by": "phase",
        "multiplicity": "holm",
        "alpha": 0.05,
        "seed": 20261123,
        "bootstrap": 2000,
    }
    assert demo.plan()["protocol_sha256"] == demo.hash


def test_late_answers_cannot_be_left_out_of_a_study_that_never_closes(demo_text):
    late = demo_text.replace("at: withdrawal", "at: withdrawal\n    intercurrent: {late-retention: exclude}")
    assert parse_protocol(late).plan()["primary"]["intercurrent"]["late_retention"] == "exclude"
    with pytest.raises(InvalidFile) as refused:
        parse_protocol(late.replace("    window: 7d\n", ""))
    assert "no phase closes, so no answer can be late" in str(refused.value)


def test_one_phase_without_advice_afterwards_has_no_slope_of_forgetting(demo_text):
    late = parse_protocol(demo_text.replace("at: withdrawal", "at: retention"))
    assert late.plan()["analyses"][-2:] == ["deskilling", "sensitivity"]


def test_secondary_analyses_of_the_protocol_reach_the_plan(demo_text):
    asked = "secondary: [complementarity, calibration, differential]"
    protocol = parse_protocol(demo_text.replace("secondary: [accuracy, reliance, time]", asked))
    assert protocol.plan()["analyses"][1:4] == ["complementarity", "calibration", "differential"]


def test_hash_does_not_change_where_defaults_of_the_estimand_are_written_out(demo_text, demo):
    written = "at: withdrawal\n    population: allocated\n    intercurrent: {drop-out: hypothetical}"
    assert parse_protocol(demo_text.replace("at: withdrawal", written)).hash == demo.hash
    other = demo_text.replace("at: withdrawal", written.replace("hypothetical", "exclude"))
    assert parse_protocol(other).hash != demo.hash


def test_control_comes_first_whatever_the_order_of_arms(demo_text):
    protocol = parse_protocol(demo_text.replace("{unaided: 1, advised: 1}", "{advised: 1, unaided: 1}"))
    assert protocol.plan()["primary"]["between"] == ["unaided", "advised"]


def test_seed_of_the_analysis_follows_from_the_hash_when_not_given(demo_text):
    protocol = parse_protocol(demo_text.replace("  seed: 20261123\n", ""))
    assert protocol.plan()["seed"] == int(protocol.hash[:8], 16)


def test_consent_statements_are_the_tick_lines():
    text = "# Consent\n\n- [ ] I have read it.\n* [ ] I agree.\n- a plain point\n"
    assert consent_statements(text) == ("I have read it.", "I agree.")


@pytest.mark.parametrize("name", ["demo", "training"])
def test_documents_tell_what_participants_must_know(name):
    folder = ROOT / "protocols" / name
    sheet = " ".join((folder / "information.md").read_text(encoding="utf-8").replace("**", "").split())
    for words in ("how long you take", "loses the focus", "may be mistaken", "debrief", "made-up code", "stop at any time", "not clinical guidance", "study team"):  # fmt: skip
        assert words in sheet
    assert len(consent_statements((folder / "consent.md").read_text(encoding="utf-8"))) >= 5
