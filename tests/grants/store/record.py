"""A record to test against: two people, two funding lines, two awards with a return each, and whatever is posted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from grants.actions.people import OPERATOR
from grants.domain.access import OF_RECIPIENTS, Actor, Deed, Grant, Role
from grants.domain.awards import CostCategory
from grants.domain.ledger import Move, MoveKind, account_named
from grants.domain.plan import BudgetKind
from grants.store import journal, ledger, tables
from grants.store.ledger import Cause, Posted
from grants.store.migrate import SERVICE_ROLE
from grants.store.row_security import BEGIN, Way, told_of
from grants.store.transaction import Gate, Tx
from tests.database import Database, looking

RDEL, CDEL = BudgetKind.RDEL_PROGRAMME, BudgetKind.CDEL_PROGRAMME
TODAY = date(2025, 5, 1)
AWARDS = ("AW-1", "AW-2")
LINES = ("TOEX", "CAID")
EVERYWHERE = tuple(Grant(role) for role in Role if role not in OF_RECIPIENTS)
"""The store asks nobody what they may do, but PostgreSQL asks everybody what they may see."""


def move(kind: str, source: str, target: str, pence: int, budget: BudgetKind = RDEL) -> Move:
    """A move by the names of its accounts; spend is for travel."""
    category = CostCategory.TRAVEL if kind == MoveKind.SPEND else None
    return Move(MoveKind(kind), account_named(source), account_named(target), pence, budget, TODAY, category)


@dataclass
class Record:
    """A gate with its database behind it, and what every deed needs."""

    gate: Gate
    lead: Actor
    approver: Actor
    versions: dict[str, int] = field(default_factory=dict)

    async def decided(self, tx: Tx, *, state: str = "approved") -> Cause:
        """A decision that one person proposed and another approved, or has yet to."""
        done = state != "proposed"
        row = tables.Decision(
            kind="allocate", state=state, programme="PROG", subject="TOEX", terms={}, reason="Needed", proposed_by=self.lead.id,
            proposed_at=tx.now, decided_by=self.approver.id if done else None, decided_at=tx.now if done else None,
        )  # fmt: skip
        await tx.add(row)
        return Cause(decision_id=row.id)

    async def cause(self, tx: Tx, first: Move) -> Cause:
        """What may cause such a move."""
        if first.kind is not MoveKind.SPEND:
            return await self.decided(tx)
        return Cause(return_version=self.versions[next(a.owner for a in (first.source, first.target) if a.owner)])

    async def post(self, *moves: Move) -> Posted:
        """Posts in a deed of its own."""
        async with self.gate.deed(self.approver) as tx:
            return await ledger.post(tx, Deed.DECIDE, "decision", "test", await self.cause(tx, moves[0]), moves)

    async def reverse(self, number: int) -> Posted:
        """Posts the mirror of an entry."""
        async with self.gate.deed(self.approver) as tx:
            moves = await ledger.mirrors(tx, [number], TODAY)
            return await ledger.post(tx, Deed.DECIDE, "decision", "test", await self.cause(tx, moves[0]), moves)


LAST = 6
"""The number of the newest entry of a settled record."""


async def settle(record: Record) -> None:
    """Posts a little of everything that a forger could build on."""
    await record.post(move("allocate", "source", "line:TOEX:2025-26", 1000))
    await record.post(move("award", "line:TOEX:2025-26", "award:AW-1:2025-26", 400))
    await record.post(move("pay", "award:AW-1:2025-26", "held:AW-1", 100))
    await record.post(move("spend", "held:AW-1", "spent:AW-1:2025-26", 60))
    await record.post(move("allocate", "source", "line:CAID:2025-26", 50))
    await record.reverse(5)


async def _people(gate: Gate) -> tuple[Actor, Actor]:
    lead, approver = Actor(uuid4(), "Lee Lead", EVERYWHERE), Actor(uuid4(), "Ann Approver", EVERYWHERE)
    async with gate.deed(lead) as tx:
        for person in (lead, approver):
            await tx.add(tables.Person(id=person.id, email=f"{person.id}@example.org", name=person.name))
        await unrecorded(tx)
    return lead, approver


async def unrecorded(tx: Tx) -> None:
    """Lets rows stand that no journal record commits to: the record that tests begin with is empty."""
    await tx.db.execute("SELECT set_config('tallystick.rows', '', true)")


@asynccontextmanager
async def unnoticed(record: Record) -> AsyncIterator[Tx]:
    """A deed that no journal record is asked of."""
    async with record.gate.deed(record.lead) as tx:
        yield tx
        await unrecorded(tx)


async def _plan(tx: Tx) -> None:
    await tx.add(tables.Programme(code="PROG", title="Programme", announced_on=TODAY, source="test"))
    for place, code in enumerate(LINES, start=1):
        await tx.add(
            tables.FundingLine(
                code=code, programme="PROG", title=code, purpose="", announced_pence=0, year="2025-26", year_basis="stated",
                budget_kind=RDEL, source="test", place=place,
            )
        )  # fmt: skip
    await tx.add(tables.Recipient(id="E23000005", name="Force", kind="police", identifiers={}))


async def _return(tx: Tx, award: str, person: UUID, round_id: UUID) -> int:
    await tx.add(
        tables.Award(reference=award, funding_line="TOEX", recipient_id="E23000005", state="active", terms_version=1)
    )
    found = tables.SpendReturn(
        award=award, period="2025-26-Q1", round_id=round_id, due_on=TODAY, state="accepted", version=1
    )
    await tx.add(found)
    version = tables.ReturnVersion(
        return_id=found.id, number=1, state="accepted", filename="a.xlsx", sha256="", size_bytes=1, parser_version="1",
        template_version="1", note="", uploaded_by=person, line_count=0, total_pence=0, totals=[], forecasts=[], header={},
    )  # fmt: skip
    await tx.add(version)
    assert version.id is not None
    return version.id


@asynccontextmanager
async def opened(
    database: Database, *, connections: int = 8, clock: Callable[[], datetime] | None = None
) -> AsyncIterator[Record]:
    """The record of a fresh database."""
    gate = await Gate.open(database.service_dsn, connections=connections, clock=clock or (lambda: datetime.now(UTC)))
    try:
        lead, approver = await _people(gate)
        record = Record(gate, lead, approver)
        async with gate.deed(lead) as tx:
            await _plan(tx)
            collected = tables.CollectionRound(
                programme="PROG", period="2025-26-Q1", frequency="quarterly", opens_on=TODAY, due_on=TODAY, state="open"
            )
            await tx.add(collected)
            for award in AWARDS:
                record.versions[award] = await _return(tx, award, lead.id, collected.id)
            await unrecorded(tx)
        yield record
    finally:
        await gate.close()


@asynccontextmanager
async def connected(
    dsn: str, *, service: bool = False, actor: Actor = OPERATOR
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A bare connection; where asked as the service's own role, which tells for whom it acts."""
    connection = await asyncpg.connect(dsn)
    try:
        if service:
            await connection.execute(f"SET ROLE {SERVICE_ROLE}")
            for_the_session = BEGIN.replace(", true)", ", false)")
            await connection.execute(for_the_session, *astuple(told_of(actor)), Way.KNOWN)
        yield connection
    finally:
        await connection.close()


