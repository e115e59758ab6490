"""Who works on a study, how it goes at this moment, and a preview of it."""

from dataclasses import asdict
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from simlab.engine.errors import Refused
from simlab.exchange.rest import shapes
from simlab.exchange.rest.base import PROBLEMS, View, described
from simlab.people.models import User
from simlab.sittings.actions import issue_return_token
from simlab.sittings.actions.previewing import start_preview
from simlab.sittings.running import state_of
from simlab.studies import actions, clock
from simlab.studies.models import Study
from simlab.studies.reading import has_role


class People(View):
    rights = {"POST": "run"}

    @described(shapes.RoleOut, many=True, name="people_list")
    def get(self, request: Request, study: UUID) -> Response:
        """The study team with its roles."""
        roles = self.study(study).roles.select_related("user").order_by("role", "user__email")
        return self.paged(roles, shapes.RoleOut)

    @described(shapes.RoleOut, shapes.RoleIn, 201, name="people_grant")
    def post(self, request: Request, study: UUID) -> Response:
        """Give somebody who has an account a role; for owners."""
        found, given = self.study(study), self.given(shapes.RoleIn)
        refuse_others(found, request.user)
        user = User.objects.filter(email=given["email"].strip().lower()).first()
        if user is None:
            raise Refused("malformed", "Nobody has an account with this address. Ask an administrator for one.")
        made = actions.grant_role(study=found, user=user, role=given["role"], by=request.user, now=timezone.now())
        return Response(shapes.RoleOut(made).data, status=201)


class OneRole(View):
    rights = {"DELETE": "run"}

    @extend_schema(responses={204: None, **PROBLEMS}, operation_id="people_revoke")
    def delete(self, request: Request, study: UUID, role: int) -> Response:
        """Take a role away; for owners. The last owner stays."""
        found = self.study(study)
        one = found.roles.filter(pk=role).first()
        if one is None:
            raise Http404
        refuse_others(found, request.user)
        actions.revoke_role(role=one, by=request.user, now=timezone.now())
        return Response(status=204)


def refuse_others(study: Study, user: User) -> None:
    if not has_role(study, user, "owner"):
        raise Refused("not-owner", "Only an owner of the study gives and takes roles.")


class Run(View):
    @described(shapes.RunOut, name="run")
    def get(self, request: Request, study: UUID) -> Response:
        """Who is where, who sits now, who is late, what waits in the mail. No arm is named."""
        found = self.study(study)
        told = asdict(state_of(found, clock.now(found)))
        return Response(shapes.RunOut({**told, "mail": dict(told["mail"])}).data)


class Preview(View):
    rights = {"POST": "design"}

    @described(shapes.PreviewOut, shapes.PreviewIn, 201, name="preview")
    def post(self, request: Request, study: UUID) -> Response:
        """A way to sit the study as somebody of an arm, in a copy whose answers are never data."""
        found = self.study(study)
        arm = self.given(shapes.PreviewIn)["arm"]
        person = start_preview(study=found, arm=arm, by=request.user, now=timezone.now())
        link = f"{settings.BASE_URL}/return/{issue_return_token(participant=person)}/"
        return Response({"participant": person.pk, "link": link}, status=201)
