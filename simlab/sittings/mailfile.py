"""Mail as files in a folder: the way out when no mail server is set, and what the page of the demo shows."""

import os
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class FolderBackend(BaseEmailBackend):
    """One file a message, named by the message. The same message again is the file that is there already."""

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        return sum(self._keep(message) for message in email_messages)

    def has(self, message_id: str) -> bool:
        return path_of(message_id).exists()

    def _keep(self, message: EmailMessage) -> int:
        content = message.message().as_bytes()
        target = path_of(message.extra_headers["Message-ID"])
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_suffix(f".{uuid4().hex}.part")
        half.write_bytes(content)
        try:
            os.link(half, target)  # whole or not at all, and never over another
        except FileExistsError:
            return 0
        finally:
            half.unlink()
        return 1


def path_of(message_id: str) -> Path:
    name = message_id.strip("<>").partition("@")[0]
    return Path(settings.MAIL_FOLDER) / f"{name}.eml"


def forget(message_id: str) -> None:
    """Delete the message of somebody whose contact was erased."""
    path_of(message_id).unlink(missing_ok=True)


def in_use() -> bool:
    return settings.EMAIL_BACKEND.endswith("FolderBackend")
