"""PostgreSQL's own row-level security: behind careless code, everybody still sees and writes their own rows alone."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.actions.people import OPERATOR
from grants.domain.access import NOBODY, Actor, Deed, Grant, Role
from grants.store.migrate import SERVICE_ROLE
from grants.store.row_security import told_of
from grants.store.tables import RoleGrant
from grants.store.transaction import Gate
from tests.database import Database, DatabaseServer
from tests.grants.actions import cast
from tests.grants.conftest import elsewhere
from tests.grants.store import sights
from tests.grants.store.record import Stop, connected
from tests.grants.store.sights import LEEDS, LINES, RECIPIENTS, rows_and_scopes, sees

UNGUARDED = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f') AND NOT (
    c.relrowsecurity AND c.relforcerowsecurity AND NOT c.relowner = $1::text::regrole
    AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles = ARRAY[$1::text::regrole::oid] AND p.polcmd = 'r')
    AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles && ARRAY[0::oid])
) ORDER BY 1
"""
SEEING_THROUGH = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
    AND NOT (relkind = 'v' AND coalesce(reloptions, '{}') && ARRAY['security_invoker=true', 'security_invoker=on']) ORDER BY 1
"""
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
OPEN_TO_NOBODY = {"alembic_version", "journal_head", "ledger_head"}


@pytest.fixture(scope="module")
def ground(database_server: DatabaseServer) -> Iterator[Database]:
    """Two programmes, two recipients, an award and an accepted return for each pair. No test changes it."""

    async def filled(database: Database) -> None:
        async with cast.opened(database) as gate:
            await sights.fill(gate)

    with database_server.fresh() as database:
        elsewhere(filled(database))
        yield database


async def test_every_table_is_guarded_and_no_view_sees_through(fresh_database: Database) -> None:
    async with connected(fresh_database.owner_dsn) as owner:
        assert await owner.fetch(UNGUARDED, SERVICE_ROLE) == []
        assert await owner.fetch(SEEING_THROUGH) == []
        await owner.execute(
            "CREATE TABLE bare (n int); CREATE TABLE half (n int); ALTER TABLE half ENABLE ROW LEVEL SECURITY"
        )
        await owner.execute("ALTER TABLE award NO FORCE ROW LEVEL SECURITY; DROP POLICY seen ON entry")
        found = [row["relname"] for row in await owner.fetch(UNGUARDED, SERVICE_ROLE)]
        assert found == ["award", "bare", "entry", "half"]
        await owner.execute("CREATE VIEW plain AS SELECT * FROM award; CREATE MATERIALIZED VIEW kept AS SELECT 1 AS n")
        await owner.execute("CREATE VIEW asking WITH (security_invoker = true) AS SELECT * FROM award")
        assert [row["relname"] for row in await owner.fetch(SEEING_THROUGH)] == ["kept", "plain"]


async def test_who_says_nothing_sees_nothing(ground: Database) -> None:
    connection = await asyncpg.connect(ground.service_dsn)
    try:
        await connection.execute(f"SET ROLE {SERVICE_ROLE}")
        tables = [row["relname"] for row in await connection.fetch(TABLES)]
        shown = {table for table in tables if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")')}
        assert shown == OPEN_TO_NOBODY
    finally:
        await connection.close()


async def test_what_one_transaction_tells_does_not_reach_the_next(ground: Database) -> None:
    gate = await Gate.open(ground.service_dsn, connections=1)
    told = (
        "SELECT coalesce(current_setting('tallystick.person', true), ''), (SELECT count(*) FROM award), is_signing_in()"
    )
    try:
        for fails in (False, True):
            for way in (gate.deed, gate.reading):
                with suppress(Stop):
                    async with way(OPERATOR) as view:
                        assert tuple(await view.db.fetchrow(told) or ()) == (str(OPERATOR.id), 4, False)
                        if fails:
                            raise Stop
            async with gate.signing_in() as tx:
                assert tuple(await tx.db.fetchrow(told) or ()) == (str(NOBODY.id), 0, True)
            async with gate.glance() as db:
                assert tuple(await db.fetchrow(told) or ()) == ("", 0, False)
            async with gate.deed(replace(OPERATOR, grants=())) as tx:
                assert tuple(await tx.db.fetchrow(told) or ()) == (str(OPERATOR.id), 0, False)
    finally:
        await gate.close()


OVER_PROGRAMMES = st.none() | st.frozensets(st.sampled_from([*LINES, "OTHER"]))
OVER_RECIPIENTS = st.none() | st.frozensets(st.sampled_from([*RECIPIENTS, "OTHER"]))
FUNDER = st.builds(
    Grant, st.sampled_from([Role.PROGRAMME_LEAD, Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR]), OVER_PROGRAMMES
)
RECIPIENT = st.builds(Grant, st.sampled_from([Role.FINANCE_OFFICER, Role.CERTIFIER]), OVER_RECIPIENTS)


async def _compare(ground: Database, actors: list[Actor]) -> None:
    gate = await Gate.open(ground.service_dsn, connections=1)
    owner = await asyncpg.connect(ground.owner_dsn)
    try:
        for table, query in rows_and_scopes().items():
            rows = [tuple(row) for row in await owner.fetch(query)]
            assert rows
            for actor in actors:
                expected = {row for row, programme, recipient in rows if sees(actor, table, programme, recipient)}
                async with gate.reading(actor) as view:
                    shown = {row["ctid"] for row in await view.db.fetch(f'SELECT ctid::text FROM "{table}"')}
                assert shown == expected, (table, actor.grants)
    finally:
        await owner.close()
        await gate.close()


@settings(max_examples=15)
@given(grants=st.lists(st.lists(FUNDER | RECIPIENT, max_size=3).map(tuple), min_size=3, max_size=3))
def test_postgresql_shows_what_the_table_of_deeds_says(ground: Database, grants: list[tuple[Grant, ...]]) -> None:
    asyncio.run(_compare(ground, [Actor(uuid4(), "Somebody", held) for held in grants]))


@settings(max_examples=30)
@given(
    names=st.frozensets(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8), max_size=4
    )
)
def test_whatever_something_is_called_postgresql_reads_the_same(ground: Database, names: frozenset[str]) -> None:
    async def read() -> list[str]:
        gate = await Gate.open(ground.service_dsn, connections=1)
        try:
            async with gate.reading(Actor(uuid4(), "x", (Grant(Role.AUDITOR, names),))) as view:
                found: list[str] = await view.db.fetchval("SELECT is_over('programmes')")
                assert not await view.db.fetchval("SELECT is_over_all('programmes')")
                return found
        finally:
            await gate.close()

    assert asyncio.run(read()) == sorted(names)


def test_a_token_for_some_deeds_has_their_powers_alone() -> None:
    both = Actor(uuid4(), "Both", (Grant(Role.ADMINISTRATOR), Grant(Role.AUDITOR)), only=frozenset({Deed.SEE_PLAN}))
    assert told_of(both).powers == '{"see_plan"}'
    assert "manage_people" in told_of(replace(both, only=None)).powers


def _actor(role: Role, *over: str) -> Actor:
    return Actor(uuid4(), role.value, (Grant(role, frozenset(over) or None),))


OFFICER, LEAD, ADMIN = (
    _actor(Role.FINANCE_OFFICER, LEEDS.id),
    _actor(Role.PROGRAMME_LEAD, "WIDER-CSA"),
    _actor(Role.ADMINISTRATOR),
)
NOT_THEIRS = {
    "a version of another's return": (OFFICER, "INSERT INTO return_version (return_id, number, state, filename, sha256, size_bytes, parser_version, "
        "template_version, note, uploaded_by, uploaded_at, line_count, total_pence, totals, forecasts, header) SELECT (current_setting('test.row'))::uuid, 9, "
        "'checking', '', '', 0, '', '', '', id, now(), 0, 0, '[]', '[]', '{}' FROM person LIMIT 1", "SELECT s.id FROM spend_return s JOIN award a ON a.reference = s.award WHERE a.recipient_id <> 'GB-LAE-LDS' LIMIT 1"),
    "lines of another's version": (OFFICER, "INSERT INTO spend_line SELECT current_setting('test.row')::bigint, 99, sheet, cell, reference, category, "
        "description, payee, spent_on, budget_kind, net_pence, vat_pence, accrual, evidence, fingerprint FROM spend_line LIMIT 1",
        "SELECT v.id FROM return_version v JOIN spend_return s ON s.id = v.return_id JOIN award a ON a.reference = s.award WHERE a.recipient_id <> 'GB-LAE-LDS' LIMIT 1"),
    "an award's state by its recipient": (OFFICER, "UPDATE award SET state = 'withdrawn'", "SELECT 1"),
    "a decision by a recipient": (OFFICER, "INSERT INTO decision (id, kind, state, programme, subject, terms, reason, proposed_by, proposed_at, is_example) "
        "SELECT gen_random_uuid(), kind, 'proposed', programme, subject, terms, reason, proposed_by, now(), false FROM decision LIMIT 1", "SELECT 1"),
    "a line of another programme": (LEAD, "INSERT INTO funding_line SELECT 'NEW', 'ACTION-PLAN', title, purpose, 0, year, year_basis, budget_kind, NULL, "
        "source, 99 FROM funding_line LIMIT 1", "SELECT 1"),
    "a line moved out of sight": (LEAD, "UPDATE funding_line SET programme = 'ACTION-PLAN'", "SELECT 1"),
    "an entry of another programme": (LEAD, "INSERT INTO entry SELECT number + 1000, kind, 'source', 'line:LOCAL-INQUIRIES:2025-26', pence, budget_kind, category, "
        "year, effective_on, recorded_at, decision_id, return_version, evidence, NULL, journal_no FROM entry LIMIT 1", "SELECT 1"),
    "a report over all programmes": (LEAD, "UPDATE report_run SET filters = '{}'", "SELECT 1"),
    "a record in another's name": (LEAD, "INSERT INTO journal (number, at, person_id, deed, subject_kind, subject, request_id, salt, leaf) "
        "SELECT journal_queue(), now(), id, 'd', 'k', 's', '', '', '' FROM person LIMIT 1", "SELECT 1"),
    "a person by a lead": (LEAD, "INSERT INTO person (id, email, name, active, is_example, created_at) VALUES (gen_random_uuid(), 'a@b.c', 'A', true, false, now())", "SELECT 1"),
    "a session of another": (LEAD, "INSERT INTO session (id, person_id, sha256, signed_in_by, factors, browser, created_at, seen_at, ends_at) "
        "SELECT gen_random_uuid(), id, 'x', 'password', 1, '', now(), now(), now() FROM person LIMIT 1", "SELECT 1"),
    "a try at signing in": (ADMIN, "INSERT INTO sign_in_try (key, failures, not_before, tried_at) VALUES ('k', 0, now(), now())", "SELECT 1"),
}  # fmt: skip


@pytest.mark.parametrize("what", NOT_THEIRS)
async def test_rows_that_are_not_theirs_are_refused(ground: Database, what: str) -> None:
    actor, attempt, row = NOT_THEIRS[what]
    async with connected(ground.owner_dsn) as owner:
        target = str(await owner.fetchval(row))
    async with connected(ground.service_dsn, service=True, actor=actor) as service:
        await service.execute("SELECT set_config('test.row', $1, false)", target)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await service.execute(attempt)


async def test_rows_out_of_sight_are_not_there_to_be_changed(ground: Database) -> None:
    async with connected(ground.service_dsn, service=True, actor=OFFICER) as service:
        for table, column in (("award", "recipient_id"), ("spend_return", "award")):
            rows = await service.fetch(f"SELECT * FROM {table}")
            assert len(rows) == 2
            assert await service.execute(f"SELECT FROM {table} FOR UPDATE") == "SELECT 2"
            assert {row[column] for row in rows} <= {LEEDS.id, "TOEX", "CAID-LDS"}
        for table in (
            "journal",
            "role_grant",
            "api_token",
            "credential",
            "milestone",
            "report_run",
            "idempotent_answer",
        ):
            assert await service.fetchval(f"SELECT count(*) FROM {table}") == 0
        assert await service.fetchval("SELECT count(*) FROM person") > 0


async def test_nobody_gives_a_role_to_themselves(ground: Database) -> None:
    gate = await Gate.open(ground.service_dsn, connections=1)
    try:
        async with connected(ground.owner_dsn) as owner:
            people = [row["id"] for row in await owner.fetch("SELECT id FROM person ORDER BY id LIMIT 2")]
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with gate.deed(replace(ADMIN, id=people[0])) as tx:
                await tx.add(RoleGrant(person_id=people[0], role="auditor", granted_by=people[1], granted_at=tx.now))
    finally:
        await gate.close()


async def test_signing_in_shows_people_and_no_money_until_it_is_known_who(ground: Database) -> None:
    gate = await Gate.open(ground.service_dsn, connections=1)
    counts = "SELECT (SELECT count(*) FROM person) > 0, (SELECT count(*) FROM award), (SELECT count(*) FROM journal), is_signing_in()"
    try:
        async with gate.signing_in() as tx:
            assert tx.actor is NOBODY
            assert tuple(await tx.db.fetchrow(counts) or ()) == (True, 0, 0, True)
            known = await tx.acting_as(OFFICER)
            assert tuple(await known.db.fetchrow(counts) or ()) == (True, 2, 0, True)
            other = await tx.acting_as(ADMIN)
            assert tuple(await other.db.fetchrow(counts) or ()) == (True, 0, 0, True)
    finally:
        await gate.close()
