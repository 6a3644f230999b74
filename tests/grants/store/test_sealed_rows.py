"""What a deed writes is in its record: every row of every covered table, whoever writes it and however; and nothing unnoticed."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from grants.actions.people import OPERATOR
from grants.actions.proof import Findings, verify
from grants.domain.access import Actor, Deed, Grant, Role
from grants.domain.leaves import Leaf, leaf_of, read_leaf, text_of
from grants.store import journal, migrate, sealed_rows, tables
from grants.store.migrate import MIGRATIONS
from grants.store.transaction import Gate, View
from tests.database import Database, DatabaseServer
from tests.grants.store.record import Record, connected, refused

TRIGGERS = """
SELECT c.relname, encode(t.tgargs, 'escape') AS args, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE p.proname = $1
"""


@pytest.fixture
async def owner(fresh_database: Database) -> AsyncIterator[Any]:
    async with connected(fresh_database.owner_dsn) as connection:
        yield connection


async def found(dsn: str) -> Findings:
    async with connected(dsn) as db:
        await db.execute("SET timezone = 'UTC'")
        async with db.transaction(isolation="repeatable_read", readonly=True):
            return await verify(View(OPERATOR, db, datetime.now(UTC)))


async def leaves(owner: Any) -> list[Leaf]:
    return [
        leaf for row in await owner.fetch("SELECT leaf FROM journal ORDER BY number") if (leaf := read_leaf(row[0]))
    ]


def rows(leaf: Leaf) -> set[str]:
    return set(leaf.rows) if isinstance(leaf.rows, dict) else set()


def test_every_table_says_whether_it_is_covered() -> None:
    assert sealed_rows.COVERED.keys() | sealed_rows.NOT_COVERED.keys() == set(SQLModel.metadata.tables)
    assert not sealed_rows.COVERED.keys() & sealed_rows.NOT_COVERED.keys()


async def test_the_triggers_are_those_of_the_tables_that_are_said_to_be_covered(owner: Any) -> None:
    said = {(name, f"{','.join(one.key)}\\000{','.join(one.hidden)}\\000") for name, one in sealed_rows.ROWS.items()}
    written = await owner.fetch(TRIGGERS, "rows_written")
    for name in ("added", "changed"):
        assert {(row["relname"], row["args"]) for row in written if row["tgname"] == name} == said
    problems = await owner.fetch(TRIGGERS, "problems_written")
    assert {(row["relname"], row["tgname"]) for row in problems} == {
        (sealed_rows.PROBLEMS, name) for name in ("added", "changed")
    }
    recorded = await owner.fetch(TRIGGERS, "rows_recorded")
    assert {row["relname"] for row in recorded} == {*sealed_rows.ROWS, sealed_rows.PROBLEMS}


async def test_a_key_names_nobody_and_each_row_once(owner: Any) -> None:
    for table, sealed in sealed_rows.ROWS.items():
        key = await owner.fetch(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
            "WHERE i.indrelid = $1::text::regclass AND i.indisprimary",
            table,
        )
        assert {row[0] for row in key} == set(sealed.key)
        assert not {"email", "name"} & set(sealed.key)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE award SET state = 'closed' WHERE reference = 'AW-1'",
        "INSERT INTO recipient (id, name, kind, identifiers, is_example) VALUES ('R-1', 'R', 'council', '{}', false)",
        "UPDATE return_version SET filename = 'other.xlsx', lease_until = now()",
        "INSERT INTO return_problem (version_id, number, code, severity, sheet, cell, value, message) VALUES (1, 1, 'c', 'error', 's', '', '', 'm')",
    ],
)  # fmt: skip
@pytest.mark.parametrize("who", ["owner_dsn", "admin_dsn"])
async def test_a_row_that_is_written_without_a_record_is_refused_whoever_writes_it(
    record: Record, fresh_database: Database, change: str, who: str
) -> None:
    before = await found(fresh_database.owner_dsn)
    async with connected(getattr(fresh_database, who)) as connection:
        error = await refused(connection.execute(change))
    assert isinstance(error, asyncpg.IntegrityConstraintViolationError), error
    assert "no journal record says so" in str(error)
    assert await found(fresh_database.owner_dsn) == before


async def test_a_deed_without_a_record_is_a_fault_of_ours(record: Record) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="no journal record says so"):
        async with record.gate.deed(record.lead) as tx:
            await tx.add(tables.Recipient(id="R-1", name="R", kind="council", identifiers={}))


async def test_what_changes_nothing_that_is_covered_needs_no_record(record: Record) -> None:
    async with record.gate.deed(record.lead) as tx:
        await tx.db.execute("UPDATE award SET state = state")
        await tx.db.execute("UPDATE return_version SET lease_until = now()")


async def test_a_row_is_in_the_record_that_was_the_newest_when_it_was_written(record: Record, owner: Any) -> None:
    async with record.gate.deed(record.lead) as tx:
        await tx.add(tables.Recipient(id="R-1", name="R", kind="council", identifiers={}))
        await journal.record(tx, "deed", "test", "first")
        await tx.add(tables.Recipient(id="R-2", name="R", kind="council", identifiers={}))
        await journal.record(tx, "deed", "test", "second")
        await tx.add(tables.Recipient(id="R-3", name="R", kind="council", identifiers={}))
    first, second = await leaves(owner)
    assert (rows(first), rows(second)) == ({"recipient/R-1", "recipient/R-2"}, {"recipient/R-3"})


async def test_what_is_taken_back_is_in_no_record(record: Record, owner: Any) -> None:
    async with record.gate.deed(record.lead) as tx:
        nested = await tx.session.begin_nested()
        await tx.add(tables.Recipient(id="R-1", name="R", kind="council", identifiers={}))
        await nested.rollback()
        await tx.add(tables.Recipient(id='R "2"\\', name="R", kind="council", identifiers={}))
        await journal.record(tx, "deed", "test", "one")
    (leaf,) = await leaves(owner)
    assert rows(leaf) == {'recipient/R "2"\\'}


async def test_a_row_written_often_is_in_the_record_as_it_was_last(record: Record, fresh_database: Database) -> None:
    async with record.gate.deed(record.lead) as tx:
        await tx.db.execute("UPDATE award SET state = state || ''")
        for state in ("closed", "withdrawn", "closed"):
            await tx.db.execute("UPDATE award SET state = $1 WHERE reference = 'AW-1'", state)
        await journal.record(tx, "deed", "test", "one")
    assert not [fault for fault in (await found(fresh_database.owner_dsn)).faults if "AW-1 of award " in fault]
    async with connected(fresh_database.admin_dsn) as admin:
        await admin.execute("SET session_replication_role = replica; UPDATE award SET state = 'withdrawn'")
    assert [fault for fault in (await found(fresh_database.owner_dsn)).faults if "AW-1 of award " in fault]


async def test_all_problems_of_a_version_are_committed_to_at_once(
    record: Record, fresh_database: Database, owner: Any
) -> None:
    async with record.gate.deed(record.lead) as tx:
        await tx.db.executemany(
            "INSERT INTO return_problem (version_id, number, code, severity, sheet, cell, value, message) VALUES (1, $1, 'c', 'warning', 's', '', '', 'm')",
            [(number,) for number in range(1, 200)],
        )
        await journal.record(tx, "deed", "test", "one")
    async with record.gate.deed(record.lead) as tx:
        await tx.db.execute(
            "UPDATE return_problem SET reason = 'because', reason_by = $1 WHERE number < 9", record.lead.id
        )
        await journal.record(tx, "deed", "test", "two")
    assert [rows(leaf) for leaf in await leaves(owner)] == [{"return_problem/1"}] * 2
    assert not [fault for fault in (await found(fresh_database.owner_dsn)).faults if "problems" in fault]


@pytest.mark.parametrize(
    "setting",
    ["TimeZone = 'Pacific/Chatham'", "DateStyle = 'German'", "IntervalStyle = 'iso_8601'", "extra_float_digits = 0"],
)
async def test_a_row_is_committed_to_the_same_whatever_the_session_is_set_to(
    record: Record, fresh_database: Database, setting: str
) -> None:
    async with record.gate.deed(record.lead) as tx:
        await tx.db.execute(f"SET LOCAL {setting}")
        await tx.add(
            tables.Person(email="zoe@example.org", name="Zoë", created_at=datetime(2025, 6, 30, 23, 30, 0, 123, UTC))
        )
        await tx.db.execute("UPDATE collection_round SET due_on = '2025-07-01'")
        await journal.record(tx, "deed", "test", "one")
    assert [fault for fault in (await found(fresh_database.owner_dsn)).faults if "committed to" in fault] == []


def test_a_record_says_in_which_role() -> None:
    both = Actor(
        OPERATOR.id, "Both", (Grant(Role.APPROVER), Grant(Role.AUDITOR), Grant(Role.AUDITOR, frozenset({"WIDER-CSA"})))
    )
    assert journal.role_of(both, Deed.DECIDE) == "approver"
    assert journal.role_of(both, Deed.SEE_JOURNAL.value) == "auditor"
    assert journal.role_of(both, Deed.SEE_DECISIONS) == "approver, auditor"
    assert journal.role_of(both, Deed.UPLOAD_RETURN) == "approver, auditor"
    assert journal.role_of(both, "seal_rows") == "approver, auditor"
    assert journal.role_of(Actor(OPERATOR.id, "Nobody", ()), Deed.DECIDE) == ""


def to_0006(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "0006")


OLDER = """
INSERT INTO person (id, email, name, active, is_example, created_at) VALUES ('00000000-0000-0000-0000-000000000002', 'o@service.invalid', 'O', true, false, now());
INSERT INTO programme (code, title, announced_on, source) VALUES ('PROG', 'Programme', '2025-05-01', 'test');
"""


async def older(database: Database) -> None:
    """A database as it was before: a journal of version 1, and rows that it does not commit to."""
    engine = create_async_engine(migrate.engine_url(database.owner_dsn), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(to_0006)
    await engine.dispose()
    at, salt = datetime(2025, 6, 1, tzinfo=UTC), bytes(32)
    words = {
        "person": str(OPERATOR.id).encode(),
        "subject": b"plan",
        "before": None,
        "after": None,
        "reason": None,
        "request_id": b"",
    }
    leaf = text_of(leaf_of(1, at, "load_plan", "plan", salt, words, ()))
    async with connected(database.owner_dsn) as owner:
        await owner.execute(OLDER)
        await owner.execute(
            "INSERT INTO journal (number, at, person_id, deed, subject_kind, subject, request_id, salt, leaf) VALUES (1, $1, $2, 'load_plan', 'plan', 'plan', '', $3, $4)",
            at, OPERATOR.id, salt, leaf,
        )  # fmt: skip


async def test_rows_from_before_are_committed_to_by_one_record_of_the_migration(
    database_server: DatabaseServer,
) -> None:
    with database_server.fresh(migrated=False) as database:
        await older(database)
        await asyncio.to_thread(migrate.upgrade, database.owner_dsn)
        findings = await found(database.owner_dsn)
        assert (findings.faults, findings.records, findings.rows) == ((), 2, 2)
        gate = await Gate.open(database.service_dsn, connections=1)
        async with gate.deed(OPERATOR) as tx:
            await journal.record(tx, "deed", "test", "later")
        await gate.close()
        assert (await found(database.owner_dsn)).faults == ()
        async with connected(database.admin_dsn) as admin:
            await admin.execute("SET session_replication_role = replica; UPDATE programme SET title = 'Other'")
        (fault,) = (await found(database.owner_dsn)).faults
        assert re.fullmatch(r"The row PROG of programme is not what journal record 2 committed to\.", fault)
