"""Invitations: a link that works once and for a week, by which a person sets a password or is freed of a lost second factor.

No single administrator can take over an account that has a second factor: whoever made a link to its password makes none to
its second factor for a week, nor the other way round.
"""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from grants.actions.hashing import Hashing
from grants.actions.people import SERVICE_ACTORS
from grants.actions.sessions import digest, end_all
from grants.actions.sign_in import BadPassword, try_key
from grants.domain import second_factor
from grants.domain.access import Actor, Deed, require, require_another
from grants.domain.errors import Invalid, NotAllowed, NotFound, RuleBroken
from grants.store import invitations as stored
from grants.store import outbox, second_factors, signing_in, tries
from grants.store.invitations import Guest, Invited
from grants.store.journal import record
from grants.store.people import actor_by_id
from grants.store.tables import Invitation
from grants.store.tables.signing_in import INVITED_TO
from grants.store.transaction import Gate, Tx

LASTS: Final = timedelta(days=7)
JOIN, PASSWORD, SECOND_FACTOR = INVITED_TO
GONE: Final = "This link was used already, or it is older than a week. Ask your administrator for a new one."
_OTHERS: Final = {JOIN: [SECOND_FACTOR], PASSWORD: [SECOND_FACTOR], SECOND_FACTOR: [JOIN, PASSWORD]}


async def invite(tx: Tx, person: UUID, purpose: str, address: str, sealing: bytes | None = None) -> str:
    """A link for a person, which begins with the service's address; earlier ones for the same purpose end.

    `purpose` is join (a first password), password (a new one; the second factor stays) or second_factor (removes it).
    With a key for `sealing` the link is sent to the person too, and is kept sealed until it is. Raises NotFound, NotAllowed for oneself or where another administrator must do it, RuleBroken where there is nothing to do.
    """
    require(tx.actor, Deed.MANAGE_PEOPLE)
    require_another(tx.actor, [person], "Somebody else must make a link for you.")
    guest = await stored.guest(tx.db, person)
    if guest is None or not guest.active or person in {actor.id for actor in SERVICE_ACTORS}:
        raise NotFound("person", "There is no such person who is active.")
    _require_sense(tx.actor, guest, purpose)
    if await stored.made_by(tx.db, person, tx.actor.id, _OTHERS[purpose], tx.now - LASTS):
        raise NotAllowed(
            "same_person",
            "You made another link for this person in the last seven days: one for the password and one for the second "
            "factor must come from two administrators.",
        )
    await stored.revoke(tx.db, person, purpose, tx.now)
    token = secrets.token_urlsafe(32)
    row = Invitation(
        person_id=person,
        sha256=digest(token),
        purpose=purpose,
        created_by=tx.actor.id,
        created_at=tx.now,
        expires_at=tx.now + LASTS,
    )
    await tx.add(row)
    await record(tx, Deed.MANAGE_PEOPLE, "invitation", str(row.id), after={"person": str(person), "purpose": purpose})
    link = f"{address.rstrip('/')}/invitation/{token}"
    if sealing is not None:
        await outbox.queue_invitation(tx, row.id, second_factor.sealed(sealing, row.id, link))
    return link


def _require_sense(actor: Actor, guest: Guest, purpose: str) -> None:
    if purpose not in INVITED_TO:
        raise Invalid("purpose", f"Use one of the purposes {', '.join(INVITED_TO)}.")
    if guest.is_example or actor.is_example:
        raise NotAllowed("example_person", "Example people sign in by their button and invite nobody.")
    if purpose == JOIN and guest.has_password:
        raise RuleBroken("joined", "This person has a password. Make a link for a new one: --purpose password.")
    if purpose == PASSWORD and not guest.has_password:
        raise RuleBroken("not_joined", "This person has no password yet. Make a link to join: --purpose join.")
    if purpose == SECOND_FACTOR and not guest.has_second_factor:
        raise RuleBroken("no_second_factor", "This person has no second factor that could be removed.")


async def looked_at(gate: Gate, token: str) -> Invited:
    """Whom a link is for, without using it. Raises NotAllowed for one that is used, old or unknown: all look the same."""
    async with gate.signing_in() as tx:
        found = await stored.good(tx.db, digest(token), tx.now)
    if found is None:
        raise NotAllowed("link", GONE)
    return found


async def use(gate: Gate, hashing: Hashing, token: str, password: str, request_id: str) -> Invited:
    """Uses a link, once: sets the password, or removes the second factor. All sessions of the person end.

    Raises NotAllowed as `looked_at` does, and BadPassword, after which the link still works.
    """
    found = await looked_at(gate, token)
    made = None
    if found.purpose != SECOND_FACTOR:
        fault = await hashing.fault_of(password, [found.email, found.name])
        if fault is not None:
            raise BadPassword("password", fault)
        made = await hashing.hashed(password)
    async with gate.signing_in() as opened:
        used = await stored.use(opened.db, digest(token), opened.now)
        actor = await actor_by_id(opened.db, found.person) if used else None
        if used is None or actor is None:
            raise NotAllowed("link", GONE)
        tx = await opened.acting_as(Actor(actor.id, actor.name, actor.grants, request_id=request_id))
        if made is None:
            await second_factors.drop(tx.db, used.person, tx.now)
        else:
            await signing_in.keep_password(tx.db, used.person, made, tx.now)
            await tries.forgive(tx.db, try_key("account", used.email))
        await record(tx, Deed.SIGN_IN, "invitation", str(used.id), after={"used_for": used.purpose})
        await end_all(tx, used.person, used.purpose)
        return used
