"""Second factors: set up, shown at sign-in, recovered from. A wrong code delays the next as a wrong password does."""

from typing import Final

from msgspec import Struct

from grants.actions import sessions
from grants.actions.sign_in import Visitor, try_key
from grants.domain import second_factor as rules
from grants.domain.access import Actor, Deed
from grants.domain.errors import NotAllowed, RuleBroken
from grants.domain.sign_in import TRIES_FREE, Lifetimes
from grants.store import second_factors as stored
from grants.store import tries
from grants.store.journal import record
from grants.store.signing_in import Holder
from grants.store.transaction import Gate, Tx, View

WRONG: Final = "The code is not right, or it was used already. Wait for your app to show the next one, and enter that."


class Pending(Struct, frozen=True):
    """A second factor that is being set up: for an app to scan, or a person to type."""

    secret: str
    address: str


async def begin(gate: Gate, key: bytes, actor: Actor) -> None:
    """A new secret, which counts from when it is confirmed. Raises RuleBroken where a second factor is set up already."""
    async with gate.signing_in() as opened:
        tx = await opened.acting_as(actor)
        secret = rules.sealed(key, actor.id, rules.new_secret())
        if not await stored.keep_pending(tx.db, actor.id, secret):
            raise RuleBroken("second_factor_there", "You have a second factor. Remove it first to set up another one.")


async def pending(view: View, key: bytes, service: str) -> Pending | None:
    """What the actor's app must learn, the service's name included; None where nothing is being set up."""
    found = await stored.factor_of(view.db, view.actor.id)
    if found.sealed is None or found.confirmed:
        return None
    secret = rules.opened(key, view.actor.id, found.sealed)
    email = await view.db.fetchval("SELECT email FROM person WHERE id = $1", view.actor.id)
    return Pending(secret, rules.address_of(secret, email, service))


async def confirm(
    gate: Gate, key: bytes, held: Holder, code: str, visitor: Visitor, lifetimes: Lifetimes
) -> tuple[str, list[str]]:
    """Puts a second factor into force, once its app has shown a right code; gives a new cookie and the codes to recover with.

    All other sessions end. Raises NotAllowed for a wrong code, TooManyTries for one that comes too soon.
    """
    await _claim(gate, held.actor)
    async with gate.signing_in() as opened:
        tx = await opened.acting_as(held.actor)
        found = await stored.factor_of(tx.db, held.actor.id)
        right = not found.confirmed and await _is_code(tx, key, code)
        if right and await stored.confirm(tx.db, held.actor.id, tx.now):
            await tries.forgive(tx.db, _key(held.actor))
            codes = await _new_codes(tx)
            await record(tx, Deed.SIGN_IN, "person", str(held.actor.id), after={"second_factor": "set_up"})
            await sessions.end_others(tx, held.session, "second_factor")
            return await sessions.renew(tx, held, 2, visitor.browser, lifetimes.whole), codes
    raise NotAllowed("code", WRONG)


async def show(gate: Gate, key: bytes, held: Holder, code: str, visitor: Visitor, lifetimes: Lifetimes) -> str:
    """A session that has shown its second factor, in the place of one that had not; gives the new cookie's value.

    Raises NotAllowed for a wrong code, TooManyTries for one that comes too soon.
    """
    await _claim(gate, held.actor)
    async with gate.signing_in() as opened:
        tx = await opened.acting_as(held.actor)
        if await _is_right(tx, key, code):
            await tries.forgive(tx.db, _key(held.actor))
            return await sessions.renew(tx, held, 2, visitor.browser, lifetimes.whole)
        await _refused(tx)
    raise NotAllowed("code", WRONG)


async def remove(gate: Gate, key: bytes, held: Holder, code: str) -> None:
    """Takes somebody's second factor away, for a right code; whoever must have one sets up another before going on.

    All their other sessions end. Raises NotAllowed for a wrong code, TooManyTries for one that comes too soon.
    """
    await _claim(gate, held.actor)
    async with gate.signing_in() as opened:
        tx = await opened.acting_as(held.actor)
        if await _is_right(tx, key, code):
            await tries.forgive(tx.db, _key(held.actor))
            await stored.drop(tx.db, held.actor.id, tx.now)
            await record(tx, Deed.SIGN_IN, "person", str(held.actor.id), after={"second_factor": "removed"})
            await sessions.end_others(tx, held.session, "second_factor")
            return
        await _refused(tx)
    raise NotAllowed("code", WRONG)


async def new_codes(gate: Gate, key: bytes, actor: Actor, code: str) -> list[str]:
    """New codes to recover with, for a right code; the earlier ones end. Raises as `remove` does."""
    await _claim(gate, actor)
    async with gate.signing_in() as opened:
        tx = await opened.acting_as(actor)
        if await _is_right(tx, key, code):
            await tries.forgive(tx.db, _key(actor))
            await record(tx, Deed.SIGN_IN, "person", str(actor.id), after={"recovery_codes": "new"})
            return await _new_codes(tx)
        await _refused(tx)
    raise NotAllowed("code", WRONG)


async def codes_left(view: View) -> int:
    """How many of the actor's codes to recover with are still good."""
    return await stored.codes_left(view.db, view.actor.id)


def _key(actor: Actor) -> bytes:
    return try_key("second factor", str(actor.id))


async def _claim(gate: Gate, actor: Actor) -> None:
    async with gate.signing_in() as tx:
        await tries.claim(tx.db, _key(actor), tx.now, TRIES_FREE)


async def _refused(tx: Tx) -> None:
    await record(tx, Deed.SIGN_IN, "person", str(tx.actor.id), after={"second_factor": "refused"})


async def _is_right(tx: Tx, key: bytes, code: str) -> bool:
    """Whether it is a code of the actor's confirmed second factor, or one to recover with; either works once."""
    found = await stored.factor_of(tx.db, tx.actor.id)
    if not found.confirmed:
        return False
    digest = rules.recovery_digest(tx.actor.id, code)
    if digest is not None:
        return await stored.use_code(tx.db, tx.actor.id, digest, tx.now)
    return await _is_code(tx, key, code)


async def _is_code(tx: Tx, key: bytes, code: str) -> bool:
    found = await stored.factor_of(tx.db, tx.actor.id)
    if found.sealed is None:
        return False
    step = rules.step_of(rules.opened(key, tx.actor.id, found.sealed), code, tx.now)
    return step is not None and await stored.use_step(tx.db, tx.actor.id, found.sealed, step)


async def _new_codes(tx: Tx) -> list[str]:
    codes = rules.new_recovery_codes()
    digests = [rules.recovery_digest(tx.actor.id, code) for code in codes]
    await stored.keep_codes(tx, tx.actor.id, [digest for digest in digests if digest is not None])
    return codes
