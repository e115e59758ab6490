from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from simlab.people.models import User
from simlab.studies.models import Study
from simlab.teaching import actions
from simlab.teaching.models import Cohort


class Command(BaseCommand):
    help = "Make a cohort of everybody who joined a training study. Running it again adds those who joined since."

    def add_arguments(self, parser) -> None:
        parser.add_argument("study", help="slug of a training study")
        parser.add_argument("--educator", required=True, help="e-mail address of the cohort's owner")
        parser.add_argument("--title", default="First cohort")

    def handle(self, *args, study: str, educator: str, title: str, **options) -> None:
        now = timezone.now()
        owner = User.objects.filter(email=educator.strip().lower()).first()
        given = Study.objects.filter(slug=study, kind=Study.Kind.TRAINING).first()
        if owner is None:
            raise CommandError(f"No user has the e-mail address {educator}. Create the account first.")
        if given is None:
            raise CommandError(
                f"There is no training study “{study}”. `manage.py load_demo` makes one called training."
            )
        cohort = Cohort.objects.filter(owner=owner, title=title).first()
        cohort = cohort or actions.create_cohort(title=title, by=owner, now=now)
        actions.assign(cohort=cohort, study=given, now=now)
        added = actions.enrol_newcomers(cohort=cohort, now=now)
        self.stdout.write(f"Cohort “{title}”: {len(added)} trainees added, {cohort.trainees.count()} in all.")
