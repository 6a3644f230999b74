"""A letter as an Internet message (RFC 5322): text alone, the same identifier whenever the same letter is sent."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from grants.domain.notices import SERVICE, Letter


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The message; `sender` is a bare address. Mail programs send no answer to it by themselves (RFC 3834)."""
    message = EmailMessage(policy=SMTP if letter.to.isascii() else SMTPUTF8)
    message["From"] = f"{SERVICE} <{sender}>"
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{letter.key}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "en-GB"
    message.set_content(letter.body, cte="7bit" if letter.body.isascii() else "quoted-printable")
    return message
