"""Rehearse a protocol in memory: ``python -m simlab.rehearsal simulate | recover | power | calibrate | fit``."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from simlab.engine.errors import InvalidFile
from simlab.rehearsal import commands_planning, dataset, recovery
from simlab.rehearsal.recovery import Recovered
from simlab.stats import datafile
from simlab.stats.errors import BadInput

LOWEST, HIGHEST = 0.91, 0.99
"""Coverage of a 95 % interval that 200 runs cannot tell from 95 %."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done and, for ``recover``, in range; 1 when not; 2 when the input is at fault."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.act(given))
    except (BadInput, InvalidFile) as fault:
        print(fault, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simlab.rehearsal", description="Rehearse a protocol in memory.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    simulate = commands.add_parser("simulate", help="make one data set of virtual clinicians")
    simulate.add_argument("--out", metavar="FILE", type=Path, required=True, help="where to write the Parquet file")
    simulate.set_defaults(act=_simulate)
    recover = commands.add_parser("recover", help="run the study many times and see whether the truth is found again")
    recover.add_argument("--runs", type=_count, default=200)
    recover.add_argument("--jobs", type=_count, default=1, help="processes (1)")
    recover.set_defaults(act=_recover)
    commands_planning.add(commands)
    for command in (simulate, recover):
        command.add_argument("folder", metavar="PROTOCOL", type=Path, help="folder with study.yaml and truth.yaml")
        command.add_argument(
            "--cases", metavar="DIR", type=Path, default=Path("cases"), help="where the packs are (cases)"
        )
        command.add_argument("--clinicians", type=_count, default=60, help="who enrol (60)")
        command.add_argument("--seed", type=int, default=1, help="first seed (1)")
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number of at least 1")
    return number


def _simulate(given: argparse.Namespace) -> int:
    world = recovery.load_world(given.folder, given.cases)
    started = time.perf_counter()
    table = dataset.simulate(world.protocol, world.packs, world.truth, given.clinicians, given.seed)
    seconds = time.perf_counter() - started
    data_hash = datafile.write(table, given.out)
    decisions = int(table["initial"].notna().sum() + table["final"].notna().sum())
    print(
        f"{given.clinicians} clinicians, seed {given.seed}: {len(table)} rows, {decisions} decisions in {seconds:.2f} s"
    )
    print(f"{given.out} ({data_hash})")
    return 0


def _recover(given: argparse.Namespace) -> int:
    found, seconds = recovery.recover(
        given.folder,
        given.cases,
        runs=given.runs,
        clinicians=given.clinicians,
        seed=given.seed,
        jobs=given.jobs,
        progress=_tell if sys.stderr.isatty() else None,
    )
    print(f"{given.runs} runs of {given.clinicians} clinicians, seeds {given.seed} to {given.seed + given.runs - 1}")
    print(f"{seconds:.2f} s a run on one core (data set and analysis)")
    for one in found:
        print()
        print("\n".join(_lines(one)))
    return 0 if all(_in_range(one) for one in found) else 1


def _tell(done: int, of: int) -> None:
    print(f"\r{done} of {of} runs", end="\n" if done == of else "", file=sys.stderr, flush=True)


def _in_range(one: Recovered) -> bool:
    return one.coverage is not None and LOWEST <= one.coverage <= HIGHEST


def _lines(one: Recovered) -> list[str]:
    lines = [one.name, f"  truth              {one.truth.value:+.4f}  (Monte-Carlo error {one.truth.mc_se:.4f})"]
    if one.coverage is None or one.mean is None or one.bias is None:
        return [*lines, f"  withheld in all {one.withheld} runs"]
    lines.append(f"  mean estimate      {one.mean:+.4f}")
    if one.bias_se is not None and one.spread is not None:
        lines.append(f"  bias               {one.bias:+.4f}  (Monte-Carlo error {one.bias_se:.4f})")
        said = "none" if one.mean_se is None else f"{one.mean_se:.4f}"
        lines.append(f"  spread             {one.spread:.4f}   mean standard error {said}")
    verdict = "within" if _in_range(one) else "OUTSIDE"
    lines.append(
        f"  coverage of 95 %   {one.coverage:.1%}  ({one.covered} of {one.shown}; 95 % interval {one.coverage_low:.1%} "
        f"to {one.coverage_high:.1%}), {verdict} {LOWEST:.0%} to {HIGHEST:.0%}"
    )
    if one.withheld:
        lines.append(f"  withheld           {one.withheld} runs")
    return lines


if __name__ == "__main__":
    sys.exit(main())
