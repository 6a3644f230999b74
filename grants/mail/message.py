"""A letter as an Internet message (RFC 5322): text alone, the same identifier whenever the same letter is sent."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Final

from grants.domain.letters import Letter

LINE_MAX: Final = 250
"""An identifier is not broken over lines: RFC 5322 allows 998 characters, and some mail servers read no broken one."""


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The message; `sender` is a bare address. Mail programs send no answer to it by themselves (RFC 3834)."""
    policy = SMTP if letter.to.isascii() else SMTPUTF8
    message = EmailMessage(policy=policy.clone(max_line_length=LINE_MAX))
    name, _, host = sender.rpartition("@")
    message["From"] = Address(letter.service, name, host)
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{letter.key}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, cte="7bit" if letter.body.isascii() else "quoted-printable")
    message["Content-Language"] = "en-GB"
    return message
