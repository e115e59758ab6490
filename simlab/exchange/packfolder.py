"""Write an imported pack to a folder in SimLab's own format, all of it or nothing."""

import csv
import shutil
import tempfile
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import yaml

from simlab.engine.casefile import load_pack
from simlab.engine.pack import Pack
from simlab.exchange.oddities import Oddity
from simlab.exchange.vignettes import Imported

REPORT = "import-report.csv"


def write_pack(imported: Imported, parent: Path) -> tuple[Path, Pack]:
    """Write `parent/<pack id>/`, read it back as any pack is read, and only then put it in its place.

    An earlier import of the same pack is replaced. Raises InvalidFile when the pack does not hold together.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=".import-") as scratch:
        folder = Path(scratch) / imported.head["id"]
        _write(imported, folder)
        pack = load_pack(folder)
        target = parent / imported.head["id"]
        shutil.rmtree(target, ignore_errors=True)
        folder.replace(target)
    return target, pack


def _write(imported: Imported, folder: Path) -> None:
    folder.mkdir()
    _dump(imported.head, folder / "pack.yaml")
    _dump(imported.terms, folder / "terms.yaml")
    for case in imported.cases:
        (folder / case["id"]).mkdir()
        _dump(case, folder / case["id"] / "case.yaml")
    with (folder / REPORT).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [column.name for column in fields(Oddity)])
        writer.writeheader()
        writer.writerows(asdict(oddity) for oddity in imported.oddities)


def _dump(content: Any, path: Path) -> None:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    path.write_text(yaml.dump(content, Dumper=dumper, sort_keys=False, allow_unicode=True, width=100), encoding="utf-8")
