from django.core.management.base import BaseCommand, CommandError

from simlab.engine.balance import balance
from simlab.engine.foretelling import guess_rate
from simlab.studies.models import Study
from simlab.studies.reading import balance_by_arm, packs_of, protocol_of
from simlab.studies.replaying import encounters_on_record, slots_on_record


class Command(BaseCommand):
    help = "Show places by stratum and arm, and whether what was drawn is balanced. This unblinds whoever reads it."

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
        if found.allocation_commitment:
            self._promises(found)

    def _promises(self, found: Study) -> None:
        """Whether what was drawn is balanced as the protocol says, and how well the next arm can be guessed."""
        protocol = protocol_of(found)
        report = balance(protocol, packs_of(found), slots_on_record(found), encounters_on_record(found))
        for check in report.checks:
            self.stdout.write(f"{check.name:<18}{'holds' if check.holds else 'BROKEN':<8}{check.detail}")
        rate = guess_rate(protocol)
        if rate is not None:
            self.stdout.write(
                f"{'guessing':<18}{'':<8}who knows all arms so far names the next one right in {rate:.0%}"
            )
