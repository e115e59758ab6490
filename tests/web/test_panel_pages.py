"""Script concordance and pass marks from uploaded files, as an educator sees them."""

import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import a_user

pytestmark = pytest.mark.django_db
REAL = Path(os.environ.get("SIMLAB_REAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
RATINGS = REAL / "sct-vanbelle34" / "sct_ratings.csv"
REFERENCE = Path(__file__).parents[1] / "reference" / "data" / "educator_borderline.csv"


@pytest.fixture
def educator(client):
    client.force_login(a_user())
    return client


def a_file(text: str | bytes, name: str = "a.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text, "text/csv")


@pytest.mark.skipif(not RATINGS.is_file(), reason="the published script concordance test is not here")
def test_a_published_panel_is_scored_as_published(educator):
    page = educator.post(reverse("concordance"), {"ratings": a_file(RATINGS.read_bytes())}).content.decode()
    for figure in ("0.7434", "0.0577", "0.7216", "0.8073", "0.184", "0.72 (jackknife SE 0.049)"):
        assert figure in page, figure


def test_angoff_in_two_rounds(educator):
    files = {"first": a_file("a,b\n0.6,0.8\n0.4,\n0.5,0.7\n"), "second": a_file("a,b\n0.6,0.7\n0.5,0.7\n0.5,0.7\n")}
    page = educator.post(reverse("standards"), {"method": "angoff", **files}).content.decode()
    assert "0.567" in page
    assert "moved by +0.050" in page


def test_borderline_regression_from_a_file(educator):
    text = REFERENCE.read_text().replace("checklist", "score")
    page = educator.post(reverse("standards"), {"method": "borderline", "grade": "2", "scores": a_file(text)})
    assert b"root mean squared residual" in page.content


@pytest.mark.parametrize(
    ("name", "sent", "says"),
    [
        ("concordance", {}, "Choose the file of ratings"),
        ("concordance", {"ratings": "E1,S1\n1,1\n"}, "at least two items"),
        ("concordance", {"ratings": "E1,E2,E3,S1,S2\n1,1,1,1,9\n1,0,1,1,1\n"}, "takes −2"),
        ("standards", {"first": "a\nsixty\n"}, "line 2, column “a” is no number"),
        ("standards", {"first": "a\n60\n"}, "divide percentages"),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_a_sentence(educator, name, sent, says):
    answer = educator.post(reverse(name), {key: a_file(text) for key, text in sent.items()})
    assert answer.status_code == 422
    assert says in answer.content.decode()
