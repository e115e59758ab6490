"""A study that runs: participants, their windows, invitations, mail."""

from uuid import UUID

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from simlab.exchange.rest import shapes
from simlab.exchange.rest.base import PROBLEMS, View, described
from simlab.people.actions import checked_address, checked_zone
from simlab.people.models import User
from simlab.sittings.actions.mailing import decide_mail
from simlab.sittings.actions.windows import move_window
from simlab.sittings.models import Participant
from simlab.sittings.progress import progress_of
from simlab.studies import actions, clock
from simlab.studies.actions.inviting import Invitee, invite_people
from simlab.studies.models import Study


class Participants(View):
    @described(shapes.ParticipantOut, many=True, name="participants_list")
    def get(self, request: Request, study: UUID) -> Response:
        """Everybody who came, by pseudonym, in the order of arrival. Neither arm nor contact is told here."""
        return self.paged(self.study(study).participants.order_by("created_at", "pk"), shapes.ParticipantOut)


class Windows(View):
    rights = {"POST": "run"}

    @described(shapes.WindowOut, many=True, name="windows_list")
    def get(self, request: Request, study: UUID, participant: UUID) -> Response:
        """When each phase is open to this person."""
        return Response(windows_of(self._person(study, participant)))

    @described(shapes.WindowOut, shapes.WindowIn, many=True, name="windows_move")
    def post(self, request: Request, study: UUID, participant: UUID) -> Response:
        """Another window for this person, with a reason that stays on record."""
        person = self._person(study, participant)
        move_window(participant=person, **self.given(shapes.WindowIn), by=request.user, now=clock.now(person.study))
        return Response(windows_of(person))

    def _person(self, study: UUID, participant: UUID) -> Participant:
        found = Participant.objects.with_study().filter(study=self.study(study), pk=participant).first()
        if found is None:
            raise Http404
        return found


def windows_of(person: Participant) -> list[dict]:
    found = progress_of(person, clock.now(person.study)).windows
    rows = [{"phase": phase, "state": w.state, "opens": w.opens, "closes": w.closes} for phase, w in found.items()]
    return shapes.WindowOut(rows, many=True).data


class Invitations(View):
    rights = {"POST": "run"}

    @described(shapes.InvitationOut, many=True, name="invitations_list")
    def get(self, request: Request, study: UUID) -> Response:
        return self.paged(self.study(study).invitations.order_by("-created_at", "pk"), shapes.InvitationOut)

    @described(shapes.Invited, shapes.InvitationIn, 201, name="invitations_make")
    def post(self, request: Request, study: UUID) -> Response:
        """Personal links, which mail brings; who was invited before is left out. Or one open link, shown once."""
        made, link = invite(self.study(study), self.given(shapes.InvitationIn), by=request.user)
        shown = shapes.InvitationOut(made, many=True).data
        return Response({"invitations": shown, "link": link}, status=201)


def invite(study: Study, given: dict, *, by: User) -> tuple[list, str | None]:
    now = clock.now(study)
    if given["open"]:
        made, token = actions.open_link(study=study, by=by, now=now)
        return [made], f"{settings.BASE_URL}/join/{token}/"
    people = [
        Invitee(checked_address(one["email"]), " ".join(one["name"].split()), checked_zone(one["time_zone"]))
        for one in given["people"]
    ]
    return invite_people(study=study, people=people, by=by, now=now), None


class OneInvitation(View):
    rights = {"DELETE": "run"}

    @extend_schema(responses={204: None, **PROBLEMS}, operation_id="invitations_close")
    def delete(self, request: Request, study: UUID, invitation: UUID) -> Response:
        """Close a link; whoever came by it stays in the study."""
        found = self.study(study)
        one = found.invitations.filter(pk=invitation).first()
        if one is None:
            raise Http404
        actions.close_invitation(invitation=one, by=request.user, now=clock.now(found))
        return Response(status=204)


class Mails(View):
    @extend_schema(
        parameters=[OpenApiParameter("state", enum=["due", "sending", "sent", "failed", "unknown", "cancelled"])],
        responses={200: shapes.MailOut(many=True), **PROBLEMS},
        operation_id="mail_list",
    )
    def get(self, request: Request, study: UUID) -> Response:
        """The queue of mail, the next first. It holds no address."""
        rows = self.study(study).mails.order_by("due_at", "pk")
        state = request.query_params.get("state")
        return self.paged(rows.filter(state=state) if state else rows, shapes.MailOut)


class OneMail(View):
    rights = {"POST": "run"}

    @described(shapes.MailOut, name="mail_read")
    def get(self, request: Request, study: UUID, mail: UUID) -> Response:
        return Response(shapes.MailOut(self._mail(study, mail)).data)

    @described(shapes.MailOut, shapes.MailDecisionIn, name="mail_decide")
    def post(self, request: Request, study: UUID, mail: UUID) -> Response:
        """Send it now, cancel it, try it again, or note that it arrived; with a reason that stays on record."""
        found = self._mail(study, mail)
        given = self.given(shapes.MailDecisionIn)
        done = decide_mail(mail=found, **given, by=request.user, now=clock.now(found.study))
        return Response(shapes.MailOut(done).data)

    def _mail(self, study: UUID, mail: UUID):
        found = self.study(study).mails.select_related("study").filter(pk=mail).first()
        if found is None:
            raise Http404
        return found
