"""The outbox: notices queued in the deed that they tell of, claimed one at a time with a lease and a fence, and what became of them.

A claim is durable before anything is handed over. Whoever claims a notice later raises its fence, and nothing that the
earlier claimant finds out is kept from then on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from grants.domain.access import Role
from grants.domain.awards import TAKES_RETURNS
from grants.domain.errors import NotFound
from grants.domain.notices import AFTER, TOLD, AboutReturn, Notice, NoticeState, which_version
from grants.domain.periods import london_day
from grants.domain.reminders import DEFAULT, Reminders
from grants.domain.returns import ReturnState
from grants.store.return_people import PREPARERS
from grants.store.transaction import Db, Tx


@dataclass(frozen=True)
class Waiting:
    """A notice whose turn has come, and whom it is for."""

    id: UUID
    what: Notice
    about: UUID
    person: UUID
    which: str
    is_example: bool
    queued_at: datetime
    attempts: int
    again: int
    sealed: bytes | None
    address: str
    active: bool


@dataclass(frozen=True)
class Unclear:
    """A notice that was being sent when its lease ended: whoever sent it stopped, or was not told how it went."""

    id: UUID
    what: Notice
    queued_at: datetime
    transport: str
    handed_over_at: datetime
    fence: int
    attempts: int
    again: int


class NoticeView(Struct, frozen=True):
    """A notice, for administrators: to whom, when and with what success; never its words.

    `to` is null before it is sent, and again once addresses are removed. `failure` says why the last attempt failed.
    `again` is how often an administrator had it sent again; attempts are counted anew then.
    """

    id: UUID
    what: Notice
    which: str
    state: NoticeState
    to: str | None
    person_id: UUID
    is_example: bool
    transport: str | None
    attempts: int
    queued_at: datetime
    next_attempt_at: datetime | None
    ended_at: datetime | None
    failure: str | None
    again: int = 0


async def tell_of(tx: Tx, return_id: UUID, step: str, version: int) -> None:
    """Queues what follows a step in a return's life, to everybody whom it concerns but who took it."""
    notice = AFTER.get(step)
    if notice is None:
        return
    but = f"ARRAY(SELECT $4::uuid UNION {PREPARERS})" if notice is Notice.SIGN_OFF else "ARRAY[$4::uuid]"
    await tx.db.execute(
        f"SELECT queue_notices($2, ARRAY[$1::uuid], $3, $5::text[], {but}, $6)",
        return_id,
        notice.value,
        which_version(notice, version),
        tx.actor.id,
        [role.value for role in TOLD[notice]],
        tx.now,
    )


async def queue(
    tx: Tx, notice: Notice, returns: Sequence[UUID], which: str, roles: Iterable[Role], but: Sequence[UUID] = ()
) -> int:
    """Queues a notice of each return, to those who act for its recipient in the roles; how many were not there yet."""
    queued: int = await tx.db.fetchval(
        "SELECT queue_notices($1, $2::uuid[], $3, $4::text[], $5::uuid[], $6)",
        notice.value,
        list(returns),
        which,
        [role.value for role in roles],
        list(but),
        tx.now,
    )
    return queued


async def queue_invitation(tx: Tx, invitation: UUID, sealed: bytes) -> None:
    """Queues an invitation to whom it is for, with its link sealed."""
    await tx.db.execute("SELECT queue_invitation($1, $2, $3)", invitation, sealed, tx.now)


_ABOUT: Final = """
SELECT r.id, r.award, c.name AS recipient_name, r.period, r.due_on, r.state, r.version, a.state AS award_state, d.state AS round_state,
    d.reminders::text AS reminders,
    (SELECT min(e.at) FROM return_event e WHERE e.return_id = r.id AND e.deed = 'opened') AS opened_at,
    (SELECT max(e.at) FROM return_event e WHERE e.return_id = r.id AND e.state = 'ready_to_certify') AS ready_at,
    EXISTS (SELECT FROM return_event e WHERE e.return_id = r.id AND e.state = 'certified') AS ever_submitted
FROM spend_return r JOIN award a ON a.reference = r.award JOIN recipient c ON c.id = a.recipient_id JOIN collection_round d ON d.id = r.round_id
"""


