"""The published JSON Schemas of the case, pack and study files.

`python -m simlab.engine.schemas docs/schemas` writes them; a test checks that those in the repository are current.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from simlab.engine.case import Case
from simlab.engine.instrument import Instrument
from simlab.engine.pack import PackFile
from simlab.engine.protocol import Protocol

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DESCRIPTIONS = {
    "case-1": "One simulated patient, the question, the reference and the bank of advice. See docs/case-format.md.",
    "instrument-1": "A questionnaire with its scoring key. See docs/instrument-format.md.",
    "pack-1": "A pack of cases with its forms. See docs/case-format.md.",
    "study-1": "A study from which everything else follows. See docs/protocol-format.md.",
}
MODELS: dict[str, type[BaseModel]] = {
    "case-1": Case,
    "instrument-1": Instrument,
    "pack-1": PackFile,
    "study-1": Protocol,
}


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one format: "case-1", "instrument-1", "pack-1" or "study-1"."""
    made = MODELS[name].model_json_schema(by_alias=True, mode="validation")
    made["$schema"] = DIALECT
    made["$id"] = f"{name}.schema.json"
    made["description"] = DESCRIPTIONS[name]
    made["title"] = f"SimLab {name.replace('-', '/')}"
    if "simlab" not in made["required"]:
        made["required"] = ["simlab", *made["required"]]
    return made


def schema_files() -> dict[str, str]:
    """File name → text of every schema."""
    return {
        f"{name}.schema.json": json.dumps(schema(name), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for name in MODELS
    }


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schema_files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
