"""Secret links: 160 random bits, shown once, stored as SHA-256."""

import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(20)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
