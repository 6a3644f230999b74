"""Signing in: with a password, or in example mode as an example person. A stranger learns nothing from a refusal."""

import hashlib
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from grants.actions import sessions
from grants.actions.hashing import Hashing
from grants.domain.access import Actor, Deed
from grants.domain.errors import Invalid, NotAllowed, NotFound
from grants.domain.sign_in import TRIES_FREE, TRIES_FREE_OF_A_NETWORK, WHOLE, Lifetimes
from grants.store import people, tries
from grants.store import signing_in as stored
from grants.store.journal import record
from grants.store.signing_in import Holder, Login
from grants.store.transaction import Gate, Tx

REFUSED: Final = "The email address or the password is not right. Check both and try again."


class BadPassword(Invalid):
    """A new password is not good enough; the message says what to do."""


@dataclass(frozen=True)
class Visitor:
    """From where somebody signs in: their network, a few words for their browser, and the session's cookie that it brought."""

    network: str
    browser: str
    replacing: str = ""
    request_id: str = ""


def try_key(kind: str, value: str) -> bytes:
    """What tries are counted under: neither an address nor a network stands in the database as it is."""
    return hashlib.sha256(f"{kind}:{value}".encode()).digest()


async def with_password(
    gate: Gate, hashing: Hashing, email: str, password: str, visitor: Visitor, lifetimes: Lifetimes
) -> str:
    """A new session for whoever has the address and its password; gives the cookie's value.

    Raises TooManyTries, or NotAllowed with the same words whether the address is unknown, the password is wrong, or the
    person has left; each takes one hash. Raises Conflict where too many sign in at once.
    """
    address = email.strip().lower()
    of_account, of_network = try_key("account", address), try_key("network", visitor.network)
    async with gate.signing_in() as tx:
        await tries.claim(tx.db, of_network, tx.now, TRIES_FREE_OF_A_NETWORK)
        await tries.claim(tx.db, of_account, tx.now, TRIES_FREE)
        login = await stored.login_of(tx.db, address)
    kept = login.password_hash if login else None
    if not await hashing.holds(kept, password) or login is None or kept is None:
        raise NotAllowed("sign_in", REFUSED)
    anew = await hashing.hashed(password) if hashing.is_old(kept) else None
    async with gate.signing_in() as tx:
        actor = await _still_there(tx, login, visitor)
        await tries.forgive(tx.db, of_account)
        await tries.give_back(tx.db, of_network, tx.now)
        if anew is not None:
            await stored.change_hash(tx.db, actor.id, kept, anew)
        return await sessions.start(
            tx, actor, "password", 1, visitor.browser, replacing=visitor.replacing, lasting=lifetimes.whole
        )


async def _still_there(tx: Tx, login: Login, visitor: Visitor) -> Actor:
    """The person, unless they left, or their password was changed, while the hash was made."""
    actor = await people.actor_by_id(tx.db, login.person)
    if actor is None or await stored.password_hash_of(tx.db, login.person) != login.password_hash:
        raise NotAllowed("sign_in", REFUSED)
    return named(actor, visitor)


def named(actor: Actor, visitor: Visitor) -> Actor:
    """The actor with the request that they came by."""
    return replace(actor, request_id=visitor.request_id)


async def example_people(gate: Gate) -> list[Actor]:
    """The example people, by name."""
    async with gate.signing_in() as tx:
        rows = await tx.db.fetch("SELECT id FROM person WHERE is_example AND active ORDER BY created_at, name LIMIT 50")
        found = [await people.actor_by_id(tx.db, row["id"]) for row in rows]
    return [actor for actor in found if actor is not None]


async def as_example(gate: Gate, person: UUID, visitor: Visitor) -> str:
    """A session of an example person, without a password; gives the cookie's value. Whether it is example mode is the door's to ask.

    Raises NotFound for anybody who is no example person.
    """
    async with gate.signing_in() as tx:
        actor = await people.actor_by_id(tx.db, person)
        if actor is None or not actor.is_example:
            raise NotFound("person", "There is no such example person.")
        actor = named(actor, visitor)
        return await sessions.start(
            tx, actor, "example", 1, visitor.browser, replacing=visitor.replacing, lasting=WHOLE
        )


async def change_password(
    gate: Gate, hashing: Hashing, held: Holder, now_used: str, wanted: str, visitor: Visitor
) -> str:
    """A new password for somebody who knows the one they have; gives a new cookie, and all other sessions end.

    Raises NotAllowed for a wrong password, BadPassword for a new one that is not good enough, TooManyTries.
    """
    of_account = try_key("change", str(held.actor.id))
    async with gate.reading(held.actor) as view:
        email = await view.db.fetchval("SELECT email FROM person WHERE id = $1", held.actor.id)
    fault = await hashing.fault_of(wanted, [email, held.actor.name])
    if fault is not None:
        raise BadPassword("password", fault)
    async with gate.signing_in() as tx:
        await tries.claim(tx.db, of_account, tx.now, TRIES_FREE)
        kept = await stored.password_hash_of(tx.db, held.actor.id)
    if not await hashing.holds(kept, now_used):
        raise NotAllowed("sign_in", "The password that you use now is not right.")
    made = await hashing.hashed(wanted)
    async with gate.signing_in() as opened:
        tx = await opened.acting_as(held.actor)
        await tries.forgive(tx.db, of_account)
        await stored.keep_password(tx.db, held.actor.id, made, tx.now)
        await record(tx, Deed.SIGN_IN, "person", str(held.actor.id), after={"password": "changed"})
        await sessions.end_others(tx, held.session, "password")
        return await sessions.renew(tx, held, held.factors, visitor.browser, held.ends_at - tx.now)


async def forget_old_tries(gate: Gate) -> None:
    """Removes failures that nobody waits for any more."""
    async with gate.signing_in() as tx:
        await tries.forget_old(tx.db, tx.now)
