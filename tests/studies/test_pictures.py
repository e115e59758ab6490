"""Pictures of cases: part of what the case is, made safe, and refused in one sentence when they cannot be."""

import hashlib
import io
import shutil

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from PIL import Image, PngImagePlugin

from simlab.engine.casefile import load_pack
from simlab.studies import actions, pictures
from simlab.studies.models import CaseImage, CaseVersion, PackVersion
from simlab.studies.reading import pack_of, pictures_of_case, public_case
from tests.factories import MINI, NOW, with_picture

pytestmark = pytest.mark.django_db


def encoded(kind="PNG", size=(40, 30), **how):
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **how)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(MINI, tmp_path / "mini")
    return tmp_path / "mini"


def load(folder):
    return actions.load_pack(pack=load_pack(folder), now=NOW)


def test_picture_is_stored_with_its_case_version(folder):
    with_picture(folder, "toe.png", encoded())
    version = load(folder)
    image = CaseImage.objects.get()
    assert (image.name, image.media_type, image.width, image.height) == ("toe.png", "image/png", 40, 30)
    assert image.sha256 == hashlib.sha256(image.content).hexdigest()
    assert image.case_version.content["images"] == [
        {"name": "toe.png", "sha256": hashlib.sha256(encoded()).hexdigest()}
    ]
    assert pack_of(version).cases[image.case_version.case_id].images[0].name == "toe.png"


def test_another_picture_makes_another_version_and_the_old_one_stays(folder):
    with_picture(folder, "toe.png", encoded())
    first = load(folder)
    assert load(folder) == first
    (folder / "tired-and-cold" / "toe.png").write_bytes(encoded(size=(50, 50)))
    assert load(folder).number == 2
    assert sorted(CaseImage.objects.values_list("width", flat=True)) == [40, 50]
    assert CaseVersion.objects.filter(case_id="tired-and-cold").count() == 2


def test_participant_gets_address_size_and_alt(folder):
    with_picture(folder, "toe.png", encoded())
    load(folder)
    version = CaseImage.objects.get().case_version_id
    (shown,) = pictures_of_case(version)
    assert shown["image"] == f"/api/case-images/{version}/toe.png"
    assert (shown["image-size"], shown["alt"]) == ([40, 30], "A picture")
    assert "sha256" not in str(public_case(version))


def test_metadata_and_what_is_glued_to_the_end_are_gone(folder):
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "name of a patient")
    with_picture(folder, "toe.png", encoded(pnginfo=note) + b"<script>alert(1)</script>")
    load(folder)
    stored = bytes(CaseImage.objects.get().content)
    assert b"patient" not in stored
    assert b"script" not in stored


def test_place_in_a_photograph_is_gone_and_it_stands_upright(folder):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    with_picture(folder, "toe.jpg", encoded("JPEG", exif=exif, comment=b"taken at home"))
    load(folder)
    stored = CaseImage.objects.get()
    again = Image.open(io.BytesIO(stored.content))
    assert (again.size, dict(again.getexif()), stored.media_type) == ((30, 40), {}, "image/jpeg")
    assert b"taken at home" not in bytes(stored.content)


def test_a_lossy_picture_does_not_grow(folder):
    grain = Image.effect_noise((320, 240), 60).convert("RGB")
    file = io.BytesIO()
    grain.save(file, "WEBP", quality=60)
    with_picture(folder, "toe.webp", file.getvalue())
    load(folder)
    assert len(CaseImage.objects.get().content) < 1.5 * len(file.getvalue())


FRAMES = [Image.new("RGB", (40, 30), colour) for colour in ("white", "black")]
REFUSED = [
    ("toe.png", encoded("JPEG"), "holds JPEG, not PNG."),
    ("toe.jpg", encoded("WEBP"), "holds WEBP, not JPEG."),
    ("toe.png", b"<svg onload='alert(1)'/>", "cannot be read: it is damaged, or not an image."),
    ("toe.png", encoded()[:-30], "cannot be read: it is damaged, or not an image."),
    ("toe.jpg", encoded("JPEG", size=(400, 300))[:700], "cannot be read: it is damaged, or not an image."),
    ("toe.webp", encoded("WEBP", save_all=True, append_images=FRAMES), "moves."),
]


@pytest.mark.parametrize(("name", "content", "words"), REFUSED)
def test_bad_picture_is_told_at_its_line_and_nothing_is_stored(folder, name, content, words):
    with_picture(folder, name, content)
    with pytest.raises(CommandError) as error:
        call_command("load_cases", str(folder))
    said = str(error.value)
    assert said.startswith("tired-and-cold/case.yaml:")
    assert f"the image {name} {words}" in said
    assert "\n" not in said
    assert not PackVersion.objects.exists()
    assert not CaseVersion.objects.exists()


@pytest.mark.parametrize("most", [1_199, 100])
def test_picture_with_too_many_pixels_is_refused_before_it_is_decoded(folder, monkeypatch, most):
    monkeypatch.setattr(pictures, "MOST_PIXELS", most)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)  # Pillow's own guard must end in the same sentence
    with_picture(folder, "toe.png", encoded())
    with pytest.raises(CommandError, match=r"yaml:\d+, .*toe\.png has more than 0 million pixels\. Save it smaller"):
        call_command("load_cases", str(folder))
    assert not CaseVersion.objects.exists()


def test_stored_picture_never_changes(folder):
    with_picture(folder, "toe.png", encoded())
    load(folder)
    image = CaseImage.objects.get()
    for statement in ("UPDATE studies_caseimage SET width = 1", "DELETE FROM studies_caseimage"):
        with pytest.raises(DatabaseError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    image.pk = None
    image._state.adding = True
    with pytest.raises(IntegrityError, match="case_image_once"), transaction.atomic():
        image.save(force_insert=True)
