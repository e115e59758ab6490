"""Pictures of six cases for the documentation, as a clinician meets them. Made only where they are asked for:

SIMLAB_SCREENSHOTS=docs/pictures python3 manage.py test tests/browser/test_case_pictures.py
"""

import os
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from PIL import Image

from simlab.engine.casefile import Pack, load_pack
from simlab.studies import actions
from tests.factories import MINI, NOW, a_participant, a_sitting
from tests.sittings.conftest import browser_of  # noqa: F401 - a fixture

SITE = "http://localhost"

LIBRARY = Path(__file__).resolve().parents[2] / "cases"
FOLDER = os.environ.get("SIMLAB_SCREENSHOTS")
pytestmark = [
    pytest.mark.django_db,
    # The page is answered inside its own waiting, which leaves a connection for the collector to close.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(not FOLDER, reason="SIMLAB_SCREENSHOTS names no folder."),
]

STUDY = """
simlab: study/1
title: A case of the library
population: {roles: [gp, gp-registrar]}
documents: {information: information.md, consent: consent.md, debrief: debrief.md}
cases: {packs: [%s], forms: {A: 1}, rotate: fixed}
arms: {only: 1}
phases: {part: {label: A case, %s}}
%s
questions: {diagnosis: as-each-case-asks}
"""
ADVICE = """
advice:
  beside: {when: with-case, wrong: 0 of 1, explanation: [rationale, findings, highlights, similar, counterfactual]}
"""
# Case, its pack, and whether advice stands beside it.
SHOWN = {
    "a-red-eye-at-work": ("primary-care", False),
    "a-mark-on-the-toe": ("primary-care", False),
    "limping-at-football": ("primary-care", True),
    "numbers-from-the-gym": ("results-and-letters", False),
    "sweating-before-lunch": ("older-people", False),
    "dictated-and-not-read": ("results-and-letters", False),
}
PICTURED = ("a-red-eye-at-work", "a-mark-on-the-toe")  # their picture is among the findings of the examination


def of_one_case(pack: str, case: str) -> Pack:
    whole = load_pack(LIBRARY / pack)
    kept = {name: files for name, files in whole.images.items() if name == case}
    return whole.model_copy(update={"cases": {case: whole.cases[case]}, "forms": {}, "images": kept})


def answering(client):
    """The site in this process answers the page: pictures need no server, and a busy machine is in no hurry."""

    def answer(route):
        asked = route.request
        path = asked.url.removeprefix(SITE)
        if path.startswith("/static/"):
            route.fulfill(path=finders.find(path.removeprefix("/static/").partition("?")[0]))
            return
        kind = asked.headers.get("content-type", "text/plain")
        reply = client.generic(asked.method, path, asked.post_data_buffer or b"", content_type=kind)
        body = b"".join(reply.streaming_content) if reply.streaming else reply.content
        route.fulfill(status=reply.status_code, headers=dict(reply.items()), body=body)

    return answer


@pytest.mark.parametrize("case", SHOWN)
def test_picture_of_a_case(
    page,
    browser_of,  # noqa: F811 - the fixture
    monkeypatch,
    case,
):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the page asks while the test waits, in one thread
    pack, advised = SHOWN[case]
    page.set_default_timeout(60_000)
    page.set_viewport_size({"width": 1280, "height": 900})
    actions.load_pack(pack=of_one_case(pack, case), now=NOW)
    documents = {kind: (MINI / f"{kind}.md").read_text() for kind in ("information", "consent", "debrief")}
    source = STUDY % (pack, "advice: beside" if advised else "advice: none", ADVICE if advised else "")
    study = actions.create_study(
        slug="picture", kind="demonstration", source=source, documents=documents, by=None, now=NOW
    )
    study = actions.launch_study(study=study, by=None, now=NOW, per_stratum=2, seed="picture")
    sitting = a_sitting(a_participant(study))
    page.route("**/*", answering(browser_of(sitting)))
    page.goto(f"{SITE}/sit/{sitting.pk}/")
    page.wait_for_selector("[data-form]:not([inert])", state="attached")
    if advised:
        page.wait_for_selector("mark.marked")
        page.get_by_text("More about this suggestion").click()
    if case in PICTURED:
        page.get_by_text("Examination", exact=True).first.click()
        page.wait_for_function(
            "() => [...document.querySelectorAll('.findings__picture')].every((one) => one.complete)"
        )
    file = Path(FOLDER or "") / f"{case}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file, full_page=True)
    Image.open(file).convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(file, optimize=True)
