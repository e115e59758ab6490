import io
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from tests.factories import with_picture

ANSWER_FORMS = Path(__file__).resolve().parents[2] / "cases" / "answer-forms"


def test_a_sound_pack_is_said_to_be_sound():
    said = io.StringIO()
    call_command("check_cases", ANSWER_FORMS, stdout=said)
    assert said.getvalue() == "Packs without fault: answer-forms.\n"


@pytest.mark.parametrize(("side", "told"), [(40, "is only 40 by 40 pixels"), (4000, "more than 12 million pixels")])
def test_a_picture_of_the_wrong_size_fails_at_its_line(tmp_path, side, told):
    content = io.BytesIO()
    Image.new("L", (side, side)).save(content, "PNG")
    folder = tmp_path / "mini"
    shutil.copytree(Path(__file__).resolve().parents[1] / "content" / "mini", folder)
    with_picture(folder, "spots.png", content.getvalue())
    said = io.StringIO()
    with pytest.raises(CommandError, match=r"Faults: \d+"):
        call_command("check_cases", folder, stdout=said)
    assert f"the image spots.png {told}" in said.getvalue() or f"spots.png has {told}" in said.getvalue()
    assert "tired-and-cold/case.yaml:" in said.getvalue()
