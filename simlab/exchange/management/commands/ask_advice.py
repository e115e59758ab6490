from collections.abc import Callable

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from simlab.engine.case import Case
from simlab.exchange import cdshooks, chatmodel
from simlab.exchange.actions import freeze_advice, record_request
from simlab.exchange.asked import Asked
from simlab.exchange.casetext import case_text
from simlab.exchange.models import AdviceRequest
from simlab.studies.models import CaseVersion, PackVersion
from simlab.studies.reading import case_of


class Command(BaseCommand):
    help = "Ask an outside adviser about every case of a loaded pack, keep the answers and freeze them as advice."

    def add_arguments(self, parser) -> None:
        parser.add_argument("pack", help="id of a loaded case pack")
        adviser = parser.add_mutually_exclusive_group(required=True)
        adviser.add_argument("--service", metavar="URL", help="a CDS Hooks service: …/cds-services/NAME")
        adviser.add_argument("--chat", metavar="URL", help="an OpenAI-compatible API, without /chat/completions")
        parser.add_argument("--model", default=settings.CHAT_MODEL, help="with --chat: the name of the model")
        parser.add_argument("--longest", type=float, help="seconds to wait for one answer (5; with --chat 30)")
        parser.add_argument("--dry-run", action="store_true", help="keep the answers, but freeze nothing")

    def handle(self, *args, pack: str, service: str | None, chat: str | None, dry_run: bool, **options) -> None:
        version = PackVersion.objects.latest_of(pack)
        if version is None:
            raise CommandError(f"The case pack “{pack}” is not loaded. Run: manage.py load_cases cases/{pack}")
        if chat and not options["model"]:
            raise CommandError("A chat end-point serves several models. Name one with --model or SIMLAB_CHAT_MODEL.")
        kind = AdviceRequest.Kind.CHAT if chat else AdviceRequest.Kind.CDS_HOOKS
        ask = _asking_chat(chat, options) if chat else _asking_service(service, options)
        answers = {}
        for row in CaseVersion.objects.of_pack_version(version).only("id", "case_id").order_by("case_id"):
            asked = answers[row.case_id] = ask(row, case_of(row.pk))
            record_request(case_version=row, kind=kind, service=chat or service, asked=asked, now=timezone.now())
            self.stdout.write(f"{row.case_id}: {asked.problem or 'answered'}")
        given = sum(asked.proposal is not None for asked in answers.values())
        if not given or dry_run:
            self.stdout.write(f"{given} of {len(answers)} answers can be used. Nothing was frozen.")
            return
        made = freeze_advice(pack=version, answers=answers, now=timezone.now())
        self.stdout.write(f"{given} of {len(answers)} answers are frozen in version {made.number} of {made.pack}.")


def _asking_service(url: str, options: dict) -> Callable[[CaseVersion, Case], Asked]:
    def ask(row: CaseVersion, case: Case) -> Asked:
        body = cdshooks.request_for(case.public(), key=str(row.pk), year=timezone.now().year)
        return cdshooks.ask(url, body, allowed=settings.OUTBOUND_ALLOWED, longest_s=options["longest"] or 5.0)

    return ask


def _asking_chat(url: str, options: dict) -> Callable[[CaseVersion, Case], Asked]:
    endpoint = chatmodel.Endpoint(
        url, options["model"], settings.CHAT_KEY, options["longest"] or 30.0, settings.OUTBOUND_ALLOWED
    )

    def ask(row: CaseVersion, case: Case) -> Asked:
        return chatmodel.ask(endpoint, chatmodel.advice_request(endpoint, case_text(case.public())))

    return ask
