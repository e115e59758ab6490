from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from simlab.engine.errors import InvalidFile, Refused
from simlab.people.models import User
from simlab.studies import actions
from simlab.studies.models import Study
from simlab.studies.reading import read_folder, read_instruments

# Rehearsals are twins of a study and are made by `rehearse`.
KINDS = [Study.Kind.MAIN, Study.Kind.PILOT, Study.Kind.TRAINING, Study.Kind.DEMONSTRATION]


class Command(BaseCommand):
    help = "Make a study from a folder with study.yaml and its documents; with --launch, draw it and open it."

    def add_arguments(self, parser) -> None:
        parser.add_argument("folder", type=Path, help="folder of study.yaml, for example protocols/demo")
        parser.add_argument("--owner", required=True, help="e-mail address of the person who will own the study")
        parser.add_argument("--slug", help="short name in commands (default: the folder's name)")
        parser.add_argument("--kind", choices=[str(kind) for kind in KINDS], default=str(Study.Kind.PILOT))
        parser.add_argument("--places", type=int, default=120, help="places drawn in each stratum, at least")
        parser.add_argument("--list", type=Path, help="allocation list made elsewhere: a CSV of stratum,arm in order")
        parser.add_argument("--unsigned-because", default="", help="why a main study runs on cases nobody has signed")
        parser.add_argument("--launch", action="store_true", help="draw and lock everything, print the open link")

    def handle(self, *args, **options) -> None:
        try:
            with transaction.atomic():
                study, token = self._load(**options)
        except (InvalidFile, Refused) as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(f"{study}: {study.kind} study “{study.slug}”, {study.state}")
        if token:
            self.stdout.write(f"Link for participants, shown only now: /join/{token}/")

    def _load(self, *, folder: Path, owner: str, slug: str | None, kind: str, places: int, launch: bool, **options):
        by = User.objects.filter(email__iexact=owner).first()
        if by is None:
            raise CommandError(f"No user has the e-mail address {owner}. Create the account first.")
        if places < 1:
            raise CommandError("A stratum needs at least one place: give --places 1 or more.")
        slug = slug or folder.resolve().name
        if Study.objects.filter(slug=slug).exists():
            raise CommandError(f"There is a study “{slug}” already. Give another --slug.")
        now = timezone.now()
        source, documents = read_folder(folder)
        own = read_instruments(folder)
        study = actions.create_study(
            slug=slug, kind=kind, source=source, documents=documents, by=by, now=now, instruments=own
        )
        if not launch:
            return study, None
        listed = options["list"].read_text(encoding="utf-8") if options["list"] else None
        study = actions.launch_study(
            study=study,
            by=by,
            now=now,
            per_stratum=places,
            listed=listed,
            unsigned_because=options["unsigned_because"],
        )
        return study, actions.open_link(study=study, by=by, now=now)[1]
