from django.core.management.base import BaseCommand, CommandError

from simlab.stats import foreign_command
from simlab.stats.errors import BadInput


class Command(BaseCommand):
    help = "Analyse a foreign table by a mapping of its columns (docs/analysing.md)."

    def add_arguments(self, parser) -> None:
        foreign_command.add_arguments(parser)

    def handle(self, *args, table, mapping, out, json: bool, **options) -> None:
        try:
            foreign_command.act(table, mapping, out, json)
        except BadInput as fault:
            raise CommandError(str(fault)) from None
