"""What administrators see of people and of the post: lists, one person with all that opens the service for them, and ending their sessions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from grants.actions import tokens
from grants.actions.listing import MAX_LIMIT
from grants.actions.people_views import person_view, words_of
from grants.actions.sessions import SessionView, end_all
from grants.domain.access import Deed, Grant, Role, require, require_another, require_genuine
from grants.domain.errors import Invalid
from grants.domain.sign_in import Lifetimes
from grants.store import invitations as stored_invitations
from grants.store import outbox
from grants.store import people_register as register
from grants.store.invitations import Guest
from grants.store.listing_query import Listed, Wanted
from grants.store.lists import people as stored
from grants.store.outbox import NoticeView
from grants.store.people_register import PersonView
from grants.store.tokens import TokenView
from grants.store.transaction import Tx, View

_LINKS_SHOWN: Final = 10
_ROLES_SHOWN: Final = 20
_NAMED_MAX: Final = 6


class LinkView(Struct, frozen=True):
    """A link to join by, or to a new password or factor. `notice` is how far its email is; None where none was sent."""

    purpose: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    notice: str | None

    def stands(self, now: datetime) -> str:
        """used, replaced, over, or waiting to be used."""
        if self.used_at is not None:
            return "used"
        if self.revoked_at is not None:
            return "replaced"
        return "over" if self.expires_at <= now else "waiting"


class HeldInWords(Struct, frozen=True):
    """A role that somebody holds, in words, with who gave it and when."""

    id: UUID
    words: str
    granted_by: str | None
    granted_at: datetime


class EndedInWords(Struct, frozen=True):
    """A role that somebody held, in words, from when to when."""

    words: str
    granted_at: datetime
    ended_at: datetime


class Access(Struct, frozen=True):
    """One person, and all that opens the service for them."""

    person: PersonView
    roles: list[HeldInWords]
    ended: list[EndedInWords]
    links: list[LinkView]
    sessions: list[SessionView]
    tokens: list[TokenView]
    guest: Guest
    programmes: list[tuple[str, str]]
    now: datetime


async def people_listed(view: View, wanted: Wanted) -> Listed[asyncpg.Record]:
    """One page of people. Raises NotAllowed."""
    require(view.actor, Deed.SEE_PEOPLE)
    return await stored.people(view.db, wanted)


async def notices_listed(view: View, wanted: Wanted) -> Listed[asyncpg.Record]:
    """One page of the outbox. Raises NotAllowed."""
    require(view.actor, Deed.SEE_PEOPLE)
    return await stored.notices(view.db, wanted)


async def notice_with_person(view: View, notice_id: UUID) -> tuple[NoticeView, str]:
    """One notice, and the name of whom it is for. Raises NotAllowed, NotFound."""
    require(view.actor, Deed.SEE_PEOPLE)
    notice = await outbox.find(view.db, notice_id)
    return notice, (await register.find(view.db, notice.person_id)).name


async def access_of(view: View, person_id: UUID, lifetimes: Lifetimes) -> Access:
    """One person, whole. Raises NotAllowed, NotFound."""
    person = await person_view(view, person_id)
    ended = await stored.roles_ended(view.db, person_id, _ROLES_SHOWN)
    over = {
        name for held in (*(role.over for role in person.roles), *(row["over"] for row in ended)) for name in held or ()
    }
    names = await register.names_of(view.db, over)
    sessions = await stored.sessions_in_force(view.db, person_id, view.now, view.now - lifetimes.idle)
    own_tokens = (await tokens.tokens_of(view, person_id, None, MAX_LIMIT)).items
    guest = await stored_invitations.guest(view.db, person_id)
    return Access(
        person=person,
        roles=[
            HeldInWords(
                role.id,
                words_of(_grant(role.role, role.over), names),
                role.granted_by,
                role.granted_at,
            )
            for role in person.roles
        ],
        ended=[
            EndedInWords(words_of(_grant(Role(row["role"]), row["over"]), names), row["granted_at"], row["ended_at"])
            for row in ended
        ],
        links=[LinkView(**dict(row)) for row in await stored.invitations_of(view.db, person_id, _LINKS_SHOWN)],
        sessions=[SessionView(**row) for row in sessions],
        tokens=[token for token in own_tokens if token.revoked_at is None and token.expires_at > view.now],
        guest=guest or Guest(person.active, person.is_example, has_password=False, has_second_factor=False),
        programmes=await stored.programmes(view.db),
        now=view.now,
    )


def _grant(role: Role, over: Iterable[str] | None) -> Grant:
    return Grant(role, None if over is None else frozenset(over))


async def programmes_to_choose(view: View) -> list[tuple[str, str]]:
    """Codes and titles of the programmes that a role may be over. Raises NotAllowed."""
    require(view.actor, Deed.SEE_PEOPLE)
    return await stored.programmes(view.db)


async def recipient_named(view: View, text: str) -> str:
    """The identifier of the one recipient that somebody typed, by identifier, name or part of one. Raises Invalid."""
    require(view.actor, Deed.SEE_PEOPLE)
    if not text:
        raise Invalid("recipient", "Enter the recipient that a finance officer or certifier acts for")
    found = await stored.recipients_named(view.db, text, _NAMED_MAX)
    if not found:
        raise Invalid(
            "recipient", "There is no recipient with that name or identifier. Check it, or enter a part of it"
        )
    if len(found) > 1:
        known = ", ".join(f"{name} ({identifier})" for identifier, name in found[: _NAMED_MAX - 1])
        more = " and more" if len(found) == _NAMED_MAX else ""
        raise Invalid("recipient", f"Several recipients are called that. Enter the identifier of one: {known}{more}")
    return found[0][0]


async def end_sessions(tx: Tx, person_id: UUID) -> int:
    """Ends all sessions of somebody else at once; how many there were. Raises NotAllowed, NotFound."""
    require(tx.actor, Deed.MANAGE_PEOPLE)
    require_another(tx.actor, [person_id], "End your own sessions on the page of your account.")
    require_genuine(tx.actor, (await register.find(tx.db, person_id)).is_example)
    return await end_all(tx, person_id, "ended_by_administrator")


def role_named(name: str) -> Role | None:
    """The role with that name; None for none."""
    return Role(name) if name in {role.value for role in Role} else None
