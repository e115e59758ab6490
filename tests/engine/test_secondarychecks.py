"""An analysis that lacks what it needs is refused at its own line."""

from pathlib import Path

import pytest

from simlab.engine.errors import InvalidFile
from simlab.engine.protocol import parse_protocol

DEMO = (Path(__file__).resolve().parents[2] / "protocols" / "demo" / "study.yaml").read_text(encoding="utf-8")
ASKED = "secondary: [accuracy, reliance, time]"
LOOKS = "\n  options:\n    interim: {participants: 60, looks: [0.5, 1]}"


def refused(text):
    with pytest.raises(InvalidFile) as caught:
        parse_protocol(text)
    return [(fault.line, fault.field, fault.message) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("name", "words"),
    [("interim", "needs to know how many participants"), ("readers", "needs the condition that readers look for")],
)
def test_analysis_without_its_options_is_refused_with_line_and_field(name, words):
    text = DEMO.replace(ASKED, f"secondary: [accuracy, {name}]")
    ((line, field, message),) = refused(text)
    assert field == "analysis.secondary[2]"
    assert name in text.splitlines()[line - 1]
    assert words in message


def test_looks_without_a_primary_comparison_are_refused():
    head, _, rest = DEMO.partition("  primary:\n")
    text = head + rest[rest.index("  secondary:") :].replace(ASKED, ASKED + LOOKS)
    ((line, field, message),) = refused(text)
    assert (field, text.splitlines()[line - 1].strip()[:8]) == ("analysis.options.interim", "interim:")
    assert "there is none" in message


def test_analyses_with_all_they_need_are_taken():
    asked = "secondary: [interim, readers, missing-data]" + LOOKS + "\n    readers: {target: Heart failure}"
    plan = parse_protocol(DEMO.replace(ASKED, asked)).plan()
    assert plan["options"]["interim"]["looks"] == [0.5, 1.0]
    # As labels stand in the table.
    assert plan["options"]["readers"]["target"] == ["heart failure"]
