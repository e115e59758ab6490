"""Write what became of each card of a study as feedback of CDS Hooks 2.0."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from simlab.exchange.feedback import feedback_of
from simlab.studies.models import Study


class Command(BaseCommand):
    help = "What became of each card of a study, as the body of a CDS Hooks 2.0 feedback request (JSON)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="the short name of the study")

    def handle(self, *args: Any, **options: Any) -> None:
        study = Study.objects.select_related("protocol").filter(slug=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study “{options['study']}”. Check its short name.")
        if study.is_concealed:
            raise CommandError("This trial is under way, and feedback would unblind it. Lock the study first.")
        self.stdout.write(json.dumps(feedback_of(study), ensure_ascii=False, indent=2))
