"""Migrations: from nothing to the newest schema is what the tables say, once, whoever runs them and however often."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from grants.domain.errors import TallystickError
from grants.store import migrate, tables
from tests.database import Database, DatabaseServer, looking
from tests.grants.store.record import Record, connected, unnoticed

CATALOGUE = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 't'""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
GUARDS = """
    SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function ' || proname, pg_get_functiondef(oid) || coalesce(proacl::text, '') FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'rights ' || relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"""


async def catalogue(dsn: str, queries: dict[str, str]) -> dict[str, set[tuple[Any, ...]]]:
    """What PostgreSQL itself says of a schema; Alembic's own table is left out."""
    async with connected(dsn) as connection:
        found = {name: {tuple(row) for row in await connection.fetch(sql)} for name, sql in queries.items()}
    return {name: {row for row in rows if "alembic_version" not in str(row[0])} for name, rows in found.items()}


async def upgrade(dsn: str) -> None:
    await asyncio.to_thread(migrate.upgrade, dsn)


async def test_the_migrations_come_to_exactly_the_tables(database_server: DatabaseServer) -> None:
    """Alembic's comparison looks past CHECK constraints: PostgreSQL's own catalogue does not."""
    with database_server.fresh() as migrated, database_server.fresh(migrated=False) as made:
        engine = create_async_engine(migrate.engine_url(made.owner_dsn), poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all)
        await engine.dispose()
        ours, theirs = await catalogue(migrated.owner_dsn, CATALOGUE), await catalogue(made.owner_dsn, CATALOGUE)
        for name in CATALOGUE:
            assert ours[name] == theirs[name]
        assert len(ours["columns"]) > 150


