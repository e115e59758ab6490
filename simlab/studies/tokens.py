"""Secret links: 160 random bits, shown once, stored as SHA-256."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from uuid import UUID

from django.conf import settings


def new_token() -> str:
    return secrets.token_urlsafe(20)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def secret_of(purpose: str, of: UUID) -> str:
    """160 bits that only this site can make from the name of a row, so that mail can repeat a link nobody stored."""
    told = hmac.new(settings.SECRET_KEY.encode(), f"simlab {purpose} {of}".encode(), hashlib.sha256)
    return urlsafe_b64encode(told.digest()[:20]).decode().rstrip("=")
