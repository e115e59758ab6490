from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from simlab.engine.casefile import load_pack
from simlab.engine.caseindex import index_of, with_index
from simlab.engine.errors import InvalidFile


class Command(BaseCommand):
    help = "Print the index of case packs and how their forms match; with --page, write it into a Markdown page."

    def add_arguments(self, parser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, help="pack folders (default: every pack in cases/)")
        parser.add_argument("--page", type=Path, help="page whose made part is replaced, for example docs/cases.md")

    def handle(self, *args, paths: list[Path], page: Path | None, **options) -> None:
        folders = paths or sorted(path.parent for path in Path(settings.CASES_DIR).glob("*/pack.yaml"))
        try:
            index = index_of([load_pack(folder) for folder in folders])
            if page is None:
                self.stdout.write(index)
            else:
                page.write_text(with_index(page.read_text(encoding="utf-8"), index), encoding="utf-8")
        except (InvalidFile, ValueError, OSError) as fault:
            raise CommandError(str(fault)) from None
