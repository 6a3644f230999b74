"""What PostgreSQL refuses by itself, to whoever reaches past the gate: the service's own role, the tables' owner, an administrator."""

import asyncpg
import pytest

from tests.database import Database
from tests.grants.store.record import Record, connected, refused, state_of, unrecorded

APPEND_ONLY = [
    "entry",
    "journal",
    "return_event",
    "award_terms",
    "payment",
    "workbook",
    "spend_line",
    "forecast",
    "report_file",
    "report_piece",
    "evidence_content",
]
KEPT = [*APPEND_ONLY, "evidence_file", "virus_scan", "decision", "award", "spend_return", "return_version", "person", "recipient", "funding_line", "position", "award_cover", "ledger_head", "journal_head"]  # fmt: skip


@pytest.mark.parametrize("who", ["owner", "administrator"])
@pytest.mark.parametrize("table", KEPT)
async def test_records_cannot_be_removed_even_by_their_owner(settled: Database, table: str, who: str) -> None:
    async with connected(settled.owner_dsn if who == "owner" else settled.admin_dsn) as connection:
        for attempt in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE", f"DELETE FROM {table} WHERE false"):
            error = await refused(connection.execute(attempt))
            assert isinstance(error, asyncpg.InsufficientPrivilegeError)
            assert "never changed or removed" in str(error)


@pytest.mark.parametrize("who", ["owner", "administrator"])
@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_records_cannot_be_changed_even_by_their_owner(settled: Database, table: str, who: str) -> None:
    async with connected(settled.owner_dsn if who == "owner" else settled.admin_dsn) as connection:
        column = await connection.fetchval(
            "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND is_identity = 'NO' ORDER BY ordinal_position LIMIT 1",
            table,
        )
        for attempt in (
            f"UPDATE {table} SET {column} = {column}",
            f"UPDATE {table} SET {column} = {column} WHERE false",
        ):
            error = await refused(connection.execute(attempt))
            assert "never changed or removed" in str(error)


@pytest.mark.parametrize(
    "attempt",
    [
        "INSERT INTO entry SELECT * FROM entry WHERE number = 1 ON CONFLICT (number) DO UPDATE SET pence = 1",
        "MERGE INTO entry USING (SELECT 1 AS n) s ON number = s.n WHEN MATCHED THEN UPDATE SET pence = 1",
        "MERGE INTO entry USING (SELECT 1 AS n) s ON number = s.n WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM entry RETURNING *) SELECT count(*) FROM gone",
        "TRUNCATE person CASCADE",
        "TRUNCATE recipient, award CASCADE",
    ],
)
async def test_roundabout_ways_are_closed_too(settled: Database, attempt: str) -> None:
    async with connected(settled.owner_dsn) as owner:
        before = await state_of(owner)
        assert "never changed or removed" in str(await refused(owner.execute(attempt)))
        assert await state_of(owner) == before


NOT_FOR_THE_SERVICE = [
    *(f"DELETE FROM {table}" for table in KEPT),
    *(f"TRUNCATE {table}" for table in KEPT),
    *(f"UPDATE {table} SET {column} = {column}" for table, column in [("entry", "pence"), ("journal", "deed"), ("payment", "pence"), ("workbook", "content"), ("award_terms", "terms")]),
    "UPDATE position SET balance_pence = 0", "UPDATE award_cover SET spent_pence = 0", "UPDATE ledger_head SET last_no = 0",
    "UPDATE journal_head SET last_no = 0", "UPDATE return_problem SET message = ''", "UPDATE alembic_version SET version_num = ''",
    "INSERT INTO position VALUES ('line:X1:2025-26', 'rdel_admin', 'line', 'X1', '2025-26', 5, 5)",
    "INSERT INTO award_cover VALUES ('AW-9', 'rdel_admin', 5, 0)", "INSERT INTO ledger_head VALUES (false, 0)",
    "SELECT position_moves('line:TOEX:2025-26', 'source', 'rdel_programme', 5)", "SELECT cover_moves('spent:AW-1:2025-26', 'held:AW-1', 'rdel_programme', -5)",
    "CREATE TABLE mine ()", "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE SCHEMA mine",
    "ALTER TABLE entry DISABLE TRIGGER ALL", "ALTER TABLE entry DISABLE TRIGGER kept", "DROP TRIGGER kept ON entry", "DROP TABLE entry",
    "ALTER TABLE entry DROP CONSTRAINT amount_in_range", "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE RULE away AS ON INSERT TO entry DO INSTEAD NOTHING", "CREATE TRIGGER mine BEFORE INSERT ON entry EXECUTE FUNCTION refuse_change()",
    "ALTER ROLE tallystick_service SUPERUSER", "COPY entry TO PROGRAM 'true'",
]  # fmt: skip


