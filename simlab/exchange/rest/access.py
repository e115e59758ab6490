"""Who asks, and what they may see: a token, the person behind it, and the person's role in a study."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from simlab.exchange.actions_tokens import note_use
from simlab.exchange.models import ApiToken
from simlab.studies.models import Study
from simlab.studies.tokens import hash_of

RESEARCH = ("owner", "researcher")
NO_TOKEN = "This token is not known, has expired or was revoked. Make a new one on the page of tokens."  # noqa: S105


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer simlab_…`. No cookie counts here, so no other site can act for a visitor."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        secret = words[1].decode("ascii", "replace") if len(words) == 2 else ""
        now = timezone.now()
        token = ApiToken.objects.select_related("user").filter(sha256=hash_of(secret), revoked_at=None).first()
        if token is None or token.expires_at <= now or not token.user.is_active:
            raise AuthenticationFailed(NO_TOKEN)
        note_use(token=token, now=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class HasRight(BasePermission):
    """The token must hold the right that the view names for this method; see `rights` of each view."""

    message = "This token does not hold the right that is needed here."

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False
        right = getattr(view, "rights", {}).get(request.method, "read")
        self.message = f"This token does not hold the right “{right}”. Make one that does."
        return right in request.auth.rights


class TokenThrottle(SimpleRateThrottle):
    """By token first: a whole class behind one address is no attack. Without a token, by address."""

    scope = "token"

    def get_cache_key(self, request: Request, view: Any) -> str:
        who = request.auth.pk if request.auth else self.get_ident(request)
        return self.cache_format % {"scope": "token" if request.auth else "address", "ident": who}


def studies_of(request: Request) -> QuerySet[Study]:
    """The studies that this token reaches: those in which its person does research now, twins by their parent."""
    found = Study.objects.select_related("protocol", "parent")
    if not request.user.is_superuser:
        mine = Study.objects.filter(roles__user=request.user, roles__role__in=RESEARCH).values("pk")
        found = found.filter(Q(pk__in=mine, parent=None) | Q(parent__in=mine))
    if request.auth.study_id:
        found = found.filter(Q(pk=request.auth.study_id) | Q(parent=request.auth.study_id))
    return found


def study_or_404(request: Request, study: UUID) -> Study:
    found = studies_of(request).filter(pk=study).first()
    if found is None:
        raise Http404
    return found
