"""People who join, change and leave while the service runs, as its administrator sees to it."""

from typing import Any

from grants.actions.people import OPERATOR, add_person
from grants.actions.tokens import create_token
from grants.domain.access import Role
from tests.service import Service

WHY = {"reason": "Changed offices"}


async def join(service: Service, name: str, *roles: tuple[Role, list[str] | None], is_example: bool = False) -> None:
    """Somebody new with a token, or further roles for somebody who is there; a second later than what was before."""
    service.clock.forward(seconds=1)
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, f"{name}@example.org", name, list(roles), is_example=is_example)
        if name not in service.tokens:
            service.tokens[name] = await create_token(tx, f"{name}@example.org", 300)


async def person(service: Service, name: str) -> Any:
    """Somebody as the administrator sees them."""
    everybody = await service.get("administrator", "/people?limit=200")
    return next(one for one in everybody["items"] if one["email"] == f"{name}@example.org")


async def leave(service: Service, name: str, role: Role) -> None:
    """Ends somebody's role."""
    found = await person(service, name)
    held = next(one for one in found["roles"] if one["role"] == role)
    await service.post("administrator", f"/people/{found['id']}/roles/{held['id']}/end", WHY, 200)


async def shut_out(service: Service, name: str) -> None:
    """Deactivates somebody."""
    found = await person(service, name)
    await service.post("administrator", f"/people/{found['id']}/deactivate", WHY, 200)
