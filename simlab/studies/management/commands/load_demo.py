import os
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from simlab.engine.errors import InvalidFile, Refused
from simlab.people.actions import create_user
from simlab.people.models import User
from simlab.studies import actions
from simlab.studies.models import PackVersion, Role, Study
from simlab.studies.reading import protocol_of, read_folder

PER_STRATUM = 100
ROLES = ("clinician", "researcher", "educator")
REAL_PACK = "avey400"


class Command(BaseCommand):
    help = "Load the case library, the demonstration study, the training study and the demo accounts. Safe to repeat."

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--real", action="store_true", help=f"run the demonstration on the imported pack {REAL_PACK}"
        )

    def handle(self, *args, real: bool, verbosity: int, **options) -> None:
        try:
            with transaction.atomic():
                self._load(real, verbosity)
        except (InvalidFile, Refused) as fault:
            raise CommandError(str(fault)) from None

    def _load(self, real: bool, verbosity: int) -> None:
        password = os.environ.get("SIMLAB_DEMO_PASSWORD")
        if not password:
            raise CommandError("The demo accounts have no password. Set SIMLAB_DEMO_PASSWORD, and run this again.")
        users = _accounts(password)
        _refuse_another_demo(real)
        call_command("load_cases", verbosity=verbosity, stdout=self.stdout)
        if real:
            _import_real_pack()
        demo = _study("demo", Study.Kind.DEMONSTRATION, "real" if real else "demo", users["researcher"])
        training = _study("training", Study.Kind.TRAINING, "training", users["researcher"])
        for study in (demo, training):
            now = timezone.now()
            actions.grant_role(study=study, user=users["educator"], role=Role.Name.EDUCATOR, by=None, now=now)
        if verbosity:
            self.stdout.write("Study links: /join/demo/ and /join/training/")
            self.stdout.write(f"Accounts: {', '.join(user.email for user in users.values())}; password: {password}")


def _accounts(password: str) -> dict[str, User]:
    """The demo's accounts by role; their password follows the environment."""
    users = {role: User.objects.filter(email=f"{role}@demo.invalid").first() for role in ROLES}
    if all(users.values()):
        # They share one password, and checking is slow by design: one check tells for all.
        if not users[ROLES[0]].check_password(password):
            for user in users.values():
                user.set_password(password)
                user.save(update_fields=["password"])
        return users
    return {
        role: user or create_user(email=f"{role}@demo.invalid", password=password, display_name=f"Demo {role}")
        for role, user in users.items()
    }


def _study(slug: str, kind: str, folder: str, owner: User) -> Study:
    """The launched study with its open link; an existing one is left alone."""
    source, documents = read_folder(Path(settings.PROTOCOLS_DIR) / folder)
    existing = Study.objects.filter(slug=slug).select_related("protocol").first()
    if existing:
        return existing
    now = timezone.now()
    study = actions.create_study(slug=slug, kind=kind, source=source, documents=documents, by=owner, now=now)
    study = actions.launch_study(study=study, by=owner, now=now, per_stratum=PER_STRATUM)
    actions.open_link(study=study, by=owner, now=now, token=slug)
    return study


def _refuse_another_demo(real: bool) -> None:
    """A demonstration that runs on the authored cases stays so; asking for the real ones must not pass unheard."""
    demo = Study.objects.filter(slug="demo").select_related("protocol").first()
    if real and demo and REAL_PACK not in protocol_of(demo).cases.packs:
        raise CommandError(
            "The demonstration on this data runs on the authored cases already. Start over with --reset, or keep both "
            "by giving another folder with --data."
        )


def _import_real_pack() -> None:
    """The tables are not part of the project: they are read from the folder that the environment names."""
    if PackVersion.objects.latest_of(REAL_PACK):
        return
    mapping = Path(settings.PROTOCOLS_DIR) / "real" / f"{REAL_PACK}.mapping.yaml"
    data = os.environ.get("SIMLAB_REAL_DATA")
    if not data:
        raise CommandError(
            f"The pack {REAL_PACK} is not loaded. Run `manage.py import_vignettes {mapping} --data FOLDER` with the "
            "folder of its tables, or set SIMLAB_REAL_DATA to that folder."
        )
    call_command("import_vignettes", mapping, data=Path(data), verbosity=0)