@pytest.mark.parametrize("attempt", NOT_FOR_THE_SERVICE)
async def test_the_services_role_may_not(settled: Database, attempt: str) -> None:
    async with connected(settled.service_dsn, service=True) as service:
        assert isinstance(await refused(service.execute(attempt)), asyncpg.InsufficientPrivilegeError)


async def test_the_services_role_owns_nothing_and_has_no_powers(settled: Database) -> None:
    async with connected(settled.service_dsn, service=True) as service:
        owned = "SELECT count(*) FROM {} WHERE {} = 'tallystick_service'::regrole"
        for catalogue, column in (("pg_class", "relowner"), ("pg_proc", "proowner"), ("pg_namespace", "nspowner"), ("pg_type", "typowner"), ("pg_database", "datdba")):  # fmt: skip
            assert await service.fetchval(owned.format(catalogue, column)) == 0
        powers = await service.fetchrow(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = 'tallystick_service'"
        )
        assert powers is not None
        assert not any(powers)
        assert not await service.fetchval("SELECT has_schema_privilege('tallystick_service', 'public', 'CREATE')")


DECIDED = [
    {"decided_by": "NULL"},
    {"decided_at": "NULL"},
    {"state": "'proposed'"},
    {"state": "'perhaps'"},
    {"kind": "'steal'"},
    {"decided_by": "proposed_by"},
]


@pytest.mark.parametrize("forged", DECIDED, ids=str)
async def test_a_decision_is_whole_and_made_by_two(settled: Database, forged: dict[str, str]) -> None:
    async with connected(settled.service_dsn, service=True) as service:
        columns = [
            "kind", "state", "programme", "subject", "terms", "reason", "proposed_by", "proposed_at", "decided_by", "decided_at", "is_example"
        ]  # fmt: skip
        values = ", ".join(forged.get(column, column) for column in columns)
        copied = (
            f"INSERT INTO decision (id, {', '.join(columns)}) SELECT gen_random_uuid(), {values} FROM decision LIMIT 1"
        )
        error = await refused(service.execute(copied))
        assert isinstance(error, asyncpg.CheckViolationError)


async def test_what_was_proposed_and_decided_stands(record: Record, fresh_database: Database) -> None:
    async with record.gate.deed(record.lead) as tx:
        await record.decided(tx, state="proposed")
        await unrecorded(tx)
    async with connected(fresh_database.service_dsn, service=True) as service:
        person = "(SELECT id FROM person WHERE id <> d.proposed_by)"
        for column, value in {
            "terms": "'{\"pence\": 1}'", "kind": "'reduce'", "subject": "'CAID'", "reason": "'Other'", "proposed_by": person, "id": "gen_random_uuid()",
            "is_example": "true", "proposed_at": "now()", "recipient_id": "'E23000005'",
        }.items():  # fmt: skip
            assert "decided once" in str(await refused(service.execute(f"UPDATE decision d SET {column} = {value}")))
        decide = f"UPDATE decision d SET state = 'approved', decided_by = {person}, decided_at = now()"
        await service.execute(f"BEGIN; {decide}; SELECT set_config('tallystick.rows', '', true); COMMIT")
        for again in (
            decide,
            "UPDATE decision SET state = 'declined'",
            "UPDATE decision SET decision_reason = 'Other'",
        ):
            assert "decided once" in str(await refused(service.execute(again)))


async def test_a_forged_journal_number_is_not_taken(settled: Database) -> None:
    async with connected(settled.service_dsn, service=True) as service:
        head = await service.fetchval("SELECT last_no FROM journal_head")
        forge = (
            "INSERT INTO journal (number, at, person_id, deed, subject_kind, subject, request_id, salt, leaf) "
            "SELECT $1, now(), id, 'd', 'k', 's', '', '', '' FROM person LIMIT 1 ON CONFLICT DO NOTHING RETURNING number"
        )
        for number in (0, 1, head, head + 2, 999):
            assert "out of order" in str(await refused(service.fetchval(forge, number)))
        assert await service.fetchval("SELECT last_no FROM journal_head") == head


async def test_a_line_names_a_version_that_exists(settled: Database) -> None:
    line = (
        "INSERT INTO spend_line (version_id, row, sheet, cell, reference, category, description, payee, spent_on, budget_kind, "
        "net_pence, vat_pence, accrual, evidence, fingerprint) VALUES (999999, 6, 'Spend', 'G6', '', 'ict', '', '', '2025-07-01', "
        "'rdel_programme', 1, 0, false, '', 1)"
    )
    for dsn, service in ((settled.owner_dsn, False), (settled.service_dsn, True)):
        async with connected(dsn, service=service) as connection:
            assert isinstance(await refused(connection.execute(line)), asyncpg.ForeignKeyViolationError)