async def about_returns(db: Db, return_id: UUID | None = None) -> dict[UUID, AboutReturn]:
    """What notices may tell of a return, or of all that are being collected and were not yet submitted."""
    which = "r.id = $1" if return_id else "$1::uuid IS NULL AND d.state = 'open' AND r.state <> 'accepted'"
    rows = await db.fetch(f"{_ABOUT} WHERE {which} ORDER BY r.id", return_id)
    found = {}
    for row in rows:
        opened_on: date = london_day(row["opened_at"]) if row["opened_at"] else row["due_on"]
        found[row["id"]] = AboutReturn(
            award=row["award"],
            recipient_name=row["recipient_name"],
            period=row["period"],
            due_on=row["due_on"],
            opened_on=opened_on,
            ready_on=london_day(row["ready_at"]) if row["ready_at"] else None,
            state=ReturnState(row["state"]),
            version=row["version"],
            ever_submitted=row["ever_submitted"],
            collected=row["round_state"] == "open" and row["award_state"] in TAKES_RETURNS,
            reminders=msgspec.json.decode(row["reminders"], type=Reminders) if row["reminders"] else DEFAULT,
        )
    return found


async def is_told(db: Db, return_id: UUID, person: UUID, roles: Iterable[Role]) -> bool:
    """Whether somebody is active and acts for a return's recipient in one of the roles, now."""
    told: bool = await db.fetchval(
        "SELECT is_told($1, $2, $3::text[])", return_id, person, [role.value for role in roles]
    )
    return told


async def open_invitation(db: Db, invitation: UUID, now: datetime) -> tuple[str, datetime] | None:
    """What an invitation that still works is for, and until when."""
    row = await db.fetchrow("SELECT purpose, expires_at FROM open_invitation($1, $2)", invitation, now)
    return None if row is None else (row["purpose"], row["expires_at"])


async def next_waiting(tx: Tx) -> Waiting | None:
    """The notice that has waited longest, which nobody else takes until the deed ends."""
    row = await tx.db.fetchrow(
        "SELECT o.id, o.what, o.about, o.person_id AS person, o.which, o.is_example, o.queued_at, o.attempts, coalesce(o.again, 0) AS again, o.sealed, p.email AS address, p.active "
        "FROM outbox o JOIN person p ON p.id = o.person_id WHERE o.state = 'waiting' AND o.not_before <= $1 "
        "ORDER BY o.not_before, o.id LIMIT 1 FOR UPDATE OF o SKIP LOCKED",
        tx.now,
    )
    return None if row is None else Waiting(**{**dict(row), "what": Notice(row["what"])})


async def begin(tx: Tx, waiting: Waiting, transport: str, lease_until: datetime) -> int:
    """Notes, before it is so, that a notice is handed over; gives the fence of the claim."""
    fence: int = await tx.db.fetchval(
        "UPDATE outbox SET state = 'sending', fence = fence + 1, attempts = attempts + 1, lease_until = $2, handed_over_at = $3, "
        "transport = $4, address = $5, failure = NULL WHERE id = $1 RETURNING fence",
        waiting.id,
        lease_until,
        tx.now,
        transport,
        waiting.address,
    )
    return fence


async def drop(tx: Tx, notice: UUID, why: str) -> None:
    """Ends a waiting notice that is sent to nobody."""
    await tx.db.execute(
        "UPDATE outbox SET state = 'dropped', ended_at = $2, failure = $3, sealed = NULL WHERE id = $1 AND state = 'waiting'",
        notice,
        tx.now,
        why,
    )


