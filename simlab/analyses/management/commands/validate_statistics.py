import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from simlab.rehearsal import checkpage, validation
from simlab.rehearsal.validation import Check, Law

BATCH = 20


class Command(BaseCommand):
    help = "Run every shipped analysis on simulated studies of known truth, and write docs/validation-report.md."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--runs", type=int, default=2000, help="data sets of each check (2000)")
        parser.add_argument("--only", metavar="NAME", nargs="+", default=[], help="checks whose name begins so")
        parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
        parser.add_argument("--seconds", type=float, default=0.0, help="stop a check after so long (0: never)")
        parser.add_argument("--seed", type=int, default=20261123)
        parser.add_argument("--folder", type=Path, default=Path("docs"), help="where the page is kept (docs)")

    def handle(self, *args, runs: int, only: list[str], jobs: int, seconds: float, seed: int, folder: Path, **options):
        checks = [one for one in validation.discover() if not only or one.name.startswith(tuple(only))]
        if not checks:
            names = ", ".join(one.name for one in validation.discover())
            raise CommandError(f"No check is named {' or '.join(only)}. There are {names}.")
        if runs < 1 or jobs < 1:
            raise CommandError("Give --runs and --jobs as numbers of at least 1.")
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder. Give one with --folder.")
        lines = checkpage.kept(folder)
        # A check that was renamed or removed leaves no line behind.
        lines = {name: line for name, line in lines.items() if name in {one.name for one in validation.discover()}}
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            for one in checks:
                lines[one.name] = self._run(one, pool, runs, jobs, seconds, seed)
                checkpage.write(folder, lines)
        wrong = [one.name for one in checks if lines[one.name]["problems"]]
        if wrong:
            raise CommandError(f"{len(wrong)} of {len(checks)} checks are out of range: {', '.join(wrong)}.")
        self.stdout.write(f"{len(checks)} checks are in range. {folder / checkpage.PAGE}")

    def _run(self, one: Check | Law, pool, runs: int, jobs: int, seconds: float, seed: int) -> dict:
        day = timezone.now().date().isoformat()
        started = time.monotonic()
        if isinstance(one, Law):
            problems = validation.broken(one, seed)
            self.stdout.write(f"{one.name}: {'; '.join(problems) or 'holds'}")
            return checkpage.line_of_law(one, problems, seed=seed, day=day)
        found: list = []
        while len(found) < runs and (not seconds or time.monotonic() - started < seconds):
            starts = range(len(found), min(runs, len(found) + jobs * BATCH), BATCH)
            work = [(one.name, seed, start, min(BATCH, runs - start)) for start in starts]
            for batch in pool.map(_batch, work):
                found += batch
        tally = validation.tally(one, found)
        spent = time.monotonic() - started
        self.stdout.write(f"{one.name}: {len(found)} runs in {spent:.0f} s, {'; '.join(tally.problems) or 'in range'}")
        self.stdout.flush()
        return checkpage.line_of(tally, seed=seed, day=day)


def _batch(work: tuple[str, int, int, int]) -> list:
    """A batch of one check, in a process of its own; one BLAS thread, so that the numbers are those of any machine."""
    from threadpoolctl import threadpool_limits

    name, seed, first, count = work
    check = next(one for one in validation.discover() if one.name == name)
    with threadpool_limits(1):
        return list(validation.replicates(check, seed, first, count))
