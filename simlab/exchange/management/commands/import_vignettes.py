from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from simlab.engine.errors import InvalidFile
from simlab.exchange.packfolder import REPORT, write_pack
from simlab.exchange.vignettes import Imported, read_vignettes
from simlab.studies import actions


class Command(BaseCommand):
    help = "Make a case pack and an advice bank from a table of vignettes and tables of recorded AI output."

    def add_arguments(self, parser) -> None:
        parser.add_argument("mapping", type=Path, help="mapping file; the tables it names stand beside it or in --data")
        parser.add_argument("--data", type=Path, help="folder of the tables, if not that of the mapping file")
        parser.add_argument("--out", type=Path, help="folder for the pack (default: packs/ in the data folder)")

    def handle(self, *args, mapping: Path, data: Path | None, out: Path | None, **options) -> None:
        out = out or Path(settings.DATA_DIR).parent / "packs"
        try:
            imported = read_vignettes(mapping, data)
            folder, pack = write_pack(imported, out)
            actions.load_pack(pack=pack, now=timezone.now())
        except InvalidFile as fault:
            raise CommandError(str(fault)) from None
        except OSError as fault:
            words = f"{fault.filename or out}: cannot be read or written ({fault.strerror})."
            raise CommandError(f"{words} Check its permissions, or give another folder with --out.") from None
        self.stdout.write(_summary(imported, folder))


def _summary(imported: Imported, folder: Path) -> str:
    unusable = sum("unusable" in advice for advice in imported.advice)
    right = sum(advice["correct"] for advice in imported.advice)
    lines = [
        f"{len(imported.cases)} cases and {len(imported.advice)} advice items imported into {folder}",
        f"  {right} items judged right, {len(imported.advice) - right} judged wrong or without the reference",
        f"  {unusable} items are kept but never shown (empty, or judged both right and wrong)",
        f"  {imported.both_kinds} cases hold a right and a wrong item;",
        f"  {imported.contrast} still do without contradictory judgements: these may carry a randomised contrast",
        f"  {len(imported.oddities)} oddities, each with its row and what was done: {folder / REPORT}",
    ]
    if imported.head.get("notice"):
        lines.append(f"  Note: {imported.head['notice']}")
    return "\n".join(lines)
