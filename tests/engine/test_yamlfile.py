import pytest

from simlab.engine import yamlfile
from simlab.engine.errors import InvalidFile


def refusal(source, name="study.yaml"):
    with pytest.raises(InvalidFile) as caught:
        yamlfile.load(source, name)
    return caught.value.faults


def test_every_field_knows_its_line():
    data, line_of = yamlfile.load("a: 1\nb:\n  - x: 2\n  - x: 3\n", "f.yaml")
    assert data == {"a": 1, "b": [{"x": 2}, {"x": 3}]}
    assert line_of(("a",)) == 1
    assert line_of(("b", 1, "x")) == 4
    assert line_of(("b", 1, "missing")) == 4
    assert line_of(("nowhere",)) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2026-05-02", "2026-05-02"),
        ("2011-03", "2011-03"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("true", True),
        ("-3", -3),
        ("0.5", 0.5),
        ("1e3", "1e3"),
        ("1.5e+3", 1500.0),
        ("~", None),
        ("'5'", "5"),
    ],
)
def test_scalars_follow_yaml_1_2(text, value):
    data, _ = yamlfile.load(f"key: {text}", "f.yaml")
    assert data["key"] == value
    assert type(data["key"]) is type(value)


def test_key_given_twice_is_refused_with_both_lines():
    (fault,) = refusal("a: 1\nb: 2\na: 3\n")
    assert str(fault) == "study.yaml:3, field a: “a” is given twice. Keep one of them; the first is on line 1."


def test_syntax_error_names_its_line():
    (fault,) = refusal("a: 1\nb: [1, 2\nc: 3\n")
    assert fault.line == 3
    assert "not valid YAML" in fault.message


def test_python_objects_are_refused():
    (fault,) = refusal("a: !!python/object/apply:os.system ['true']\n")
    assert fault.line == 1


def test_tags_on_scalars_are_refused():
    (fault,) = refusal("a: !secret x\n")
    assert "tag" in fault.message


def test_alias_bomb_is_refused_at_its_first_anchor():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (fault,) = refusal("\n".join(lines))
    assert fault.line == 1
    assert "anchors and aliases are not read" in fault.message


def test_deep_nesting_is_refused():
    (fault,) = refusal("a: " + "[" * 60 + "]" * 60)
    assert "nested" in fault.message


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "? " * 100_000])
def test_nesting_that_would_end_the_process_is_refused(text):
    assert len(refusal(text)) == 1


def test_second_document_is_refused():
    (fault,) = refusal("a: 1\n---\nb: 2\n")
    assert fault.line == 2


def test_key_that_is_not_text_is_refused():
    (fault,) = refusal("? [1, 2]\n: x\n")
    assert "not plain text" in fault.message


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_empty_file_is_refused(text):
    (fault,) = refusal(text)
    assert "empty" in fault.message


def test_missing_file_is_named(tmp_path):
    (fault,) = refusal(tmp_path / "study.yaml")
    assert str(fault).startswith("study.yaml: the file does not exist.")


def test_file_in_another_encoding_is_named(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_bytes("title: Prüfung".encode("latin-1"))
    (fault,) = refusal(path)
    assert "UTF-8" in fault.message


def test_folder_in_place_of_a_file_is_named(tmp_path):
    (fault,) = refusal(tmp_path, "cases")
    assert "cannot be read" in fault.message


def test_huge_file_is_refused():
    (fault,) = refusal("a: " + "x" * 8_000_001)
    assert "larger than 8 MB" in fault.message


def test_control_character_is_refused():
    (fault,) = refusal("a: \x07\n")
    assert "not valid YAML" in fault.message
