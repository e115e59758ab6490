"""The commands that plan a study: ``power``, ``calibrate`` and ``fit``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from simlab.engine.casefile import Pack, load_pack
from simlab.engine.protocol import load_protocol
from simlab.rehearsal import calibration, power, recovery
from simlab.rehearsal.fit import fit
from simlab.rehearsal.grid import grid_from
from simlab.rehearsal.presets import preset, suited
from simlab.rehearsal.truth import BadTruth, Truth, load_truth
from simlab.stats import datafile


def add(commands: Any) -> None:
    """Add the commands to a parser's list of them."""
    study = commands.add_parser("power", help="simulate power and precision over a grid of designs")
    study.add_argument("folder", metavar="PROTOCOL", type=Path, help="folder with study.yaml and truth.yaml")
    study.add_argument("--truth", help="a preset, or a truth.yaml, instead of the folder's")
    for name, kind, words in (
        ("clinicians", int, "numbers of clinicians"),
        ("for-cases", int, "cases in each form"),
        ("wrong", int, "wrong advice in each form"),
        ("effects", float, "true differences, as shares: -0.1 0"),
    ):
        study.add_argument(f"--{name}", type=kind, nargs="+", default=[], help=words)
    study.add_argument("--most", type=int, default=200, help="simulated studies of a design at most (200)")
    study.add_argument("--precision", type=float, default=0.05, help="stop at this half-width of the interval (0.05)")
    study.add_argument("--seed", type=int, default=1)
    study.add_argument("--out", type=Path, metavar="FILE", help="where to write the result as JSON")
    study.set_defaults(act=_power)
    calibrate = commands.add_parser("calibrate", help="solve a truth for the published figures that it names")
    calibrate.add_argument("folder", metavar="PROTOCOL", type=Path, help="folder with study.yaml and truth.yaml")
    calibrate.add_argument("--check", action="store_true", help="only see whether the truth gives its figures back")
    calibrate.add_argument("--people", type=int, default=calibration.PEOPLE, help="virtual clinicians to solve with")
    calibrate.set_defaults(act=_calibrate)
    fitted = commands.add_parser("fit", help="fit a truth to the data of a study, and print it")
    fitted.add_argument("data", metavar="DATA", type=Path, help="an analysis table, as the report offers it")
    fitted.add_argument("--protocol", dest="folder", metavar="DIR", type=Path, required=True)
    fitted.add_argument("--truth", help="a preset or a truth.yaml for what data cannot tell (assumed)")
    fitted.set_defaults(act=_fit)
    for command in (study, calibrate, fitted):
        command.add_argument("--cases", metavar="DIR", type=Path, default=Path("cases"), help="where the packs are")


def _power(given: argparse.Namespace) -> int:
    world = recovery.load_world(given.folder, given.cases)
    truth = _named(given.truth) if given.truth else world.truth
    grid = grid_from(
        {
            "clinicians": given.clinicians or [60],
            "cases": given.for_cases,
            "wrong": given.wrong,
            "effects": given.effects,
            "most": given.most,
            "precision": given.precision,
            "seed": given.seed,
        }
    )
    study = power.Study(world.protocol, world.packs, suited(truth, world.protocol), grid)
    result = study.run(_tell if sys.stderr.isatty() else None)
    if given.out:
        given.out.write_text(power.dump(result), encoding="utf-8")
    print("\n".join(lines_of(result)))
    return 0


def _named(name: str) -> Truth:
    path = Path(name)
    return load_truth(path) if path.suffix in {".yaml", ".yml"} else preset(name)


def _tell(done: int, of: int) -> None:
    print(f"\r{done} simulated studies, at most {of}", end="", file=sys.stderr, flush=True)


def lines_of(result: dict[str, Any]) -> list[str]:
    """A result for a terminal, a line a design."""
    target = result["target"]
    lines = [f"{target['analysis']}/{target['estimate']}, seed {result['grid']['seed']}"]
    for cell in result["cells"]:
        size = [f"{cell['clinicians']} clinicians"]
        size += [f"{cell['cases']} cases a form"] if cell["cases"] is not None else []
        size += [f"{cell['wrong']} wrong"] if cell["wrong"] is not None else []
        lines.append(
            f"  {', '.join(size)}, true {cell['truth']:+.3f}: power {cell['power']:.1%} ({cell['power_low']:.1%} to "
            f"{cell['power_high']:.1%}, {cell['runs']} studies), coverage {_share(cell['coverage'])}, width "
            f"{_share(cell['width'])}, persons without RAIR {cell['undefined_rair']:.1f} and RSR "
            f"{cell['undefined_rsr']:.1f} of {cell['advised']:.0f}"
        )
    lines += [
        f"  ceiling {one['power']:.1%} ({one['low']:.1%} to {one['high']:.1%}); the {one['binds']} bind"
        for one in result["ceilings"]
    ]
    lines += [
        f"  smallest for {one['effect']}: {one['clinicians']} clinicians, power {one['power']:.1%}"
        for one in result["smallest"]
    ]
    return lines


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"


def _calibrate(given: argparse.Namespace) -> int:
    world = recovery.load_world(given.folder, given.cases)
    if not world.truth.calibrated:
        raise BadTruth(str(given.folder / "truth.yaml"), "names no published figure", "write them under calibrated")
    if given.check:
        found = calibration.given_back(world.truth, world.protocol, world.packs, people=given.people)
        for one in found:
            verdict = "agrees" if one.agrees else "DIFFERS"
            print(
                f"{one.asked.figure}: published {one.asked.published:g}, rehearsed {one.value.value:.4f} "
                f"(Monte-Carlo error {one.value.mc_se:.4f}), {verdict}"
            )
        return 0 if all(one.agrees for one in found) else 1
    truth = calibration.calibrated(
        world.truth, world.protocol, world.packs, world.truth.calibrated, people=given.people
    )
    print(document_of(truth), end="")
    return 0


def document_of(truth: Truth, notes: Sequence[str] = ()) -> str:
    """A truth as the text of its file."""
    written = yaml.safe_dump(calibration.written(truth), sort_keys=False, allow_unicode=True)
    return "".join(f"# {note}\n" for note in notes) + written


def _fit(given: argparse.Namespace) -> int:
    protocol = load_protocol(given.folder / "study.yaml")
    packs: dict[str, Pack] = {name: load_pack(given.cases / name) for name in protocol.cases.packs}
    base = _named(given.truth) if given.truth else preset("assumed")
    found = fit(datafile.read(given.data), packs, base)
    notes = [f"{one.name}: {one.value:.4g}{_error(one.se)}, n = {one.n}" for one in found.values]
    print(document_of(found.truth, [*notes, *(f"not fitted: {part}" for part in found.kept)]), end="")
    return 0


def _error(se: float | None) -> str:
    return "" if se is None else f" (standard error {se:.2g})"
