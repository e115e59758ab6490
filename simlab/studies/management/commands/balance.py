from django.core.management.base import BaseCommand, CommandError

from simlab.studies.models import Study
from simlab.studies.reading import balance_by_arm


class Command(BaseCommand):
    help = "Show how many places of each stratum and arm were drawn and claimed. This unblinds whoever reads it."

    def add_arguments(self, parser) -> None:
        parser.add_argument("study", help="slug of the study")

    def handle(self, *args, study: str, **options) -> None:
        found = Study.objects.filter(slug=study).first()
        if found is None:
            known = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no study “{study}”. Give the slug of one that exists: {known}.")
        self.stdout.write(f"{found.title}; commitment {found.allocation_commitment or 'none: not launched'}")
        self.stdout.write(f"{'stratum':<24}{'arm':<16}{'drawn':>8}{'claimed':>9}")
        for row in balance_by_arm(found):
            self.stdout.write(f"{row['stratum']:<24}{row['arm']:<16}{row['drawn']:>8}{row['claimed']:>9}")
