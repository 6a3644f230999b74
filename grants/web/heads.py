"""HEAD: what a GET would answer, without its body; wherever something can be read, its head can be asked for."""

from typing import Any, Final, cast

from litestar.enums import HttpMethod
from litestar.types import HTTPScope, Message, Receive, Scope, Send

_ALLOW: Final = b"allow"


class Heads:
    """Stands before the router, which knows the methods of its handlers only, and names none that it was not given."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Asks as GET and leaves the body away. Says HEAD beside GET wherever methods are named (RFC 9110, 9.3.2)."""
        bare = scope.get("method") == "HEAD"

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [(name, _with_head(name, value)) for name, value in message.get("headers", [])]
            elif message["type"] == "http.response.body" and bare:
                message["body"] = b""
            await send(message)

        if bare:
            cast(HTTPScope, scope)["method"] = HttpMethod.GET
        await self.app(scope, receive, send_on)


def _with_head(name: bytes, value: bytes) -> bytes:
    if name.lower() != _ALLOW:
        return value
    methods = {method.strip() for method in value.split(b",")}
    return b", ".join(sorted(methods | {b"HEAD"} if b"GET" in methods else methods))