async def test_alembic_finds_nothing_left_to_do(fresh_database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    engine = create_async_engine(migrate.engine_url(fresh_database.owner_dsn), poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()
    assert await migrate.is_newest(fresh_database.owner_dsn)


async def test_running_again_changes_nothing(record: Record, fresh_database: Database) -> None:
    queries = {**CATALOGUE, "guards": GUARDS, "people": "SELECT * FROM person", "heads": "SELECT * FROM journal_head"}
    before = await catalogue(fresh_database.owner_dsn, queries)
    assert len(before["guards"]) > 40
    for _ in range(2):
        await upgrade(fresh_database.owner_dsn)
    assert await catalogue(fresh_database.owner_dsn, queries) == before
    assert record.versions


async def test_five_migrations_at_once_are_one(database_server: DatabaseServer) -> None:
    with database_server.fresh(migrated=False) as empty, database_server.fresh() as usual:
        with ThreadPoolExecutor(5) as pool:
            for done in [pool.submit(migrate.upgrade, empty.owner_dsn) for _ in range(5)]:
                done.result()
        assert {name.split()[1] for name, _ in await guards(empty)} == {
            name.split()[1] for name, _ in await guards(usual)
        }
        async with connected(empty.owner_dsn) as owner:
            assert await owner.fetch("SELECT version_num FROM alembic_version") == [(migrate.newest(),)]
            assert await owner.fetchval("SELECT count(*) FROM ledger_head") == 1


async def guards(database: Database) -> set[tuple[Any, ...]]:
    return (await catalogue(database.owner_dsn, {"guards": GUARDS}))["guards"]


async def test_a_migration_that_fails_leaves_nothing_half_done(database_server: DatabaseServer) -> None:
    with database_server.fresh(migrated=False) as empty:
        async with connected(empty.owner_dsn) as owner:
            await owner.execute(
                "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
            )
            with pytest.raises(DBAPIError):
                await upgrade(empty.owner_dsn)
            assert await owner.fetch("SELECT FROM pg_tables WHERE schemaname = 'public'") == []
            await owner.execute("DROP FUNCTION refuse_change()")
            await upgrade(empty.owner_dsn)
            assert await owner.fetchval("SELECT version_num FROM alembic_version") == migrate.newest()


async def test_the_owner_of_the_tables_need_not_be_the_service(database_server: DatabaseServer) -> None:
    with database_server.fresh(migrated=False) as empty:
        member = "SELECT pg_has_role(current_user, 'tallystick_service', 'MEMBER')"
        for _ in range(2):
            await upgrade(empty.owner_dsn)
        async with connected(empty.owner_dsn) as owner:
            assert not await owner.fetchval(member)
        async with connected(empty.service_dsn, service=True) as service:
            assert await service.fetchval("SELECT count(*) FROM entry") == 0


async def test_every_table_that_holds_a_record_is_guarded(fresh_database: Database) -> None:
    """A table that a later migration adds must say whether it may be emptied; these may."""
    free = {
        "alembic_version",
        "idempotent_answer",
        "sign_in_try",
        "provider_flow",
        "request_budget",
        "kept_form",
        "form_answer",
    }
    async with connected(fresh_database.owner_dsn) as owner:
        rows = await owner.fetch(
            "SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT EXISTS "
            "(SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'kept')"
        )
    assert {row["relname"] for row in rows} == free


@pytest.mark.parametrize("dsn", ["mysql://localhost/x", "sqlite:///x"])
def test_another_engine_is_refused_in_a_sentence(dsn: str) -> None:
    with pytest.raises(migrate.MigrationFailed, match="postgresql://"):
        migrate.upgrade(dsn)


UNCHECKED: dict[str, tuple[type[SQLModel], dict[str, Any]]] = {
    "an email in capitals": (tables.Person, {"email": "A@B.ORG", "name": "x"}),
    "a role that nobody has": (tables.RoleGrant, {"role": "king"}),
    "a role given to oneself": (tables.RoleGrant, {"role": "auditor", "granted_by": "self"}),
    "a kind of recipient that is none": (tables.Recipient, {"id": "R-1", "name": "x", "kind": "friend", "identifiers": {}}),
    "an award in no state": (tables.Award, {"reference": "AW-9", "funding_line": "TOEX", "recipient_id": "E23000005", "state": "nice", "terms_version": 1}),
    "an award of no line": (tables.Award, {"reference": "AW-9", "funding_line": "NONE", "recipient_id": "E23000005", "state": "active", "terms_version": 1}),
    "a round in no state": (tables.CollectionRound, {"programme": "PROG", "period": "2025-26-Q2", "frequency": "quarterly", "state": "ajar"}),
    "a round of no frequency": (tables.CollectionRound, {"programme": "PROG", "period": "2025-26-Q2", "frequency": "daily", "state": "open"}),
    "pence announced below zero": (tables.FundingLine, {"code": "NEW", "announced_pence": -1}),
    "a year neither stated nor assumed": (tables.FundingLine, {"code": "NEW", "year_basis": "guessed"}),
    "a budget kind that is none": (tables.FundingLine, {"code": "NEW", "budget_kind": "rdel"}),
    "pence that are no number": (tables.FundingLine, {"code": "NEW", "announced_pence": "junk"}),
    "pence with a part": (tables.FundingLine, {"code": "NEW", "announced_pence": 10.5}),
    "true for a penny": (tables.FundingLine, {"code": "NEW", "announced_pence": True}),
    "nothing where words must be": (tables.FundingLine, {"code": "NEW", "title": None}),
    "a rating in a colour of its own": (tables.Milestone, {"code": "M1", "programme": "PROG", "title": "x", "rag": "pink", "comment": ""}),
    "a schedule in no state": (tables.ReportSchedule, {"report": "r", "title": "t", "filters": {}, "formats": [], "rule": {}, "state": "asleep"}),
}  # fmt: skip
LINE = {
    "programme": "PROG", "title": "New", "purpose": "", "announced_pence": 0, "year": "2025-26", "year_basis": "stated", "budget_kind": "rdel_programme",
    "source": "test", "place": 9,
}  # fmt: skip


@pytest.mark.parametrize(("table", "given"), UNCHECKED.values(), ids=UNCHECKED.keys())
async def test_what_sqlmodel_lets_through_the_database_refuses(
    record: Record, table: type[SQLModel], given: dict[str, Any]
) -> None:
    """`table=True` classes validate nothing: these are made without a murmur."""
    filled = dict(given)
    if table is tables.FundingLine:
        filled = LINE | filled
    elif table is tables.RoleGrant:
        filled |= {"person_id": record.lead.id}
        filled["granted_by"] = record.lead.id if given.get("granted_by") else None
    elif table is tables.CollectionRound:
        filled |= {"opens_on": record.gate.clock().date(), "due_on": record.gate.clock().date()}
    elif table is tables.ReportSchedule:
        filled |= {"starts_on": record.gate.clock().date(), "created_by": record.lead.id}
    row = table(**filled)
    with pytest.raises((asyncpg.PostgresError, TallystickError, StatementError)):
        async with unnoticed(record) as tx:
            await tx.add(row)
    async with looking(record.gate) as db:
        assert await db.fetchval("SELECT count(*) FROM funding_line") == 2
        assert await db.fetchval("SELECT count(*) FROM person") == 2


RETURNS = {
    "certified by its preparer": "UPDATE return_version SET certified_by = uploaded_by",
    "a version in no state": "UPDATE return_version SET state = 'fine'",
    "a return in no state": "UPDATE spend_return SET state = 'fine'",
    "a return a second time": (
        "INSERT INTO spend_return (id, award, period, round_id, due_on, state, version, is_example) "
        "SELECT gen_random_uuid(), award, period, round_id, due_on, state, version, false FROM spend_return LIMIT 1"
    ),
    "a line without its version": (
        "INSERT INTO spend_line (row, sheet, cell, reference, category, description, payee, spent_on, budget_kind, net_pence, vat_pence, accrual, evidence, fingerprint) "
        "VALUES (1, 'Spend', 'G1', '', 'ict', '', '', '2025-05-01', 'rdel_programme', 1, 0, false, '', 0)"
    ),
    "a reason for an error": (
        "INSERT INTO return_problem (version_id, number, code, severity, sheet, cell, value, message, reason) "
        "VALUES (1, 1, 'c', 'error', 's', '', '', 'm', 'because')"
    ),
}


@pytest.mark.parametrize("attempt", RETURNS.values(), ids=RETURNS.keys())
async def test_a_return_is_what_its_constraints_say(record: Record, attempt: str) -> None:
    with pytest.raises((asyncpg.PostgresError, TallystickError)):
        async with unnoticed(record) as tx:
            await tx.db.execute(attempt)


async def test_a_line_takes_the_version_that_its_transaction_names_and_no_other(record: Record) -> None:
    insert = (
        "INSERT INTO spend_line (row, sheet, cell, reference, category, description, payee, spent_on, budget_kind, net_pence, vat_pence, accrual, evidence, fingerprint) "
        "VALUES (1, 'Spend', 'G1', '', 'ict', '', '', '2025-05-01', 'rdel_programme', 1, 0, false, '', 0) RETURNING version_id"
    )
    async with record.gate.deed(record.lead) as tx:
        await tx.db.execute("SELECT set_config('tallystick.version_id', '2', true)")
        assert await tx.db.fetchval(insert) == 2
