from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from simlab.sittings import actions
from simlab.sittings.models import Participant
from simlab.studies import clock


class Command(BaseCommand):
    help = "Let a participant leave their study, as they asked. Answers stay; the debrief opens behind their own link."

    def add_arguments(self, parser) -> None:
        parser.add_argument("participant", help="code of the participant: the last part of the address of their page")

    def handle(self, *args, participant: str, **options) -> None:
        found = Participant.objects.with_study().filter(pk=_code(participant)).first()
        if found is None:
            raise CommandError(f"There is no participant {participant}. Check the code.")
        left = actions.withdraw(participant=found, now=clock.now(found.study))
        self.stdout.write(f"Participant {left.pk} of “{found.study}”: {left.get_state_display().lower()}")


def _code(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CommandError(f"“{text}” is not a participant's code. Copy it from the address of their page.") from None
