import pytest
import yaml

from simlab.rehearsal.truth import BadTruth, Truth, load_truth, truth_from


def test_truth_survives_its_own_document(truth: Truth):
    assert truth_from(truth.document()) == truth


def test_shipped_truths_say_what_they_rest_on(pytestconfig):
    files = sorted((pytestconfig.rootpath / "protocols").glob("**/truth.yaml"))
    assert len(files) > 3
    for path in files:
        truth = load_truth(path)
        assert truth.basis == ("calibrated" if truth.calibrated else "assumed")


def test_a_truth_cannot_call_itself_calibrated_without_a_figure(truth: Truth):
    with pytest.raises(BadTruth, match="names its published figures"):
        truth_from({**truth.document(), "basis": "calibrated"})


def test_a_field_out_of_range_is_named(truth: Truth):
    document = truth.document()
    document["answers"]["listed"] = 1.4
    with pytest.raises(BadTruth, match=r"answers\.listed"):
        truth_from(document)


def test_an_unknown_field_is_refused(truth: Truth):
    document = {**truth.document(), "luck": 3}
    with pytest.raises(BadTruth, match="luck"):
        truth_from(document)


def test_a_truth_where_nobody_enrols_is_refused(truth: Truth):
    document = truth.document()
    document["arrivals"].update({"declined": 0.5, "ineligible": 0.5})
    with pytest.raises(BadTruth, match="nobody"):
        truth_from(document)


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(BadTruth, match=r"put a truth\.yaml"):
        load_truth(tmp_path / "truth.yaml")


def test_a_file_that_is_no_yaml_says_so(tmp_path):
    path = tmp_path / "truth.yaml"
    path.write_text("a: [1", encoding="utf-8")
    with pytest.raises(BadTruth, match="not valid YAML"):
        load_truth(path)


def test_changed_replaces_only_what_is_named(truth: Truth):
    changed = truth.changed(practice={"loss_per_aided_case": 0.5})
    assert changed.practice.loss_per_aided_case == 0.5
    assert changed.practice.learning_per_case == truth.practice.learning_per_case
    assert yaml.safe_dump(changed.changed(practice=truth.practice.model_dump()).document()) == yaml.safe_dump(
        truth.document()
    )
