from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from simlab.engine.case import read_case
from simlab.engine.casequality import library_faults, quality_faults
from simlab.engine.errors import Fault, InvalidFile
from simlab.studies.pictures import pictures_of, small_pictures


class Command(BaseCommand):
    help = "Check the quality of case packs: words, values, dates, twins, cards and pictures. Fails when any is wrong."

    def add_arguments(self, parser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, help="pack folders (default: every pack in cases/)")

    def handle(self, *args, paths: list[Path], **options) -> None:
        folders = paths or sorted(path.parent for path in Path(settings.CASES_DIR).glob("*/pack.yaml"))
        if not folders:
            raise CommandError(f"There is no case pack in {settings.CASES_DIR}. Give the path of one.")
        today = timezone.now().date().isoformat()
        faults = [fault for folder in folders for fault in [*quality_faults(folder, today), *picture_faults(folder)]]
        faults += library_faults(folders)
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            raise CommandError(f"Faults: {len(faults)}. Nothing was changed.")
        self.stdout.write(f"Packs without fault: {', '.join(folder.resolve().name for folder in folders)}.")


def picture_faults(folder: Path) -> list[Fault]:
    """Pictures that cannot be used, are too large or are too small to read. Cases that cannot be read are skipped."""
    faults = []
    for path in sorted(folder.glob("*/case.yaml")):
        try:
            files = list(read_case(path)[2])
        except InvalidFile:
            continue
        pictures, broken = pictures_of(files)
        faults += [*broken, *small_pictures(files, pictures)]
    return faults