async def next_unclear(tx: Tx, lease_until: datetime) -> Unclear | None:
    """Claims a notice whose lease has ended while it was being sent."""
    row = await tx.db.fetchrow(
        "UPDATE outbox SET fence = fence + 1, lease_until = $2 WHERE id = (SELECT id FROM outbox WHERE state = 'sending' AND lease_until <= $1 "
        "ORDER BY lease_until, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, what, queued_at, transport, handed_over_at, fence, attempts, coalesce(again, 0) AS again",
        tx.now,
        lease_until,
    )
    return None if row is None else Unclear(**{**dict(row), "what": Notice(row["what"])})


async def end(tx: Tx, notice: UUID, fence: int, state: NoticeState, failure: str | None = None) -> bool:
    """Ends a notice that was being sent. False, and nothing is changed: somebody else has claimed it since."""
    done: str = await tx.db.execute(
        "UPDATE outbox SET state = $3, lease_until = NULL, ended_at = $4, failure = $5, sealed = NULL "
        "WHERE id = $1 AND fence = $2 AND state = 'sending'",
        notice,
        fence,
        state.value,
        tx.now,
        failure,
    )
    return done != "UPDATE 0"


async def wait(tx: Tx, notice: UUID, fence: int, failure: str, not_before: datetime) -> bool:
    """Puts a notice that was certainly not taken back to wait. False as for `end`."""
    done: str = await tx.db.execute(
        "UPDATE outbox SET state = 'waiting', lease_until = NULL, failure = $3, not_before = $4 "
        "WHERE id = $1 AND fence = $2 AND state = 'sending'",
        notice,
        fence,
        failure,
        not_before,
    )
    return done != "UPDATE 0"


async def ask_later(tx: Tx, notice: UUID, fence: int, failure: str, lease_until: datetime) -> bool:
    """Leaves a notice of which nobody knows yet whether it was taken, to be asked about when the lease ends."""
    done: str = await tx.db.execute(
        "UPDATE outbox SET lease_until = $4, failure = $3 WHERE id = $1 AND fence = $2 AND state = 'sending'",
        notice,
        fence,
        failure,
        lease_until,
    )
    return done != "UPDATE 0"


async def forget_addresses(tx: Tx, before: datetime) -> None:
    """Removes the addresses of notices that ended before then; that they were sent stays."""
    await tx.db.execute("UPDATE outbox SET address = NULL WHERE address IS NOT NULL AND ended_at < $1", before)


_SHOWN: Final = (
    'SELECT id, what, which, state, address AS "to", person_id, is_example, transport, attempts, queued_at, '
    "CASE state WHEN 'waiting' THEN not_before END AS next_attempt_at, ended_at, failure, coalesce(again, 0) AS again FROM outbox "
)


async def find(db: Db, notice: UUID) -> NoticeView:
    """One notice. Raises NotFound."""
    row = await db.fetchrow(_SHOWN + "WHERE id = $1", notice)
    if row is None:
        raise NotFound("notice", "There is no such notice in the outbox.")
    return _shown(row)


async def send_again(tx: Tx, notice: UUID) -> bool:
    """Puts a notice that failed or is uncertain back to wait, as if it had never been tried. False: it is neither now."""
    done: bool = await tx.db.fetchval("SELECT send_again($1, $2)", notice, tx.now)
    return done


async def page_of(
    db: Db, state: NoticeState | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[NoticeView]:
    """Notices, the newest first."""
    at, earlier = before or (None, None)
    rows = await db.fetch(
        _SHOWN
        + "WHERE ($1::text IS NULL OR state = $1) AND ($2::timestamptz IS NULL OR (queued_at, id) < ($2, $3::uuid)) "
        "ORDER BY queued_at DESC, id DESC LIMIT $4",
        state,
        at,
        earlier,
        limit,
    )
    return [_shown(row) for row in rows]


def _shown(row: asyncpg.Record) -> NoticeView:
    return NoticeView(**{**dict(row), "what": Notice(row["what"]), "state": NoticeState(row["state"])})
