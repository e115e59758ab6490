"""Answers in people's own words, looks before the end, gaps in the record, rules of mail, scores of questionnaires."""

from dataclasses import asdict
from functools import cache
from importlib import import_module
from types import ModuleType
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from simlab.exchange.rest import shapes_judging as shapes
from simlab.exchange.rest.base import PROBLEMS, View, described
from simlab.people.actions import checked_zone
from simlab.sittings import actions
from simlab.sittings.actions.mailing import set_mail_rules
from simlab.sittings.adjudication import items_of, next_for
from simlab.sittings.gaps import windows_of
from simlab.sittings.mailmodels import MailRules
from simlab.sittings.mailneeds import rules_of
from simlab.sittings.responses import export_rows
from simlab.studies import clock
from simlab.studies.models import Study


@cache
def looking() -> ModuleType:
    """`exchange.rest.looking`, read when first asked for: it brings the packages of the statistics."""
    return import_module("simlab.exchange.rest.looking")


class Adjudication(View):
    rights = {"POST": "run"}

    @described(shapes.TextToJudge, name="adjudication_next")
    def get(self, request: Request, study: UUID) -> Response:
        """The next text for this rater, with case and reference, nothing of the person; 404 when none is left."""
        item = next_for(items_of(self.study(study)), request.user)
        if item is None:
            raise Http404
        return Response(shapes.TextToJudge(asked_of(item)).data)

    @described(shapes.Rated, shapes.RatingIn, 201, name="adjudication_rate")
    def post(self, request: Request, study: UUID) -> Response:
        """Say whether a text counts as the reference answer. The same again changes nothing."""
        found = self.study(study)
        given = self.given(shapes.RatingIn)
        words = {"case_id": given["case"], "text": given["text"], "right": given["right"]}
        made = actions.rate_text(study=found, **words, by=request.user, now=clock.now(found))
        return Response({"case": made.case_id, "text": made.text, "right": made.right}, status=201)


def asked_of(item) -> dict:
    from simlab.engine.answerwords import reference_words

    question, reference = item.case.question, item.case.reference.diagnosis
    return {
        "case": item.case.id, "title": item.case.title, "prompt": question.prompt, "text": item.text,
        "reference": reference_words(question, reference.term)[0],
    }  # fmt: skip


class Rescoring(View):
    rights = {"POST": "run"}

    @described(shapes.Rescored, None, 201, name="adjudication_rescore")
    def post(self, request: Request, study: UUID) -> Response:
        """Let every text on which two raters agree count from now on."""
        found = self.study(study)
        made = actions.apply_verdicts(study=found, by=request.user, now=clock.now(found))
        return Response({"texts": made.texts, "answers": made.answers, "at": made.at}, status=201)


class Gaps(View):
    @described(shapes.GapOut, many=True, name="gaps")
    def get(self, request: Request, study: UUID) -> Response:
        """Every window of every sitting: what never came, what came late, how far its clock is off. No arm is told."""
        rows = [asdict(one) for one in windows_of(self.study(study))]
        return Response(shapes.GapOut(rows, many=True).data)


class Instruments(View):
    rights = {"GET": "analyse"}

    @extend_schema(
        responses={200: {"type": "array", "items": {"type": "object", "additionalProperties": True}}, **PROBLEMS},
        operation_id="instruments",
    )
    def get(self, request: Request, study: UUID) -> Response:
        """Every answer and score of the questionnaires. It names no arm."""
        return Response(list(export_rows(self.study(study))))


class Rules(View):
    rights = {"PUT": "run"}

    @described(shapes.Rules, name="mail_rules_read")
    def get(self, request: Request, study: UUID) -> Response:
        return Response(shapes.Rules(rules_of(self.study(study))).data)

    @described(shapes.Rules, shapes.Rules, name="mail_rules_set")
    def put(self, request: Request, study: UUID) -> Response:
        """Quiet hours, time zone, address for replies, words of the invitation, for all mail that is not sent yet."""
        found = self.study(study)
        given = self.given(shapes.Rules)
        zone = checked_zone(given["time_zone"]) or "Europe/London"
        set_mail_rules(study=found, rules=MailRules(study=found, **{**given, "time_zone": zone}))
        return Response(shapes.Rules(rules_of(found)).data)


class Looks(View):
    rights = {"POST": "run"}

    @described(shapes.LooksOut, name="looks_read")
    def get(self, request: Request, study: UUID) -> Response:
        """What the team may know: the plan, the committee, word and day of each decision. No number."""
        return Response(shapes.LooksOut(looking().told_to_team(self.study(study))).data)

    @described(shapes.MonitorOut, shapes.MonitorIn, 201, name="looks_appoint")
    def post(self, request: Request, study: UUID) -> Response:
        """Appoint somebody independent to the committee; for owners."""
        found, email = self.study(study), self.given(shapes.MonitorIn)["email"]
        made = looking().appoint_monitor(study=found, email=email, by=request.user, now=timezone.now())
        return Response({"email": made.user.email, "appointed_at": made.appointed_at}, status=201)


class CommitteeView(View):
    """For the committee alone: whoever has any other part in the study finds nothing here."""

    def monitored(self, study: UUID) -> Study:
        only = self.request.auth.study_id
        found = Study.objects.select_related("protocol").filter(pk=study).first()
        if found is None or only not in (None, study) or not looking().monitors(found, self.request.user):
            raise Http404
        return found


class Monitor(CommitteeView):
    rights = {"GET": "analyse", "POST": "analyse"}

    @extend_schema(responses={200: OpenApiTypes.OBJECT, **PROBLEMS}, operation_id="monitor_read")
    def get(self, request: Request, study: UUID) -> Response:
        """The committee's looks with their numbers, and which one waits for a decision."""
        return Response(looking().told_to_committee(self.monitored(study)))

    @described(shapes.LookOut, None, 201, name="monitor_look")
    def post(self, request: Request, study: UUID) -> Response:
        """Make the look that is due."""
        made = looking().make_look(study=self.monitored(study), by=request.user, now=timezone.now())
        return Response({"number": made.number, "made_at": made.made_at}, status=201)


class MonitorDecision(CommitteeView):
    rights = {"POST": "analyse"}

    @described(shapes.DecisionOut, shapes.DecisionIn, 201, name="monitor_decide")
    def post(self, request: Request, study: UUID) -> Response:
        """Record that the trial continues or stops. There is no way back."""
        found, given = self.monitored(study), self.given(shapes.DecisionIn)
        made = looking().decide_look(study=found, **given, by=request.user, now=timezone.now())
        told = {"number": made.look.number, "word": made.word, "decided_at": made.decided_at}
        return Response(told, status=201)
