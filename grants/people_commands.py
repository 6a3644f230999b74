"""Commands about people: who may do what, and tokens."""

import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Final
from uuid import UUID

import typer

from grants.actions.invitations import invite
from grants.actions.people import OPERATOR, add_person, deactivate, end_roles, reactivate, roles_named
from grants.actions.tokens import create_token, revoke_token
from grants.domain.periods import london_day, show_day
from grants.installation import with_gate
from grants.settings import Settings
from grants.store.people_register import PersonView, find_by_email, page_of
from grants.store.tokens import TokenView
from grants.store.tokens import page_of as tokens_of
from grants.store.transaction import Gate, Tx

user = typer.Typer(no_args_is_help=True, help="People.")
token = typer.Typer(no_args_is_help=True, help="API tokens.")
Reason = Annotated[str, typer.Option(help="Why. It stays on the record.")]
_PAGE: Final = 200


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


@user.command("list")
def user_list(
    role: Annotated[str | None, typer.Option(help="People who hold this role.")] = None,
    organisation: Annotated[str | None, typer.Option(help="People who act for this recipient.")] = None,
) -> None:
    """List everybody: whether they are let in, what they are, and when they were last here."""
    held = roles_named([role], None, None)[0][0] if role else None

    async def work(gate: Gate) -> list[PersonView]:
        found: list[PersonView] = []
        async with gate.reading(OPERATOR) as view:
            while page := await page_of(view.db, found[-1].email if found else "", _PAGE, held, organisation):
                found += page
        return found

    for person in with_gate(Settings(), work):
        print(_line(person))


def _line(person: PersonView) -> str:
    roles = "; ".join(f"{held.role} {', '.join(held.over) if held.over else ''}".rstrip() for held in person.roles)
    state = "" if person.active else "  shut out"
    return f"{person.email}  {roles or 'no role'}  last here: {_day(person.last_used_at)}{state}"


def _day(at: datetime | None) -> str:
    return show_day(london_day(at)) if at else "never"


@user.command("end-role")
def user_end_role(
    email: str,
    role: str,
    organisation: Annotated[list[str] | None, typer.Option(help="The recipient acted for; left out: all.")] = None,
    programme: Annotated[list[str] | None, typer.Option(help="The programme; left out: all.")] = None,
    reason: Reason = "",
) -> None:
    """End a role of somebody, at once; wherever they hold it, or over what is named."""
    named, over = roles_named([role], organisation, programme)[0]

    async def work(gate: Gate) -> PersonView:
        async with gate.deed(OPERATOR) as tx:
            return await end_roles(tx, email, named, over, reason)

    print(_line(with_gate(Settings(), work)), file=sys.stderr)


@user.command("deactivate")
def user_deactivate(email: str, reason: Reason = "") -> None:
    """Shut somebody out at once: their tokens and sessions end."""
    print(_line(_changed(email, partial(deactivate, reason=reason))), file=sys.stderr)


@user.command("reactivate")
def user_reactivate(email: str, reason: Reason = "") -> None:
    """Let somebody in again, with the roles that were not ended."""
    print(_line(_changed(email, partial(reactivate, reason=reason))), file=sys.stderr)


def _changed(email: str, change: Callable[[Tx, UUID], Awaitable[PersonView]]) -> PersonView:
    async def work(gate: Gate) -> PersonView:
        async with gate.deed(OPERATOR) as tx:
            return await change(tx, (await find_by_email(tx.db, email.strip().lower())).id)

    return with_gate(Settings(), work)


@token.command("create")
def token_create(
    email: str,
    days: Annotated[int, typer.Option(help="How long it lasts.")] = 90,
    only: Annotated[
        list[str] | None,
        typer.Option(help="What it is for: read, or a deed; may be given several times. Left out: all."),
    ] = None,
) -> None:
    """Make an API token. It is printed this once."""

    async def work(gate: Gate) -> str:
        async with gate.deed(OPERATOR) as tx:
            return await create_token(tx, email, days, "made by the operator", only or None)

    print(with_gate(Settings(), work))


@token.command("list")
def token_list(email: str) -> None:
    """List somebody's tokens, without their secrets."""

    async def work(gate: Gate) -> list[TokenView]:
        found: list[TokenView] = []
        async with gate.reading(OPERATOR) as view:
            person = await find_by_email(view.db, email.strip().lower())
            while page := await tokens_of(view.db, person.id, _after(found), _PAGE):
                found += page
        return found

    for found in with_gate(Settings(), work):
        until = f"revoked {_day(found.revoked_at)}" if found.revoked_at else f"until {_day(found.expires_at)}"
        only = ", ".join(found.only) if found.only else "everything"
        print(f"{found.id}  {until}  last used: {_day(found.last_used_at)}  for: {only}  {found.label}")


def _after(found: list[TokenView]) -> tuple[datetime, UUID] | None:
    return (found[-1].created_at, found[-1].id) if found else None


@token.command("revoke")
def token_revoke(token_id: UUID) -> None:
    """End a token at once."""

    async def work(gate: Gate) -> TokenView:
        async with gate.deed(OPERATOR) as tx:
            return await revoke_token(tx, token_id)

    print(f"{with_gate(Settings(), work).id} is revoked", file=sys.stderr)
