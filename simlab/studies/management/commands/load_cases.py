from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from simlab.engine.casefile import load_pack
from simlab.engine.errors import InvalidFile
from simlab.studies import actions


class Command(BaseCommand):
    help = "Load case packs. Unchanged cases stay as they are; a changed case becomes a new version."

    def add_arguments(self, parser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, help="pack folders (default: every pack in cases/)")

    @transaction.atomic
    def handle(self, *args, paths: list[Path], verbosity: int, **options) -> None:
        folders = paths or sorted(path.parent for path in Path(settings.CASES_DIR).glob("*/pack.yaml"))
        if not folders:
            raise CommandError(f"There is no case pack in {settings.CASES_DIR}. Give the path of one.")
        for folder in folders:
            try:
                version = actions.load_pack(pack=load_pack(folder), now=timezone.now())
            except InvalidFile as fault:
                raise CommandError(str(fault)) from None
            if verbosity:
                cases = len(version.content["cases"])
                self.stdout.write(f"{version.pack}: version {version.number}, {cases} cases")
