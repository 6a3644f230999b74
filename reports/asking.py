"""What the doors of this wing share: the shapes of parameters, and a deed that happens once for each Idempotency-Key."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeAlias, TypeVar

from litestar import Request
from litestar.params import HeaderParameter, QueryParameter

from grants.actions.listing import MAX_LIMIT
from grants.domain.access import Actor
from grants.store.transaction import Gate, Tx

T = TypeVar("T")
Asked: TypeAlias = Request[Actor, Any, Any]
Key: TypeAlias = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        required=False,
        max_length=200,
        description="A value of your own. The same key and body give the same answer, and the deed happens once.",
    ),
]
Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="How many items at the most.")]
After: TypeAlias = Annotated[
    str | None, QueryParameter(max_length=500, description="The value of `next` from the page before.")
]


async def once(request: Asked, gate: Gate, key: str | None, kind: type[T], action: Callable[[Tx], Awaitable[T]]) -> T:
    """Does the action in one transaction, once for the key, path and body."""
    asked = request.url.path.encode() + b"\n" + await request.body()
    return await gate.once(request.user, key, asked, kind, action)
