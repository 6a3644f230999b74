"""Signing in with an identity provider: what must come back, once, in the same browser; and whose account it is then."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from grants.actions.people import SERVICE_ACTORS
from grants.domain.access import Actor, Deed
from grants.domain.providers import Identity, Provider
from grants.store import people as stored
from grants.store import provider_sign_in as kept
from grants.store.journal import record
from grants.store.tables.signing_in import ProviderFlow
from grants.store.transaction import Gate, Tx

FLOW_MINUTES: Final = 10


class NotLinked(Exception):
    """Nobody here is whom the provider speaks of. `kind` says why, for the log: nothing in it was sent by anybody."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Begun:
    """A sign-in that a provider is now asked about. `browser` goes into a cookie, the rest to the provider."""

    state: str
    nonce: str
    verifier: str
    browser: str


@dataclass(frozen=True)
class Awaited:
    """What a sign-in that came back was begun with, and when."""

    nonce: str
    verifier: str
    began: datetime


async def begin(gate: Gate, provider: Provider, mark: str) -> Begun:
    """Notes a sign-in that must come back within FLOW_MINUTES; those that never did are removed.

    `mark` ends the browser's part, after a full stop: what is to be known again when it comes back.
    """
    state, nonce, verifier, browser = (secrets.token_urlsafe(48) for _ in range(4))
    begun = Begun(state, nonce, verifier, f"{browser}.{mark}")
    async with gate.signing_in() as tx:
        await kept.forget_flows(tx.db, tx.now)
        await tx.add(
            ProviderFlow(
                state_sha256=_digest(begun.state),
                browser_sha256=_digest(begun.browser),
                provider=provider.id,
                nonce=begun.nonce,
                verifier=begun.verifier,
                created_at=tx.now,
                expires_at=tx.now + timedelta(minutes=FLOW_MINUTES),
            )
        )
    return begun


async def come_back(gate: Gate, provider: Provider, state: str, browser: str) -> Awaited | None:
    """What was begun in this browser with this state, once; None for another browser, another provider, or too late."""
    async with gate.signing_in() as tx:
        row = await kept.take_flow(tx.db, _digest(state), _digest(browser), provider.id, tx.now)
    return None if row is None else Awaited(row["nonce"], row["verifier"], row["created_at"])


async def person_of(tx: Tx, provider: Provider, identity: Identity, request_id: str) -> Actor:
    """Whom the provider speaks of: by issuer and subject; the first time by a verified address that it may speak for.

    Nobody is added, and nobody who is linked to another subject of the same issuer is linked anew. Raises NotLinked.
    """
    linked = await kept.linked_person(tx.db, provider.issuer, identity.subject)
    if linked is not None:
        actor = await stored.actor_by_id(tx.db, linked)
        if actor is None:
            raise NotLinked("person_ended")
        return replace(actor, request_id=request_id)
    if identity.email is None:
        raise NotLinked("email_unverified")
    if not provider.may_speak_for(identity.email):
        raise NotLinked("email_domain")
    actor = await stored.actor_by_email(tx.db, identity.email)
    if actor is None or actor.is_example or actor.id in {service.id for service in SERVICE_ACTORS}:
        raise NotLinked("person_unknown")
    actor = replace(actor, request_id=request_id)
    as_them = await tx.acting_as(actor)
    if not await kept.link(as_them.db, provider.issuer, identity.subject, actor.id, tx.now):
        # The same person may have come back in another window just now.
        if await kept.linked_person(tx.db, provider.issuer, identity.subject) != actor.id:
            raise NotLinked("person_linked_otherwise")
        return actor
    await record(as_them, Deed.SIGN_IN, "person", str(actor.id), after={"linked_to_provider": provider.id})
    return actor


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
