"""Forms that are too large: read to their end before they are refused, since a browser shows no answer while it still sends."""

from typing import Final

from litestar.types import ASGIApp, Receive, Scope, Send

READ_MAX: Final = 100_000_000
"""The longest form that is read to its end. With a longer one the connection ends, and the browser says so by itself."""


class ReadsToTheEnd:
    """Reads, and forgets, what is longer than `most` bytes; what the form is told is left to whoever reads forms."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if self._most < _length(scope) <= READ_MAX:
            while (message := await receive())["type"] == "http.request" and message["more_body"]:
                pass
        await self.app(scope, receive, send)


def _length(scope: Scope) -> int:
    said = dict(scope["headers"]).get(b"content-length", b"")
    return int(said) if said.isdigit() and len(said) < 16 else 0
