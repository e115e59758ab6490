"""Commands: safe to repeat, and one clear sentence with nothing changed when their input is faulty."""

import io
import shutil

import pytest
from django.core.management import CommandError, call_command

from simlab.people.models import User
from simlab.studies.models import CaseVersion, PackVersion, Slot, Study
from simlab.studies.reading import invitation_for
from tests.factories import MINI, a_study

pytestmark = pytest.mark.django_db


def run(name, *words, **options):
    out = io.StringIO()
    call_command(name, *words, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def small_library(settings, tmp_path):
    """A library and protocols like the real ones in shape, but small."""
    settings.CASES_DIR = tmp_path / "cases"
    settings.PROTOCOLS_DIR = tmp_path / "protocols"
    shutil.copytree(MINI, settings.CASES_DIR / "mini")
    for name in ("demo", "training"):
        shutil.copytree(MINI, settings.PROTOCOLS_DIR / name)
    return tmp_path


def test_load_cases_tells_what_it_loaded(small_library):
    assert run("load_cases") == "mini: version 1, 4 cases\n"
    assert run("load_cases", str(MINI)) == "mini: version 1, 4 cases\n"
    assert PackVersion.objects.count() == 1


def test_malformed_case_is_named_and_nothing_is_loaded(small_library):
    file = small_library / "cases" / "mini" / "tired-and-cold" / "case.yaml"
    file.write_text(file.read_text().replace("difficulty: 0.6", "difficulty: hard"))
    with pytest.raises(CommandError) as error:
        run("load_cases")
    assert "tired-and-cold/case.yaml:6" in str(error.value)
    assert "difficulty" in str(error.value)
    assert not CaseVersion.objects.exists()


def test_second_faulty_pack_undoes_the_first(small_library):
    broken = small_library / "cases" / "zz"
    shutil.copytree(MINI, broken)
    with pytest.raises(CommandError):
        run("load_cases")
    assert not PackVersion.objects.exists()


def test_empty_library_is_told(settings, tmp_path):
    settings.CASES_DIR = tmp_path
    with pytest.raises(CommandError, match="no case pack"):
        run("load_cases")


def test_load_demo_makes_studies_links_and_accounts_once(small_library):
    for _ in range(2):
        out = run("load_demo")
    assert "/join/demo/" in out
    assert dict(Study.objects.values_list("slug", "kind")) == {"demo": "demonstration", "training": "training"}
    assert set(Study.objects.values_list("state", flat=True)) == {"launched"}
    assert invitation_for("demo").study.slug == "demo"
    assert invitation_for("training").study.slug == "training"
    assert User.objects.count() == 3
    researcher = User.objects.get(email="researcher@demo.invalid")
    assert researcher.check_password("only-for-the-tests")
    assert Study.objects.visible_to(researcher).count() == 2
    assert not Study.objects.visible_to(User.objects.get(email="clinician@demo.invalid")).exists()


def test_load_demo_follows_a_new_password(small_library, monkeypatch):
    run("load_demo", verbosity=0)
    monkeypatch.setenv("SIMLAB_DEMO_PASSWORD", "another password")
    assert "another password" in run("load_demo")
    assert User.objects.get(email="educator@demo.invalid").check_password("another password")


def test_load_demo_with_a_faulty_protocol_changes_nothing(small_library):
    file = small_library / "protocols" / "training" / "study.yaml"
    file.write_text(file.read_text().replace("arms:", "arm:"))
    with pytest.raises(CommandError, match=r"study\.yaml"):
        run("load_demo")
    assert not Study.objects.exists()
    assert not User.objects.exists()
    assert not Slot.objects.exists()


def test_load_demo_real_without_the_tables_says_how_to_get_them(small_library, monkeypatch):
    monkeypatch.delenv("SIMLAB_REAL_DATA", raising=False)
    with pytest.raises(CommandError, match="import_vignettes"):
        run("load_demo", "--real")
    assert not Study.objects.exists()


def test_load_demo_real_after_the_authored_demo_is_refused(small_library):
    run("load_demo", verbosity=0)
    with pytest.raises(CommandError, match="--reset"):
        run("load_demo", "--real")


def test_load_demo_makes_no_account_with_a_known_password(small_library, monkeypatch):
    monkeypatch.delenv("SIMLAB_DEMO_PASSWORD")
    with pytest.raises(CommandError, match="SIMLAB_DEMO_PASSWORD"):
        run("load_demo")
    assert not User.objects.exists()


def test_balance_shows_every_stratum_and_arm():
    study = a_study(per_stratum=8)
    out = run("balance", study.slug)
    assert study.allocation_commitment in out
    rows = [line.split() for line in out.splitlines()]
    assert sum("advised" in row[1:2] for row in rows) == sum("unaided" in row[1:2] for row in rows) == 2
    with pytest.raises(CommandError, match="no study"):
        run("balance", "none")


def test_lock_study_asks_for_an_explicit_word():
    study = a_study()
    with pytest.raises(CommandError, match="--for-good"):
        run("lock_study", study.slug)
    study.refresh_from_db()
    assert study.state == "launched"
    assert "locked" in run("lock_study", study.slug, "--for-good")
    study.refresh_from_db()
    assert study.state == "locked"
    with pytest.raises(CommandError, match="cannot become locked"):
        run("lock_study", study.slug, "--for-good")
