"""What every door shares: the shapes of parameters, and a deed that happens once for each Idempotency-Key."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from litestar import Request
from litestar.enums import RequestEncodingType
from litestar.params import BodyKwarg, HeaderParameter, QueryParameter
from msgspec import Struct

from grants.actions.listing import MAX_LIMIT
from grants.domain.access import Actor
from grants.domain.errors import Invalid
from grants.store.transaction import Gate, Tx

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
T = TypeVar("T")


async def once(request: Asked, gate: Gate, key: str | None, kind: type[T], action: Callable[[Tx], Awaitable[T]]) -> T:
    """Does the action in one transaction, once for the key, path and body."""
    asked = request.url.path.encode() + b"\n" + await request.body()
    return await gate.once(request.user, key, asked, kind, action)


async def strict_json(request: Request[Any, Any, Any]) -> None:
    """Refuses a body whose values are of another kind than they should be: the framework would take "100" for 100.

    Raises Invalid.
    """
    field = request.route_handler.parsed_data_field
    if field is None or not isinstance(field.annotation, type) or not issubclass(field.annotation, Struct):
        return
    if isinstance(field.kwarg_definition, BodyKwarg) and field.kwarg_definition.media_type != RequestEncodingType.JSON:
        return
    try:
        msgspec.json.decode(await request.body(), type=field.annotation)
    except msgspec.ValidationError as error:
        raise Invalid("invalid", f"{error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Invalid("not_json", "The body must be JSON.") from None
