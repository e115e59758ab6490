from django.core.management.base import BaseCommand, CommandError

from simlab.studies.models import Study
from simlab.studies.replaying import first_difference


class Command(BaseCommand):
    help = "Draw the allocation of a study again from its seed, and say whether the record equals it."

    def add_arguments(self, parser) -> None:
        parser.add_argument("study", help="slug of the study")

    def handle(self, *args, study: str, **options) -> None:
        found = Study.objects.filter(slug=study).first()
        if found is None:
            raise CommandError(f"There is no study “{study}”. Give the slug of one that exists.")
        if not found.allocation_commitment:
            raise CommandError(f"The study “{study}” was not launched, so nothing has been drawn yet.")
        difference = first_difference(found)
        if difference:
            raise CommandError(difference)
        self.stdout.write(f"equal: {found.slots.count()} places; commitment {found.allocation_commitment}")
