"""The only commit: all of a deed or nothing, once for each key, whatever is cut off on the way."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from grants.domain.access import Actor
from grants.domain.errors import Conflict, Invalid
from grants.store import journal, tables
from grants.store.ledger import head
from grants.store.transaction import Gate
from tests.database import Database, looking
from tests.grants.store.record import Record, Stop, connected, deeds, move, recipients, unrecorded, write
from tests.patience import SECONDS

ALLOCATE = move("allocate", "source", "line:TOEX:2025-26", 100)


async def test_a_deed_is_kept_whole(record: Record) -> None:
    async with record.gate.deed(record.lead) as tx:
        await write(tx)
    assert (await deeds(record), await recipients(record)) == (1, 1)


@pytest.mark.parametrize("times", [1, 12])
async def test_a_deed_that_fails_leaves_nothing_by_either_way(record: Record, times: int) -> None:
    """More often than there are connections: a used connection must begin anew as a fresh one does."""

    async def fails() -> None:
        async with record.gate.deed(record.lead) as tx:
            assert tx.db.is_in_transaction()
            await journal.record(tx, "deed", "test", "test")
            await write(tx)
            raise Stop

    for _ in range(times):
        with pytest.raises(Stop):
            await fails()
    assert (await deeds(record), await recipients(record)) == (0, 0)


async def test_what_a_deed_writes_is_unseen_until_it_ends(record: Record) -> None:
    async with record.gate.deed(record.lead) as tx:
        await write(tx)
        assert (await deeds(record), await recipients(record)) == (0, 0)
    assert (await deeds(record), await recipients(record)) == (1, 1)


async def test_a_deed_that_is_cancelled_leaves_nothing_and_frees_its_place(record: Record) -> None:
    """Between two statements, more often than there are connections, and in the middle of one."""
    reached = asyncio.Event()

    async def slow(statement: bool) -> None:
        async with record.gate.deed(record.lead) as tx:
            await write(tx)
            reached.set()
            await (tx.db.execute("SELECT pg_sleep(5)") if statement else asyncio.sleep(60))

    for statement in [False] * 10 + [True]:
        reached.clear()
        task = asyncio.create_task(slow(statement))
        await reached.wait()
        await asyncio.sleep(0.2 if statement else 0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await asyncio.wait_for(record.post(ALLOCATE), SECONDS)
    assert (await deeds(record), await recipients(record)) == (1, 0)


async def test_a_deed_whose_connection_is_cut_leaves_nothing_and_the_next_one_works(
    record: Record, fresh_database: Database
) -> None:
    async def is_cut(administrator: "asyncpg.Connection[asyncpg.Record]") -> None:
        async with record.gate.deed(record.lead) as tx:
            await write(tx)
            own = await tx.db.fetchval("SELECT pg_backend_pid()")
            await administrator.execute("SELECT pg_terminate_backend($1)", own)
            await write(tx)

    async with connected(fresh_database.admin_dsn) as administrator:
        for _ in range(3):
            with pytest.raises(
                (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, DBAPIError, OSError)
            ):
                await is_cut(administrator)
            await asyncio.wait_for(record.post(ALLOCATE), SECONDS)
    assert (await deeds(record), await recipients(record)) == (3, 0)


async def test_connections_that_broke_while_idle_cost_nobody_a_deed(record: Record, fresh_database: Database) -> None:
    await asyncio.gather(*(record.post(ALLOCATE) for _ in range(8)), *(deeds(record) for _ in range(8)))
    async with connected(fresh_database.admin_dsn) as administrator:
        cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'tallystick' AND datname = current_database()"
        assert await administrator.fetchval(cut) >= 2
    await asyncio.gather(*(record.post(ALLOCATE) for _ in range(8)))
    assert await deeds(record) == 16


KILLED = """
import asyncio, sys
from uuid import UUID
from grants.domain.access import Actor, Deed
from grants.store import ledger
from grants.store.ledger import Cause
from grants.store.transaction import Gate
from tests.grants.store.record import EVERYWHERE, Record, move

