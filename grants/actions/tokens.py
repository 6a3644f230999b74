"""API tokens: made by their own person or the operator, listed without their secret, ended at once."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from grants.actions.listing import Page, decode_moment, moment_key, page
from grants.actions.people import OPERATOR
from grants.domain.access import Deed, deeds_named, require, require_genuine
from grants.domain.errors import Conflict, Invalid, NotAllowed
from grants.store import people_register as register
from grants.store import tokens as stored
from grants.store.journal import record
from grants.store.tables import ApiToken
from grants.store.tokens import TokenView
from grants.store.transaction import Tx, View

_TALLY: Final = "tally_"
MAX_TOKEN_DAYS: Final = 366
MAX_TOKENS: Final = 20
"""Tokens of one person that work at the same time."""
_LABEL_CHARACTERS: Final = 100


async def create_token(tx: Tx, email: str, days: int = 90, label: str = "", deeds: Iterable[str] | None = None) -> str:
    """A new API token of a person; it is given here once and only its SHA-256 is kept. For the operator alone.

    An administrator makes none for others: they could act as them. Raises NotFound for an unknown address, Invalid for a
    life of no or too many days, or for deeds that are none.
    """
    if tx.actor.id != OPERATOR.id:
        raise NotAllowed("not_allowed", "Only the operator makes tokens for others. Each person makes their own.")
    person = await register.find_by_email(tx.db, email.strip().lower())
    return await _create(tx, person.id, label, days, deeds)


async def create_own_token(tx: Tx, label: str, days: int = 90, deeds: Iterable[str] | None = None) -> str:
    """A new API token of the actor's own, for all that they may do or, with `deeds`, for less: `read`, or deeds by name.

    Raises Invalid, NotAllowed for whoever came with a token themselves, Conflict `too_many` beyond MAX_TOKENS.
    """
    require(tx.actor, Deed.MANAGE_OWN_ACCESS)
    if tx.actor.token_id is not None:
        raise NotAllowed("with_a_token", "A token cannot make another one. Sign in to make it.")
    if not 1 <= len(label.strip()) <= _LABEL_CHARACTERS:
        raise Invalid("label", f"Say in 1 to {_LABEL_CHARACTERS} characters what the token is for.")
    if await stored.in_force(tx, tx.actor.id) >= MAX_TOKENS:
        raise Conflict("too_many", f"You have {MAX_TOKENS} tokens that work. Revoke one first.")
    return await _create(tx, tx.actor.id, label, days, deeds)


async def _create(tx: Tx, person_id: UUID, label: str, days: int, deeds: Iterable[str] | None) -> str:
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise Invalid("days", f"A token can live for 1 to {MAX_TOKEN_DAYS} days.")
    only = None if deeds is None else sorted(deed.value for deed in deeds_named(deeds))
    token = _TALLY + secrets.token_urlsafe(32)
    row = ApiToken(
        person_id=person_id,
        sha256=digest(token),
        label=label.strip(),
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=days),
        deeds=only,
    )
    await tx.add(row)
    facts = {"person": str(person_id), "days": days, "only": only}
    await record(tx, _deed(tx, person_id), "token", str(row.id), after=facts)
    return token


async def revoke_token(tx: Tx, token_id: UUID) -> TokenView:
    """Ends a token at once: one's own, or, for an administrator, anybody's. Again, it does nothing. Raises NotFound."""
    require(tx.actor, Deed.MANAGE_OWN_ACCESS)
    person_id = await stored.holder(tx, token_id)
    if person_id != tx.actor.id:
        require(tx.actor, Deed.MANAGE_PEOPLE, sight=Deed.MANAGE_PEOPLE)
        require_genuine(tx.actor, (await register.find(tx.db, person_id)).is_example)
    if await stored.revoke(tx, token_id):
        await record(tx, _deed(tx, person_id), "token", str(token_id), after={"revoked": True})
    return await stored.find(tx.db, token_id)


async def revoke_tokens(tx: Tx, email: str) -> int:
    """Ends every token of a person at once; how many there were. Raises NotFound."""
    require(tx.actor, Deed.MANAGE_PEOPLE)
    person = await register.find_by_email(tx.db, email.strip().lower())
    require_genuine(tx.actor, person.is_example)
    revoked = await stored.revoke_all(tx, person.id)
    for token_id in revoked:
        await record(tx, Deed.MANAGE_PEOPLE, "token", str(token_id), after={"revoked": True})
    return len(revoked)


def _deed(tx: Tx, person_id: UUID) -> Deed:
    return Deed.MANAGE_OWN_ACCESS if person_id == tx.actor.id else Deed.MANAGE_PEOPLE


async def own_tokens(view: View, after: str | None, limit: int) -> Page[TokenView]:
    """The actor's own tokens, oldest first."""
    require(view.actor, Deed.SIGNED_IN)
    return await _page(view, view.actor.id, after, limit)


async def tokens_of(view: View, person_id: UUID, after: str | None, limit: int) -> Page[TokenView]:
    """A person's tokens, for administrators, oldest first. Raises NotFound."""
    require(view.actor, Deed.SEE_PEOPLE)
    await register.find(view.db, person_id)
    return await _page(view, person_id, after, limit)


async def _page(view: View, person_id: UUID, after: str | None, limit: int) -> Page[TokenView]:
    found = await stored.page_of(view.db, person_id, decode_moment(after), limit + 1)
    return page(found, limit, lambda token: moment_key(token.created_at, token.id))


def digest(token: str) -> bytes:
    """What is kept of a token. It is random and long, so that a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()
