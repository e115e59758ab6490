import json
from pathlib import Path

import jsonschema
import pytest

from simlab.engine import schemas, yamlfile
from tests.engine.builders import GOOD_CASE

ROOT = Path(__file__).resolve().parents[2]


def published(name):
    return json.loads((ROOT / "docs" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(schemas.schema_files()))
def test_published_schema_is_current(name):
    text = (ROOT / "docs" / "schemas" / name).read_text(encoding="utf-8")
    assert text == schemas.schema_files()[name], "run: python -m simlab.engine.schemas docs/schemas"


def test_schemas_are_written(tmp_path):
    schemas.write(tmp_path / "schemas")
    assert {path.name for path in (tmp_path / "schemas").iterdir()} == set(schemas.schema_files())


@pytest.mark.parametrize("name", ["demo", "training"])
def test_protocols_of_the_repository_fit_the_schema(name):
    data, _ = yamlfile.load(ROOT / "protocols" / name / "study.yaml")
    jsonschema.Draft202012Validator(published("study-1")).validate(data)


def test_sound_case_fits_the_schema_and_a_broken_one_does_not():
    data, _ = yamlfile.load(GOOD_CASE, "case.yaml")
    validator = jsonschema.Draft202012Validator(published("case-1"))
    validator.validate(data)
    assert not validator.is_valid(data | {"titel": "x"})
    assert not validator.is_valid({key: value for key, value in data.items() if key != "simlab"})


def test_plan_fits_the_schema_of_the_statistics(demo):
    jsonschema.Draft202012Validator(published("plan-1")).validate(demo.plan())


def test_strategies_of_a_protocol_are_those_that_the_statistics_carry_out():
    from simlab.engine import intercurrent
    from simlab.stats.intercurrent import EVENTS

    assert {event.replace("-", "_"): done for event, done in intercurrent.DONE.items()} == {
        event: tuple(done) for event, (_, done) in EVENTS.items()
    }


def test_every_plan_of_a_repository_protocol_is_one_the_statistics_read():
    from simlab.engine.protocol import load_protocol
    from simlab.stats.planfile import parse

    for path in sorted((ROOT / "protocols").rglob("study.yaml")):
        assert parse(load_protocol(path).plan()).title