async def main() -> None:
    gate = await Gate.open(sys.argv[1])
    record = Record(gate, Actor(UUID(sys.argv[2]), "Lead", EVERYWHERE), Actor(UUID(sys.argv[3]), "Approver", EVERYWHERE))
    async with gate.deed(record.approver) as tx:
        moves = [move("allocate", "source", "line:TOEX:2025-26", 100)] * 3
        await ledger.post(tx, Deed.DECIDE, "decision", "test", await record.decided(tx), moves)
        print("posted", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_process_killed_before_the_commit_leaves_nothing_and_locks_nobody_out(
    record: Record, fresh_database: Database
) -> None:
    arguments = (fresh_database.service_dsn, str(record.lead.id), str(record.approver.id))
    root = str(Path(__file__).parents[3])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, *arguments, stdout=asyncio.subprocess.PIPE, cwd=root, env={**os.environ, "PYTHONPATH": root}
    )  # fmt: skip
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), SECONDS) == b"posted\n"
    waiting = asyncio.create_task(record.post(ALLOCATE))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    posted = await asyncio.wait_for(waiting, SECONDS)
    assert [entry.number for entry in posted.entries] == [1]
    async with looking(record.gate) as db:
        assert await db.fetchval("SELECT count(*) FROM decision") == 1
        assert (await head(db)).journal_no == await deeds(record) == 1


async def test_reading_is_one_moment_and_changes_nothing(record: Record) -> None:
    async with record.gate.reading(record.lead) as view:
        before = await view.db.fetchval("SELECT count(*) FROM journal")
        async with record.gate.deed(record.lead) as tx:
            await write(tx)
        assert await view.db.fetchval("SELECT count(*) FROM journal") == before
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await view.db.execute("UPDATE person SET name = 'x'")


async def test_every_way_in_is_the_services_role_and_durable(record: Record) -> None:
    settings = "SELECT current_user::text, current_setting('synchronous_commit'), current_setting('timezone')"
    expected = ("tallystick_service", "on", "UTC")
    async with (
        record.gate.deed(record.lead) as tx,
        record.gate.reading(record.lead) as view,
        looking(record.gate) as db,
    ):
        for connection in (tx.db, view.db, db):
            assert tuple(await connection.fetchrow(settings) or ()) == expected


async def test_whoever_the_url_signs_in_as_the_service_is_the_lesser_role(fresh_database: Database) -> None:
    gate = await Gate.open(fresh_database.admin_dsn)
    try:
        async with gate.glance() as db:
            assert await db.fetchval("SELECT current_user::text") == "tallystick_service"
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await db.execute("DELETE FROM entry")
    finally:
        await gate.close()


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", 2**63, -(2**70)])
async def test_a_value_that_cannot_be_kept_is_refused_and_not_repeated(record: Record, value: str | int) -> None:
    sql = "SELECT $1::text" if isinstance(value, str) else "SELECT $1::bigint"
    for way in (record.gate.deed, record.gate.reading):
        with pytest.raises(Invalid) as refused:
            async with way(record.lead) as view:
                await view.db.fetchval(sql, value)
        assert refused.value.__suppress_context__
        assert str(value) not in refused.value.message
    with pytest.raises(Invalid):
        async with looking(record.gate) as db:
            await db.fetchval(sql, value)


async def test_a_limit_of_the_database_is_told_in_words(record: Record) -> None:
    async with record.gate.deed(record.lead) as tx:
        await tx.add(tables.Person(id=uuid4(), email="twice@example.org", name="Once"))
        await unrecorded(tx)
    with pytest.raises(Conflict) as refused:
        async with record.gate.deed(record.lead) as tx:
            await tx.add(tables.Person(id=uuid4(), email="twice@example.org", name="Twice"))
    assert refused.value.code == "exists"
    assert refused.value.facts == {"constraint": "person_email_key"}


async def test_what_is_nobodys_fault_keeps_its_own_name(record: Record) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        async with record.gate.deed(record.lead) as tx:
            await tx.db.execute("SELECT * FROM nowhere")


async def test_two_deeds_that_lock_each_other_out_end_in_one_conflict(record: Record) -> None:
    both = asyncio.Barrier(2)

    async def deed(first: str, second: str) -> None:
        async with record.gate.deed(record.lead) as tx:
            await tx.db.execute("SELECT FROM award WHERE reference = $1 FOR UPDATE", first)
            await both.wait()
            await tx.db.execute("SELECT FROM award WHERE reference = $1 FOR UPDATE", second)

    answers = await asyncio.gather(deed("AW-1", "AW-2"), deed("AW-2", "AW-1"), return_exceptions=True)
    (lost,) = [answer for answer in answers if answer is not None]
    assert isinstance(lost, Conflict)
    assert lost.code == "busy"


async def test_the_clock_is_the_gates_own(fresh_database: Database) -> None:
    instant = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    gate = await Gate.open(fresh_database.service_dsn, clock=lambda: instant)
    try:
        async with gate.deed(Actor(uuid4(), "x", ())) as tx:
            assert tx.now == instant
    finally:
        await gate.close()
