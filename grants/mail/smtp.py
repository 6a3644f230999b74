"""Letters to a mail server (RFC 5321). It cannot be asked afterwards what it took: a letter of which that is unclear is not sent again."""

import asyncio
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from grants.domain.letters import Letter
from grants.mail.message import message_of
from grants.mail.transport import TAKEN, TOO_LATE, Answer, is_late, not_taken, refused, unclear

TIMEOUT_SECONDS: Final = 30.0
"""For each step of a conversation."""


class Security(StrEnum):
    """How the conversation is kept private. NONE is for a server on this computer alone."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True)
class Server:
    """A mail server, and how to speak to it. A server that does not offer what `security` names gets nothing."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)


class MailServer:
    """Hands letters to a mail server, in a thread, one conversation for each."""

    can_be_asked = False

    def __init__(self, server: Server, sender: str) -> None:
        self._server, self._sender = server, sender

    async def hand_over(self, letter: Letter, until: float) -> Answer:
        """One conversation. Until the message itself is sent, whatever goes wrong means that it was not taken."""
        return await asyncio.to_thread(self._converse, letter, until)

    async def was_taken(self, key: str) -> bool | None:
        """A mail server does not say."""
        return None

    async def close(self) -> None:
        """Conversations end by themselves."""

    def _converse(self, letter: Letter, until: float) -> Answer:
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._opened()
            answer = self._envelope(smtp, letter)
            if answer is not None:
                return answer
            if is_late(until):
                return TOO_LATE
            code, _ = smtp.docmd("DATA")
            if code != 354:
                return _of(code)
            return self._content(smtp, letter)
        except (smtplib.SMTPException, OSError) as error:
            return not_taken(f"The mail server could not be reached, or did not let the service in ({_name(error)}).")
        finally:
            if smtp is not None:
                with suppress(smtplib.SMTPException, OSError):
                    smtp.quit()

    def _opened(self) -> smtplib.SMTP:
        server, name = self._server, self._sender.rpartition("@")[2]
        if server.security is Security.TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, name, timeout=TIMEOUT_SECONDS)
        try:
            if server.security is Security.STARTTLS:
                smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _envelope(self, smtp: smtplib.SMTP, letter: Letter) -> Answer | None:
        options: list[str] = []
        if not letter.to.isascii():
            if not smtp.has_extn("smtputf8"):
                return refused("The mail server takes no address with letters beyond the English alphabet.")
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        code, _ = smtp.mail(self._sender, options)
        if code != 250:  # about the service itself, which somebody can put right
            return not_taken(f"The mail server does not take letters from the service (code {code}).")
        code, _ = smtp.rcpt(letter.to)
        return None if code in (250, 251) else _of(code)

    def _content(self, smtp: smtplib.SMTP, letter: Letter) -> Answer:
        content = re.sub(rb"(?m)^\.", b"..", bytes(message_of(letter, self._sender)))
        try:
            smtp.send(content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"))
            code, _ = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            return unclear(f"The mail server did not say whether it took the letter ({_name(error)}).")
        return TAKEN if code == 250 else _of(code)


def _of(code: int) -> Answer:
    """What a server's code for a letter means; its words are left out, since they may hold the address."""
    if 500 <= code < 600:
        return refused(f"The mail server refuses the letter or its address (code {code}).")
    return not_taken(f"The mail server did not take the letter (code {code}).")


def _name(error: Exception) -> str:
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
    return type(error).__name__ if code is None else f"{type(error).__name__}, code {code}"
