"""A small complete case pack and the demonstration protocol, as values and as files."""

from pathlib import Path

import pytest
import yaml

from simlab.engine.pack import Pack
from simlab.engine.protocol import Protocol, load_protocol
from tests.engine.builders import GOOD_CASE, bare_case, pack_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def pack() -> Pack:
    """Four forms of six cases."""
    cases = [bare_case(f"case-{number}") for number in range(24)]
    names = [case.id for case in cases]
    return pack_of(cases, {form: tuple(names[6 * i : 6 * i + 6]) for i, form in enumerate("ABCD")})


@pytest.fixture(scope="session")
def demo() -> Protocol:
    return load_protocol(ROOT / "protocols" / "demo")


@pytest.fixture(scope="session")
def demo_text() -> str:
    return (ROOT / "protocols" / "demo" / "study.yaml").read_text(encoding="utf-8")


@pytest.fixture
def case_folder(tmp_path: Path) -> Path:
    """A folder with one sound authored case."""
    folder = tmp_path / "sore-toe"
    folder.mkdir()
    (folder / "case.yaml").write_text(GOOD_CASE, encoding="utf-8")
    return folder


@pytest.fixture
def pack_folder(tmp_path: Path) -> Path:
    """A sound authored pack of one case."""
    folder = tmp_path / "small"
    (folder / "sore-toe").mkdir(parents=True)
    (folder / "sore-toe" / "case.yaml").write_text(GOOD_CASE, encoding="utf-8")
    head = {
        "simlab": "pack/1",
        "id": "small",
        "title": "A small pack",
        "description": "For tests",
        "licence": "CC-BY-4.0",
        "specialties": ["rheumatology"],
        "terms": "terms.yaml",
        "forms": {"A": ["sore-toe"]},
    }
    terms = [{"term": "Gout", "icd10": "M10.9", "synonyms": ["gouty arthritis"]}, {"term": "Cellulitis"}]
    (folder / "pack.yaml").write_text(yaml.safe_dump(head, sort_keys=False), encoding="utf-8")
    (folder / "terms.yaml").write_text(yaml.safe_dump(terms, sort_keys=False), encoding="utf-8")
    return folder
