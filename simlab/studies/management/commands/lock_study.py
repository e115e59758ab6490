from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from simlab.engine.errors import Refused
from simlab.studies import actions
from simlab.studies.models import Study


class Command(BaseCommand):
    help = "Close a study for good: no answer is taken any more, everyone is debriefed, a trial's report is opened."

    def add_arguments(self, parser) -> None:
        parser.add_argument("study", help="slug of the study")
        parser.add_argument("--for-good", action="store_true", help="say that you mean it: there is no way back")

    def handle(self, *args, study: str, for_good: bool, **options) -> None:
        found = Study.objects.filter(slug=study).first()
        if found is None:
            raise CommandError(f"There is no study “{study}”. Give the slug of one that exists.")
        if not for_good:
            raise CommandError(f"Locking “{found}” cannot be undone. Add --for-good to do it.")
        try:
            actions.lock_study(study=found, by=None, now=timezone.now())
        except Refused as refused:
            raise CommandError(
                f"{refused} Only a study that was launched and is not locked yet can be locked."
            ) from None
        self.stdout.write(f"{found}: locked")
