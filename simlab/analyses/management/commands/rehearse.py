import os
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from simlab.analyses import actions
from simlab.analyses.models import AnalysisRun, RunState
from simlab.analyses.rehearsing import rehearse
from simlab.engine.errors import InvalidFile, Refused
from simlab.rehearsal.truth import load_truth
from simlab.studies.models import Study


class Command(BaseCommand):
    help = "Let virtual clinicians sit a study through the running web application, in compressed time."

    def add_arguments(self, parser) -> None:
        parser.add_argument("study", help="slug of a launched study")
        parser.add_argument("--clinicians", type=int, default=60)
        parser.add_argument("--seed", type=int, default=20261123)
        parser.add_argument("--truth", type=Path, help="truth.yaml (default: that of the study's protocol folder)")
        parser.add_argument("--url", default=os.environ.get("SIMLAB_BASE_URL", "http://127.0.0.1:8000"))
        parser.add_argument("--threads", type=int, default=6)
        parser.add_argument("--report", action="store_true", help="then make the report, and wait for it")

    def handle(self, *args, study: str, clinicians: int, seed: int, url: str, threads: int, **options) -> None:
        found = Study.objects.select_related("protocol").filter(slug=study).first()
        if found is None or found.state != Study.State.LAUNCHED:
            raise CommandError(f"There is no launched study “{study}”. `manage.py load_demo` makes one called demo.")
        if clinicians < 1:
            raise CommandError("A rehearsal needs at least one clinician: give --clinicians 1 or more.")
        if threads < 1:
            raise CommandError("A rehearsal needs at least one thread: give --threads 1 or more.")
        try:
            truth = load_truth(options["truth"] or _truth_path(study))
            _reach(url)
            rehearsal, summary = rehearse(
                study=found,
                truth=truth,
                clinicians=clinicians,
                seed=seed,
                base_url=url,
                threads=threads,
                progress=self._progress(),
            )
        except (InvalidFile, Refused) as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(
            f"{summary.completed} of {summary.enrolled} virtual clinicians sat everything; {summary.acknowledged} "
            f"messages were acknowledged, {summary.refused} refused as they should be, {summary.resent} sent again."
        )
        for problem in summary.problems:
            self.stderr.write(problem)
        if options["report"]:
            self._report(rehearsal.study)
        if summary.problems:
            raise CommandError("The rehearsal met problems; they are listed above.")

    def _progress(self):
        last = {"words": "", "at": 0.0}

        def tell(words: str, done: int, of: int) -> None:
            # A line a second, and the first and last of each part: readable in a log and alive on a screen.
            now = time.monotonic()
            if words != last["words"] or done == of or now - last["at"] > 1:
                self.stdout.write(f"{words}: {done} of {of}")
                self.stdout.flush()
                last.update(words=words, at=now)

        return tell

    def _report(self, study: Study) -> None:
        run = actions.request_analysis(study=study, by=None, now=timezone.now())
        message = ""
        while True:
            run = AnalysisRun.objects.get(pk=run.pk)
            if run.message != message:
                message = run.message
                self.stdout.write(f"Report: {message}" + (f" ({run.step} of {run.steps})" if run.steps else ""))
                self.stdout.flush()
            if run.is_over:
                break
            time.sleep(0.2)
        if run.state != RunState.DONE:
            raise CommandError(f"The report was not made: {run.error or run.message}")
        self.stdout.write(f"Report: /studies/{study.pk}/report/{run.pk}/")


def _reach(url: str) -> None:
    """Somebody must answer before a twin is made. A server that is only just starting gets a few seconds."""
    for wait_s in (1, 2, None):
        try:
            urllib.request.urlopen(f"{url.rstrip('/')}/healthz", timeout=10).close()  # noqa: S310  a URL of the user's
            return
        except urllib.error.HTTPError:
            return  # it answers; the bots are patient with the rest
        except (OSError, ValueError):
            if wait_s is None:
                raise CommandError(
                    f"Nothing answers at {url}. Start the web site with `python3 manage.py demo`, or give its address "
                    "with --url."
                ) from None
            time.sleep(wait_s)


def _truth_path(slug: str) -> Path:
    own = Path(settings.PROTOCOLS_DIR) / slug / "truth.yaml"
    return own if own.is_file() else Path(settings.PROTOCOLS_DIR) / "demo" / "truth.yaml"
