"""Commands about people: who may do what, and tokens."""

import os
import sys
from typing import Annotated

import typer

from grants.actions.invitations import invite
from grants.actions.people import OPERATOR, add_person, roles_named
from grants.actions.tokens import create_token
from grants.installation import with_gate
from grants.settings import Settings
from grants.store.people_register import PersonView, find_by_email
from grants.store.transaction import Gate

user = typer.Typer(no_args_is_help=True, help="People.")
token = typer.Typer(no_args_is_help=True, help="API tokens.")


@user.command("add")
def user_add(
    email: str,
    role: Annotated[list[str], typer.Option(help="A role; may be given several times.")],
    organisation: Annotated[list[str] | None, typer.Option(help="The recipient acted for.")] = None,
    programme: Annotated[list[str] | None, typer.Option(help="The programme; left out: all.")] = None,
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
) -> None:
    """Add a person, or give a role to one who is known."""
    roles = roles_named(role, organisation, programme)

    async def work(gate: Gate) -> PersonView:
        async with gate.deed(OPERATOR) as tx:
            return await add_person(tx, email, name, roles)

    person = with_gate(Settings(), work)
    print(f"{person.email}: {', '.join(held.role for held in person.roles)}", file=sys.stderr)


@user.command("invite")
def user_invite(
    email: str,
    purpose: Annotated[
        str, typer.Option(help="join: a first password; password: a new one; second_factor: removes a lost one.")
    ] = "join",
) -> None:
    """Make a link that works once, for a week. It is printed this once."""
    settings = Settings()

    async def work(gate: Gate) -> str:
        async with gate.deed(OPERATOR) as tx:
            person = await find_by_email(tx.db, email.strip().lower())
            return await invite(tx, person.id, purpose.replace("-", "_"), settings.base_url)

    print(with_gate(settings, work))


@token.command("create")
def token_create(email: str, days: Annotated[int, typer.Option(help="How long it lasts.")] = 90) -> None:
    """Make an API token. It is printed this once."""

    async def work(gate: Gate) -> str:
        async with gate.deed(OPERATOR) as tx:
            return await create_token(tx, email, days, f"made by {os.environ.get('USER', 'the operator')}")

    print(with_gate(Settings(), work))
