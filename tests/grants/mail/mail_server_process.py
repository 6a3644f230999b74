"""A mail server for tests: python -m tests.grants.mail.mail_server_process FOLDER [OPTION...]; it prints its port.

Options: tls=FOLDER and starttls=FOLDER with cert.pem and key.pem there; auth=USER:PASSWORD; rcpt=CODE and data=CODE are
what it answers; cut closes the conversation after it has taken a message, without a word.
"""

import asyncio
import signal
import ssl
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Taking:
    """Takes messages into files."""

    def __init__(self, folder: Path, options: dict[str, str]) -> None:
        self._folder, self._options = folder, options

    async def handle_RCPT(  # noqa: N802 - SMTP's own word
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Takes an address, or refuses it in words that hold it."""
        if code := self._options.get("rcpt"):
            return f"{code} no such person as {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Takes a message whole."""
        if code := self._options.get("data"):
            return f"{code} not for {envelope.rcpt_tos}"
        said = f"{envelope.mail_from} -> {' '.join(envelope.rcpt_tos)} tls={server.transport.get_extra_info('sslcontext') is not None}\n".encode()
        written = self._folder / f".{uuid4()}"
        written.write_bytes(said + envelope.content)
        written.rename(self._folder / f"{uuid4()}.taken")
        if "cut" in self._options:
            server.transport.abort()
        return "250 taken"


def _context(folder: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(folder) / "cert.pem", Path(folder) / "key.pem")
    return context


async def serve() -> None:
    """Serves until it is told to end."""
    folder, options = Path(sys.argv[1]), dict(one.partition("=")[::2] for one in sys.argv[2:])
    more: dict[str, Any] = {"enable_SMTPUTF8": True, "hostname": "mail.example"}
    if "starttls" in options:
        more |= {"tls_context": _context(options["starttls"]), "require_starttls": True}
    if "auth" in options:
        user, _, password = options["auth"].partition(":")

        def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            right = isinstance(data, LoginPassword) and (data.login, data.password) == (
                user.encode(),
                password.encode(),
            )
            return AuthResult(success=right, handled=False)

        more |= {"authenticator": known, "auth_required": True, "auth_require_tls": "tls" not in options}
    loop, taking = asyncio.get_running_loop(), Taking(folder, options)
    private = _context(options["tls"]) if "tls" in options else None
    server = await loop.create_server(lambda: SMTP(taking, loop=loop, **more), "127.0.0.1", 0, ssl=private)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    done = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, done.set)
    await done.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
