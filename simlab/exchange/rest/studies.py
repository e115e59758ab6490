"""Studies, their texts and their steps."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from simlab.engine.errors import InvalidFile, Refused
from simlab.engine.protocol import check_against_pack, check_instruments, parse_protocol
from simlab.exchange.rest import access, shapes, steps
from simlab.exchange.rest.base import View, described
from simlab.studies import actions, clock
from simlab.studies.models import Amendment, Study
from simlab.studies.reading import balance_of, latest_packs, shipped_instruments
from simlab.studies.templates import read_template, templates


class Templates(View):
    @described(shapes.TemplateOut, many=True, name="templates_list")
    def get(self, request: Request) -> Response:
        """The designs that come with SimLab, each a valid protocol to begin from."""
        rows = [{"name": t.name, "title": t.protocol.title, "summary": t.protocol.summary or ""} for t in templates()]
        return Response(shapes.TemplateOut(rows, many=True).data)


def template_texts(name: str) -> tuple[str, dict[str, str]]:
    found = read_template(name)
    return found.source, found.documents


class Validate(View):
    rights = {"POST": "read"}

    @described(shapes.Checked, shapes.Source, name="validate")
    def post(self, request: Request) -> Response:
        """Check a protocol without keeping it: every fault with its line, field and remedy, and every warning."""
        return Response(checked(self.given(shapes.Source)["source"]))


def checked(source: str) -> dict:
    try:
        protocol = parse_protocol(source)
        faults = [*check_instruments(protocol, shipped_instruments()), *check_against_pack(protocol, latest_packs())]
    except InvalidFile as invalid:
        return {"valid": False, "sha256": None, "faults": told(invalid.faults), "warnings": []}
    valid = not faults
    return {
        "valid": valid,
        "sha256": protocol.hash if valid else None,
        "faults": told(faults),
        "warnings": told(protocol.warnings()),
    }


def told(faults) -> list[dict]:
    return shapes.Fault(faults, many=True).data


class Studies(View):
    rights = {"POST": "design"}

    @described(shapes.StudyOut, many=True, name="studies_list")
    def get(self, request: Request) -> Response:
        """The studies that this token reaches, the newest first; twins are not among them."""
        return self.paged(access.studies_of(request).filter(parent=None).order_by("-created_at", "pk"), shapes.StudyOut)

    @described(shapes.StudyOut, shapes.StudyIn, 201, name="studies_create")
    def post(self, request: Request) -> Response:
        """A draft from a template or from a text; whoever holds the token becomes its owner."""
        if request.auth.study_id:
            raise Refused("no-right", "This token is for one study only. Make one for all of your studies.")
        made = create(self.given(shapes.StudyIn), by=request.user)
        return Response(shapes.StudyOut(made).data, status=201)


def create(given: dict, by) -> Study:
    source, documents = template_texts(given["template"]) if "template" in given else (given["source"], {})
    texts = {**documents, **given.get("documents", {})}
    words = {name: given[name] for name in ("slug", "kind", "title") if name in given}
    try:
        with transaction.atomic():
            return actions.create_study(**words, source=source, documents=texts, by=by, now=timezone.now())
    except IntegrityError:
        raise Refused("slug-taken", f"There is a study “{given['slug']}” already. Choose another slug.") from None


class OneStudy(View):
    @described(shapes.StudyOut, name="studies_read")
    def get(self, request: Request, study: UUID) -> Response:
        return Response(shapes.StudyOut(self.study(study)).data)


class Protocol(View):
    rights = {"PUT": "design"}

    @described(shapes.ProtocolOut, name="protocol_read")
    def get(self, request: Request, study: UUID) -> Response:
        """The version in force."""
        return Response(shapes.ProtocolOut(self.study(study).protocol).data)

    @described(shapes.Saved, shapes.Source, name="protocol_save")
    def put(self, request: Request, study: UUID) -> Response:
        """Save a draft. Once the study is launched only an amendment changes it."""
        found = self.study(study)
        source = self.given(shapes.Source)["source"]
        kept = actions.save_protocol(study=found, source=source, by=request.user, now=clock.now(found))
        number = getattr(kept, "number", None)
        return Response({"valid": number is not None, "number": number, "sha256": getattr(kept, "sha256", None)})


class Protocols(View):
    @described(shapes.ProtocolOut, many=True, name="protocols_list")
    def get(self, request: Request, study: UUID) -> Response:
        """Every version that ever was, the newest first."""
        return self.paged(self.study(study).protocols.order_by("-number"), shapes.ProtocolOut)


class Documents(View):
    rights = {"PUT": "design"}

    @described(shapes.DocumentOut, many=True, name="documents_list")
    def get(self, request: Request, study: UUID) -> Response:
        """Every version of what participants read, the newest first."""
        return self.paged(self.study(study).documents.order_by("-created_at", "-version", "kind"), shapes.DocumentOut)

    @described(shapes.StudyOut, shapes.Texts, name="documents_save")
    def put(self, request: Request, study: UUID) -> Response:
        """Keep the texts that are given; each changed one becomes a new version."""
        found = self.study(study)
        actions.save_documents(study=found, documents=self.given(shapes.Texts), by=request.user, now=clock.now(found))
        return Response(shapes.StudyOut(self.study(study)).data)


class Transitions(View):
    rights = {"POST": "run"}

    @described(shapes.StepOut, many=True, name="transitions_list")
    def get(self, request: Request, study: UUID) -> Response:
        """The record of the study's life, the newest step first."""
        return self.paged(self.study(study).transitions.order_by("-at", "-pk"), shapes.StepOut)

    @described(shapes.StudyOut, shapes.StepIn, name="transitions_take")
    def post(self, request: Request, study: UUID) -> Response:
        """Take one step, by the same rules as in the studio: who may, from which state, with which reason."""
        steps.take(self.study(study), self.given(shapes.StepIn), by=request.user)
        return Response(shapes.StudyOut(self.study(study)).data)


class Amendments(View):
    rights = {"POST": "design"}

    @described(shapes.AmendmentOut, many=True, name="amendments_list")
    def get(self, request: Request, study: UUID) -> Response:
        return self.paged(self.study(study).amendments.order_by("-number"), shapes.AmendmentOut)

    @described(shapes.AmendmentOut, shapes.AmendmentIn, 201, name="amendments_propose")
    def post(self, request: Request, study: UUID) -> Response:
        """Propose a change of a launched study; a second person puts it into force."""
        found, given = self.study(study), {"documents": {}, **self.given(shapes.AmendmentIn)}
        made = actions.propose_amendment(study=found, **given, by=request.user, now=clock.now(found))
        return Response(shapes.AmendmentOut(made).data, status=201)


class OneAmendment(View):
    rights = {"POST": "run"}

    @described(shapes.AmendmentOut, shapes.AmendmentDecision, name="amendments_decide")
    def post(self, request: Request, study: UUID, number: int) -> Response:
        """Put a proposed amendment into force, or drop it."""
        found = self.study(study)
        one = Amendment.objects.filter(study=found, number=number).first()
        if one is None:
            raise Http404
        decision = self.given(shapes.AmendmentDecision)["decision"]
        act = actions.approve_amendment if decision == "approve" else actions.drop_amendment
        return Response(shapes.AmendmentOut(act(amendment=one, by=request.user, now=clock.now(found))).data)


class Balance(View):
    @described(shapes.BalanceRow, many=True, name="balance")
    def get(self, request: Request, study: UUID) -> Response:
        """Places drawn and taken. In a trial under way all arms of a stratum are one row."""
        return Response(shapes.BalanceRow(balance_of(self.study(study)), many=True).data)
