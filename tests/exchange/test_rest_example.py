"""The worked example of docs/api.md, run as it stands against a web server; the data of a finished analysis."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pyarrow.parquet
import pytest
from django.core.cache import cache
from django.utils import timezone

from simlab.analyses import actions as analyses
from simlab.analyses.models import AnalysisRun
from simlab.engine.casefile import load_pack
from simlab.exchange.actions_tokens import RIGHTS, make_token
from simlab.people.models import Contact
from simlab.sittings import maildelivery
from simlab.studies import actions as studies
from simlab.studies.models import Study
from tests.exchange.test_rest import Api
from tests.factories import NOW, a_participant, a_study, a_user, sit_through

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_example_of_the_documents_runs_as_it_stands(live_server, tmp_path, monkeypatch):
    cache.clear()
    monkeypatch.setattr("simlab.analyses.actions._queue", lambda run_id: None)  # there is no worker here
    packs = re.findall(r"packs: \[(.*)\]", (ROOT / "protocols/templates/deskilling/study.yaml").read_text())[0]
    for name in packs.split(","):
        studies.load_pack(pack=load_pack(ROOT / "cases" / name.strip()), now=NOW)
    _, secret = make_token(user=a_user(), name="docs", study=None, rights=list(RIGHTS), days=9, now=timezone.now())
    script = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/api.md").read_text(), re.DOTALL)[-1]
    env = {"PATH": os.environ["PATH"], "SIMLAB": live_server.url, "TOKEN": secret}
    before = _invited()  # contacts of an earlier test with a live server may still be there
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.split("\n")
    assert "True" in said
    assert "launched" in said
    assert "queued" in said
    study = Study.objects.get(slug="by-curl")
    assert _invited() - before == 2
    assert AnalysisRun.objects.get().study == study
    maildelivery.plan(study=study)
    assert study.mails.filter(kind="invitation", number=0).count() == 2


def _invited() -> int:
    return Contact.objects.filter(email__in=["ann@example.org", "bo@example.org"]).count()


@pytest.mark.django_db
def test_result_and_data_of_a_finished_analysis(settings, tmp_path, monkeypatch):
    cache.clear()
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr("simlab.analyses.actions._queue", lambda run_id: None)
    api = Api()
    study = a_study(by=api.user)
    for _ in range(4):
        sit_through(a_participant(study), NOW)
    one = f"studies/{study.pk}/analyses/"
    run = api("post", one, {}, status=202)["id"]
    api("get", f"{one}{run}/result/", status=404)
    analyses.execute(run_id=run, clock=timezone.now)
    told = api("get", f"{one}{run}/")
    assert told["state"] == "done", told["error"]
    assert api("get", f"{one}{run}/result/")["data_sha256"] == told["data_sha256"]
    paper = api("get", f"{one}{run}/report.pdf")
    assert paper.content.startswith(b"%PDF-")
    assert "blinded" in paper["Content-Disposition"] or not study.hides_arms
    assert api("get", f"{one}{run}/plan/") == AnalysisRun.objects.get().plan
    assert {figure["name"] for figure in api("get", f"{one}{run}/figures/")} == set(
        AnalysisRun.objects.get().figures.filter(blinded=study.hides_arms).values_list("name", flat=True)
    )
    content = api("get", f"{one}{run}/data/").content
    (tmp_path / "taken.parquet").write_bytes(content)
    assert pyarrow.parquet.read_table(tmp_path / "taken.parquet").num_rows == told["rows"]
