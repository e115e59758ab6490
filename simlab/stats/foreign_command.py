"""`analyse TABLE --mapping MAP.yaml [--out DIR]`, for the command line of this package and for manage.py."""

import argparse
import sys
from pathlib import Path
from typing import Any

from simlab.stats import datafile, figures_readers, foreign, foreign_file, foreign_mapping, foreign_text, result
from simlab.stats.figure_style import Found


def add_to(commands: Any) -> None:
    """The sub-command of an argparse parser."""
    parser = commands.add_parser("analyse", help="analyse a foreign table by a mapping of its columns (YAML)")
    add_arguments(parser)
    parser.set_defaults(act=lambda given: act(given.table, given.mapping, given.out, given.json))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("table", metavar="TABLE", type=Path, help="CSV, TSV or Parquet file")
    parser.add_argument("--mapping", metavar="MAP", type=Path, required=True, help="which column holds what (YAML)")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="also write result.json, report.txt and the analysis table here"
    )
    parser.add_argument("--json", action="store_true", help="print result.json in place of words")


def act(table: Path, mapping: Path, out: Path | None, as_json: bool) -> int:
    """Analyse, print, and keep the files in `out`. Raises BadInput."""
    document = foreign_mapping.read(mapping)
    texts = foreign_file.load(table, foreign_mapping.parse(document))
    found = foreign.analyse(texts, document, lambda words: print(words, file=sys.stderr))
    words, exact = foreign_text.text(found.document), result.dump(found.document)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "result.json").write_bytes(exact)
        (out / "report.txt").write_text(words, encoding="utf-8")
        _draw(found.document, out)
        if found.table is not None:
            datafile.write(found.table, out / "table.parquet")
    print(exact.decode() if as_json else words, end="")
    return 0


def _draw(document: dict[str, Any], out: Path) -> None:
    """ROC curves of readers, one picture for each group of the table."""
    for place, analysis in enumerate(a["name"] for a in document["analyses"] if a["name"].split("/")[0] == "auc"):
        figure = figures_readers.roc(Found(document), analysis)
        if figure is not None:
            name = figure.name if place == 0 else f"{figure.name}-{place + 1}"
            (out / f"{name}.svg").write_bytes(figure.svg)
            (out / f"{name}.csv").write_text(figure.csv, encoding="utf-8")