async def refused(attempt: Awaitable[object]) -> asyncpg.PostgresError:
    """The error that PostgreSQL answers with; fails where it does not."""
    try:
        await attempt
    except asyncpg.PostgresError as error:
        return error
    raise AssertionError("PostgreSQL let it happen")


async def state_of(connection: "asyncpg.Connection[asyncpg.Record]") -> list[list[tuple[Any, ...]]]:
    """Everything that a forger would want to change; the journal's and the decisions' growth comes last."""
    tables = ("entry", "position", "award_cover", "ledger_head", "journal", "journal_head", "decision")
    return [[tuple(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in tables]


async def deeds(record: Record) -> int:
    """How many deeds are on the record: each writes the journal once."""
    async with looking(record.gate) as db:
        found: int = await db.fetchval("SELECT count(*) FROM journal")
        assert found == await db.fetchval("SELECT last_no FROM journal_head")
    return found


async def write(tx: Tx) -> int:
    """Writes once by each of the two ways that a deed has."""
    await tx.add(tables.Recipient(id=f"R-{uuid4()}", name="R", kind="council", identifiers={}))
    return await journal.record(tx, "deed", "test", "test")


async def recipients(record: Record) -> int:
    async with looking(record.gate) as db:
        found: int = await db.fetchval("SELECT count(*) - 1 FROM recipient")
    return found


class Stop(Exception):
    """Something goes wrong in the middle of a deed."""
