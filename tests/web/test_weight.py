"""What a clinician's visit weighs on the way: bytes as they are sent, compressed. Time is not judged."""

import gzip
import re
from pathlib import Path, PurePosixPath

import pytest
from django.contrib.staticfiles import finders
from django.http import FileResponse, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from simlab.config.compression import Compressed
from simlab.engine.casefile import load_pack
from simlab.sittings.reading import current_step
from simlab.studies import actions
from simlab.studies.models import CaseVersion
from simlab.studies.reading import public_case
from simlab.web.presenters import player
from tests.factories import NOW, a_sitting, a_study

pytestmark = pytest.mark.django_db
FIRST_VISIT = 120_000
NEXT_CASE = 15_000
CASES = Path(__file__).resolve().parents[2] / "cases"
LINKED = re.compile(r'(?:href|src)="/static/([^"]+)"')
IMPORTED = re.compile(r'(?:from|import)\s*\(?"(\.[^"]+)"')


def files_of(html: str) -> set[str]:
    """The static files of a page, with every module that they import."""
    found, waiting = set(), set(LINKED.findall(html))
    while waiting:
        name = waiting.pop()
        found.add(name)
        if name.endswith(".js"):
            folder = PurePosixPath(name).parent
            named = {resolved(folder / one) for one in IMPORTED.findall(Path(finders.find(name)).read_text())}
            waiting |= named - found
    return found


def resolved(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def test_a_first_visit_is_light():
    study = a_study()
    actions.open_link(study=study, by=None, now=NOW, token="mini")
    browser = Client(headers={"accept-encoding": "gzip"})
    weight, files = 0, set()

    def visit(reply):
        nonlocal weight, files
        assert reply.status_code == 200
        assert reply.headers["Content-Encoding"] == "gzip"
        weight += len(reply.content)
        files |= files_of(gzip.decompress(reply.content).decode())
        return gzip.decompress(reply.content).decode()

    visit(browser.get("/join/mini/"))
    visit(browser.get("/join/mini/consent/"))
    visit(browser.post("/join/mini/consent/", {"agree": "yes", "statement": ["0", "1", "2", "3"]}, follow=True))
    at_home = browser.post("/join/mini/eligibility/", {"grade": "gp"}, follow=True)
    visit(at_home)
    player_page = visit(browser.post(at_home.redirect_chain[-1][0] + "start/", follow=True))
    terms = re.search(r'data-terms="([^"]+)"', player_page).group(1)
    weight += len(browser.get(terms).content)
    assert {"simlab/player.js", "simlab/outbox.js", "simlab/forms/index.js"} <= files
    weight += sum(len(gzip.compress(Path(finders.find(name)).read_bytes(), mtime=0)) for name in files)
    assert weight <= FIRST_VISIT, f"{weight} bytes for a first visit"


def test_every_text_case_of_the_library_is_light():
    sitting = a_sitting(arm="advised")
    step = current_step(sitting, NOW)
    for pack in sorted(file.parent for file in CASES.glob("*/pack.yaml")):
        actions.load_pack(pack=load_pack(pack), now=NOW)
    weights = {}
    for version in CaseVersion.objects.values_list("pk", flat=True):
        case = public_case(version)
        question = {**case["question"], "confidence": "percent"}
        put = {**step, "case": {**case, "version": str(version)}, "question": question}
        html = render_to_string(
            "player/step.jinja", {"step": put, "view": player.view_of(put), "participant": sitting.participant_id}
        )
        weights[case["title"]] = len(gzip.compress(html.encode(), mtime=0)) + 100  # the padding, at its longest
    assert len(weights) > 40
    heaviest = max(weights, key=weights.get)
    assert weights[heaviest] <= NEXT_CASE, f"{heaviest}: {weights[heaviest]} bytes"


def test_pictures_and_downloads_are_not_compressed_again(tmp_path):
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    long = b"a" * 5000
    (tmp_path / "data.csv").write_bytes(long)
    for kind, packed in (
        ("text/html", True),
        ("application/json", True),
        ("image/png", False),
        ("application/zip", False),
    ):
        reply = Compressed(lambda _, kind=kind: HttpResponse(long, content_type=kind))(request)
        assert ("Content-Encoding" in reply.headers) is packed, kind
    streamed = Compressed(lambda _: FileResponse((tmp_path / "data.csv").open("rb")))(request)
    assert "Content-Encoding" not in streamed.headers
    streamed.close()


def test_the_length_of_a_page_is_never_the_same_twice():
    """Else a guesser could see from the length whether a guess was repeated in the page."""
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    pages = (Compressed(lambda _: HttpResponse(b"a" * 5000))(request) for _ in range(40))
    assert len({len(page.content) for page in pages}) > 5
