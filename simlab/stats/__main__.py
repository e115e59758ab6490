"""Analyse a table without the web application: `python -m simlab.stats run DATA PLAN [--out DIR]`."""

import argparse
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from simlab.stats import datafile, figures, foreign_command, interim, measures, planfile, plans, result
from simlab.stats.errors import BadInput


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 2 with one sentence on standard error when the input is at fault."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.act(given))
    except BadInput as fault:
        print(fault, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simlab.stats", description="Analyse a table by a plan.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="analyse a table (Parquet or CSV) by a plan (JSON)")
    run.add_argument("data", metavar="DATA", type=Path)
    run.add_argument("plan", metavar="PLAN", type=Path)
    run.add_argument("--out", metavar="DIR", type=Path, help="write result.json and figures here, not to the screen")
    run.set_defaults(act=_run)
    look = commands.add_parser("look", help="the interim look that is due, for the independent committee alone")
    look.add_argument("data", metavar="DATA", type=Path)
    look.add_argument("plan", metavar="PLAN", type=Path)
    look.set_defaults(act=_look)
    commands.add_parser("list", help="what can be measured").set_defaults(act=_list)
    explain = commands.add_parser("explain", help="formula, source and worked example of a measure")
    explain.add_argument("measure", metavar="MEASURE")
    explain.set_defaults(act=_explain)
    foreign_command.add_to(commands)
    return parser


def _run(given: argparse.Namespace) -> int:
    plan = planfile.read(given.plan)
    found = plans.run(given.data, plan, _tell)
    if given.out is None:
        sys.stdout.buffer.write(result.dump(found))
        return 0
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "result.json").write_bytes(result.dump(found))
    for figure in figures.draw(found, datafile.read(given.data), plan):
        (given.out / f"{figure.name}.svg").write_bytes(figure.svg)
        (given.out / f"{figure.name}.csv").write_text(figure.csv, encoding="utf-8")
    print(f"Wrote {given.out / 'result.json'} and its figures.", file=sys.stderr)
    return 0


def _look(given: argparse.Namespace) -> int:
    found = interim.look(datafile.read(given.data), planfile.read(given.plan))
    sys.stdout.buffer.write(result.dump(result.plain(asdict(found))))
    return 0


def _tell(step: int, steps: int, message: str) -> None:
    print(f"[{step}/{steps}] {message}", file=sys.stderr)


def _list(given: argparse.Namespace) -> int:
    print("Analyses of a plan:")
    for name, (words, _) in plans.ANALYSERS.items():
        print(f"  {name:16} {words}")
    print("Measures (explain MEASURE tells more):")
    for entry in measures.CATALOGUE:
        print(f"  {entry.name:26} {entry.title}")
    return 0


def _explain(given: argparse.Namespace) -> int:
    entry = measures.entry(given.measure)
    print(entry.title)
    for heading, text in (
        ("Formula", entry.formula),
        ("Undefined", entry.undefined),
        ("Source", entry.source),
        ("Example", entry.example),
    ):
        print(textwrap.fill(f"{heading}: {text}", width=100, subsequent_indent="  "))
    return 0


if __name__ == "__main__":
    sys.exit(main())
