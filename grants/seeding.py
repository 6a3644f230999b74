"""What a service may begin with: the plan, the example data, and tokens for the example's people."""

from collections.abc import Sequence
from importlib.resources import files

from grants.actions.example import EXAMPLE_PEOPLE, load_example
from grants.actions.people import OPERATOR
from grants.actions.plan import load_plan
from grants.actions.recipients import load_recipients
from grants.actions.tokens import create_token, revoke_tokens
from grants.domain.access import Role
from grants.domain.plan_file import read_plan
from grants.installation import gate
from grants.store.transaction import Gate
from importers.example import example_workbook
from importers.sandbox import Reader
from reports.catalogue import offers

EXAMPLE_TOKEN_DAYS = 7


async def seed(service_dsn: str) -> list[str]:
    """Loads the plan and the example data where they are missing, and makes tokens for the example people: words that tell them.

    Raises Conflict as load_example does.
    """
    async with gate(service_dsn) as opened:
        async with opened.deed(OPERATOR) as tx:
            await load_recipients(tx)
            await load_plan(tx, read_plan(plan_text()))
        reader = Reader()
        try:
            await load_example(opened, example_workbook(reader), offers())
        finally:
            await reader.stop()
        return await _tokens(opened)


def plan_text() -> str:
    """The plan that comes with the service."""
    return files("grants").joinpath("data/plan.toml").read_text(encoding="utf-8")


async def _tokens(opened: Gate) -> list[str]:
    lines = [
        "Sign in as an example person with one click at URL/sign-in, or with their token, for example:",
        "  curl -H 'Authorization: Bearer TOKEN' URL/api/v1/plan",
        "",
    ]
    async with opened.deed(OPERATOR) as tx:
        for person in EXAMPLE_PEOPLE:
            await revoke_tokens(tx, person.email)
            token = await create_token(tx, person.email, EXAMPLE_TOKEN_DAYS, "example")
            lines.append(f"  {_what(person.roles):<34} {person.email:<38} {token}")
    return [
        *lines,
        "",
        f"These tokens last {EXAMPLE_TOKEN_DAYS} days or until the next start; all of this is example data.",
    ]


def _what(roles: Sequence[tuple[Role, str | None]]) -> str:
    return ", ".join(role.value.replace("_", " ") + (f" of {over}" if over else "") for role, over in roles)
