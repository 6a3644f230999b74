"""Notices of reports: queued with what they tell of, and looked at again before they are sent."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from grants.domain.access import Role
from grants.domain.notices import OF_REPORTS, AboutRun, Notice
from grants.store.report_claims import MAX_ATTEMPTS
from grants.store.reports import run
from grants.store.transaction import Db, Tx


async def queue(tx: Tx, notice: Notice, run_id: UUID, which: str = "") -> int:
    """Queues a notice of a run, once for each person: of a report that is there its schedule's receivers, of a failure those
    who look after the service. How many were not there yet.
    """
    roles = [role.value for role in OF_REPORTS[notice]]
    queued: int = await tx.db.fetchval(
        "SELECT queue_report_notices($1, $2, $3, $4::text[], $5)", notice.value, run_id, which, roles, tx.now
    )
    return queued


async def by_address(db: Db, addresses: Sequence[str]) -> dict[str, UUID]:
    """People by their addresses, in lower case."""
    rows = await db.fetch("SELECT email, id FROM person WHERE email = ANY ($1::text[])", list(addresses))
    return {row["email"]: row["id"] for row in rows}


async def held_over(
    db: Db,
    people: Sequence[UUID],
    programme: str | None,
    roles: Iterable[Role],
    over_all: Iterable[Role] | None,
    *,
    with_examples: bool,
) -> frozenset[UUID]:
    """Who of the people is active and holds one of the roles over a programme, or over all of them where none is named; and
    one of `over_all` over all programmes.
    """
    rows = await db.fetch(
        "SELECT held_over($1::uuid[], $2, $3::text[], $4::text[], $5) AS id",
        list(people),
        programme,
        [role.value for role in roles],
        None if over_all is None else [role.value for role in over_all],
        with_examples,
    )
    return frozenset(row["id"] for row in rows)


async def about_run(db: Db, run_id: UUID) -> AboutRun | None:
    """What a notice may tell of a run."""
    found = await run(db, run_id)
    if found is None:
        return None
    failure = await db.fetchval(
        "SELECT failure FROM report_attempt WHERE run_id = $1 AND failure IS NOT NULL ORDER BY number DESC LIMIT 1",
        run_id,
    )
    given_up = found.state == "failed" and found.attempts >= MAX_ATTEMPTS
    return AboutRun(
        found.id,
        found.report,
        found.period,
        found.filters.programme,
        found.is_example,
        found.state,
        failure,
        given_up,
    )


async def is_receiver(db: Db, run_id: UUID, person: UUID) -> bool:
    """Whether the run's schedule names somebody, now."""
    named: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM report_run r JOIN report_schedule s ON s.id = r.schedule_id WHERE r.id = $1 AND $2 = ANY (s.receivers))",
        run_id,
        person,
    )
    return named
