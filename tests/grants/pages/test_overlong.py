"""What is too large is read to its end before anybody answers; what is not, and what is beyond all measure, is left alone."""

from typing import Any

import pytest

from grants.pages.overlong import READ_MAX, ReadsToTheEnd

PIECES = 4


@pytest.mark.parametrize(
    ("length", "read"),
    [
        (b"100", 0),
        (b"101", PIECES),
        (str(READ_MAX).encode(), PIECES),
        (str(READ_MAX + 1).encode(), 0),
        (b"9" * 5_000, 0),
        (b"-101", 0),
        ("\u0661\u0660\u0661".encode(), 0),
        (b"", 0),
    ],
    ids=lambda value: str(value)[:12],
)
async def test_only_what_is_too_large_is_read(length: bytes, read: int) -> None:
    taken = 0
    passed = []

    async def receive() -> Any:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x", "more_body": taken < PIECES}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append(taken)

    scope: Any = {"type": "http", "headers": [(b"content-length", length)]}
    await ReadsToTheEnd(app, 100)(scope, receive, lambda message: None)  # type: ignore[arg-type,return-value]  # nobody sends
    assert passed == [read]


async def test_a_browser_that_leaves_ends_it() -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        return

    scope: Any = {"type": "http", "headers": [(b"content-length", b"101")]}
    await ReadsToTheEnd(app, 100)(scope, receive, lambda message: None)  # type: ignore[arg-type,return-value]
