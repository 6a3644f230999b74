"""What has outlived its years goes, and only that; the figures, and the proof of them, stay."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from grants.actions.awards import move_award
from grants.actions.people import OPERATOR
from grants.actions.proof import verify
from grants.actions.retention import AwardRemoval, apply_retention
from grants.actions.return_views import workbook
from grants.actions.returns import Certificate, Reason, accept, certify, explain
from grants.actions.submissions import Upload, submit
from grants.domain.access import Actor, Deed, Grant, Role
from grants.domain.awards import AwardState, BudgetLine, CostCategory, Instalment
from grants.domain.decisions import Allocate
from grants.domain.errors import Conflict, NotAllowed
from grants.store.backup import back_up, restore
from grants.store.journal import record
from grants.store.transaction import Gate
from tests.database import Database, DatabaseServer
from tests.grants.actions import cast
from tests.grants.actions.stage import TERMS, Stage
from tests.grants.conftest import elsewhere
from tests.grants.full_record import checked
from tests.grants.store.record import connected, refused

OLD, NEW = "LI-OLD-01", "LI-NEW-01"
TYPED = (
    "Zürich",
    "Rail “Ltd”",
    "fares went up",
    "Cat Certifier",
    "Pat Preparer",
    "secret.xlsx",
    "Ours",
    "because we must",
    "workbook of",
    "Looks right",
)
"""What somebody typed, in the returns of both awards."""


def terms(year: int, **changed: Any) -> Any:
    code = f"{year}-{(year + 1) % 100:02}"
    return msgspec.structs.replace(
        TERMS,
        start=date(year, 4, 1),
        end=date(year + 1, 3, 31),
        budget=(BudgetLine(code, CostCategory.TRAVEL, 40_000_00),),
        profile=(Instalment(1, date(year, 4, 1), code, 40_000_00),),
        **changed,
    )


async def lived(stage: Stage, reference: str, year: int, **changed: Any) -> None:
    """An award from its beginning to its end, with one return of four lines and a warning."""
    code = f"{year}-{(year + 1) % 100:02}"
    await cast.decide(stage.gate, stage.lead, stage.approver, Allocate("LOCAL-INQUIRIES", code, 40_000_00))
    await stage.award(reference, "LOCAL-INQUIRIES", terms(year, **changed))
    await stage.round("ACTION-PLAN", f"{code}-Q1")
    async with stage.gate.deed(stage.officer) as tx:
        upload = Upload("secret.xlsx", f"workbook of {reference}".encode(), "Ours")
        found = await submit(tx, reference, f"{code}-Q1", upload, checked(4))
    async with stage.gate.deed(stage.officer) as tx:
        await explain(tx, found.id, [Reason(1, "The fares went up, because we must")])
    async with stage.gate.deed(stage.certifier) as tx:
        await certify(tx, found.id, Certificate("Cat Certifier", "Section 151 officer", declaration=True))
    async with stage.gate.deed(stage.lead) as tx:
        await accept(tx, found.id, "Looks right")
    for state in (AwardState.FINAL_RETURN_DUE, AwardState.RECONCILED, AwardState.CLOSED):
        async with stage.gate.deed(stage.lead) as tx:
            await move_award(tx, reference, state, "because we must")


async def fill(database: Database) -> None:
    async with cast.opened(database) as gate:
        stage = await Stage.set_up(gate)
        await cast.load(gate)
        await lived(stage, OLD, 2015)
        await lived(stage, NEW, 2025)


@pytest.fixture(scope="module")
def old_source(database_server: DatabaseServer) -> Any:
    with database_server.fresh() as database:
        elsewhere(fill(database))
        yield database


@pytest_asyncio.fixture
async def old(old_source: Database, fresh_database: Database, tmp_path_factory: Any) -> AsyncIterator[Database]:
    """A database with an award whose years are over and one whose years are not."""
    path = tmp_path_factory.mktemp("old") / "tallystick.backup"
    await back_up(old_source.owner_dsn, path)
    await restore(fresh_database.owner_dsn, path)
    yield fresh_database


async def money(database: Database) -> list[Any]:
    async with connected(database.admin_dsn) as admin:
        lines = await admin.fetch(
            "SELECT version_id, row, cell, category, net_pence, vat_pence, spent_on FROM spend_line ORDER BY 1, 2"
        )
        return [
            *await admin.fetch("SELECT * FROM entry ORDER BY 1"),
            *await admin.fetch("SELECT * FROM position ORDER BY 1, 2"),
            *lines,
        ]


async def faults(gate: Gate) -> tuple[str, ...]:
    async with gate.reading(OPERATOR) as view:
        return (await verify(view)).faults


async def tamper(database: Database, change: str) -> None:
    async with connected(database.admin_dsn) as admin:
        await admin.execute("SET session_replication_role = replica")
        await admin.execute(change)


async def test_what_outlived_its_years_goes_and_nothing_else(old: Database) -> None:
    async with cast.opened(old) as gate:
        assert await faults(gate) == ()
        before = await money(old)
        told = await apply_retention(gate, OPERATOR, dry_run=True)
        assert told.awards == (AwardRemoval(OLD, date(2022, 3, 31), None),)
        assert await faults(gate) == ()
        removals = await apply_retention(gate, OPERATOR)
        assert [award.award for award in removals.awards] == [OLD]
        assert await faults(gate) == ()
        assert (await apply_retention(gate, OPERATOR)).awards == ()
        async with connected(old.admin_dsn) as admin:
            kept = await admin.fetchval(
                "SELECT string_agg(to_jsonb(t)::text, '') FROM spend_line t WHERE version_id = 2"
            )
            content = await admin.fetch("SELECT version_id, content FROM workbook ORDER BY 1")
        assert await money(old) == before
        assert "Zürich" in kept
        assert [bytes(row["content"]) for row in content] == [b"", b"workbook of LI-NEW-01"]


async def test_nothing_that_was_typed_is_left_anywhere(old: Database) -> None:
    """Every row of every table: what the old award's people typed stands only where the other award has it too."""
    async with cast.opened(old) as gate:
        await apply_retention(gate, OPERATOR)
    async with connected(old.admin_dsn) as admin:
        await admin.execute("SET session_replication_role = replica")
        for table, where in {
            "spend_line": "version_id = 2", "return_problem": "version_id = 2", "return_version": "id = 2", "workbook": "version_id = 2",
            "return_event": f"return_id IN (SELECT id FROM spend_return WHERE award = '{NEW}')", "decision": f"subject = '{NEW}'",
            "journal": f"subject LIKE '{NEW}%' OR subject IN (SELECT id::text FROM decision WHERE subject = '{NEW}')",
        }.items():  # fmt: skip
            await admin.execute(f"DELETE FROM {table} WHERE {where}")
        tables = await admin.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for row in tables:
            for text in await admin.fetch(f"SELECT t::text FROM {row['tablename']} t"):
                assert not [words for words in TYPED if words in text[0]], (row["tablename"], text[0])


async def test_the_removal_is_on_the_record_and_the_door_says_so(old: Database) -> None:
    async with cast.opened(old) as gate:
        (award,) = (await apply_retention(gate, OPERATOR)).awards
        async with connected(old.admin_dsn) as admin:
            row = await admin.fetchrow(
                "SELECT deed, subject, role, after::text FROM journal WHERE number = $1", award.record_no
            )
            return_id = await admin.fetchval("SELECT id FROM spend_return WHERE award = $1", OLD)
        assert row is not None
        said = msgspec.json.decode(row["after"])
        assert (row["deed"], row["subject"], row["role"]) == ("apply_retention", OLD, "administrator")
        assert (said["versions"], said["lines"], said["problems"], said["years_over_on"]) == (1, 4, 1, "2022-03-31")
        assert len(said["records"]) > 10
        async with gate.reading(OPERATOR) as view:
            with pytest.raises(Conflict, match="removed under retention on") as refusal:
                await workbook(view, return_id, None)
        assert refusal.value.code == "removed"


@pytest.mark.parametrize(
    ("ended", "years", "over"),
    [
        ("2016-03-31", 6, "2022-03-31"),
        ("2016-04-01", 6, "2023-03-31"),
        ("2015-04-01", 6, "2022-03-31"),
        ("2015-12-31", 1, "2017-03-31"),
        ("2016-02-29", 99, "2115-03-31"),
    ],
)
async def test_years_are_counted_from_the_end_of_the_financial_year(
    old: Database, ended: str, years: int, over: str
) -> None:
    words = f'{{"end": "{ended}", "retention_years": {years}}}'
    await tamper(old, f"UPDATE award_terms SET terms = terms || '{words}' WHERE award = '{OLD}'")
    async with connected(old.owner_dsn) as owner:
        assert await owner.fetchval("SELECT retention_ends($1)::text", OLD) == over


async def test_the_service_cannot_remove_what_is_a_day_too_young(old: Database) -> None:
    """PostgreSQL counts the years itself, to the day, whatever the service says."""
    async with connected(old.admin_dsn) as admin:
        today = await admin.fetchval("SELECT (now() AT TIME ZONE 'Europe/London')::date")
    last = today.year - 2016 + (today > date(today.year, 3, 31))
    for years, removed in ((last, False), (last - 1, True)):
        words = f'{{"retention_years": {years}}}'
        await tamper(old, f"UPDATE award_terms SET terms = terms || '{words}' WHERE award = '{OLD}'")
        async with connected(old.service_dsn, service=True) as service:
            erase = service.execute("BEGIN; SELECT erase_award('LI-OLD-01'); ROLLBACK")
            if removed:
                await erase
            else:
                assert isinstance(await refused(erase), asyncpg.CheckViolationError)


async def test_an_award_that_is_open_is_never_too_old(gate: Gate, fresh_database: Database) -> None:
    stage = await Stage.set_up(gate)
    await cast.load(gate)
    await cast.decide(stage.gate, stage.lead, stage.approver, Allocate("LOCAL-INQUIRIES", "2015-16", 40_000_00))
    await stage.award(OLD, "LOCAL-INQUIRIES", terms(2015))
    assert (await apply_retention(gate, OPERATOR)).awards == ()


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE workbook SET content = ''",
        "UPDATE journal SET salt = ''",
        "UPDATE spend_line SET payee = ''",
        "DO $$ BEGIN UPDATE journal SET reason = NULL; END $$",
        "UPDATE decision SET reason = ''",
    ],
)
async def test_nobody_removes_anything_in_another_way(old: Database, attempt: str) -> None:
    for dsn in (old.owner_dsn, old.service_dsn, old.admin_dsn):
        async with connected(dsn, service=dsn == old.service_dsn) as connection:
            assert isinstance(await refused(connection.execute(attempt)), asyncpg.InsufficientPrivilegeError)


async def test_what_somebody_changed_is_not_covered_up(old: Database) -> None:
    await tamper(old, "UPDATE spend_line SET net_pence = net_pence + 1 WHERE version_id = 1 AND row = 1")
    async with cast.opened(old) as gate:
        with pytest.raises(Conflict, match="does not hold"):
            await apply_retention(gate, OPERATOR)
        assert (await still_there(gate)) == [OLD]


async def still_there(gate: Gate) -> list[str]:
    async with gate.reading(OPERATOR) as view:
        return [
            row["reference"]
            for row in await view.db.fetch("SELECT reference FROM award WHERE retention_ends(reference) < '2023-01-01'")
        ]


NOT_UNNOTICED = {
    "a file that came back": ("UPDATE workbook SET content = 'workbook of LI-OLD-01' WHERE version_id = 1", "was removed, and is there"),
    "a payee that came back": ("UPDATE spend_line SET payee = 'Rail' WHERE version_id = 1 AND row = 1", "lines of return LI-OLD-01"),
    "another amount": ("UPDATE spend_line SET net_pence = 1 WHERE version_id = 1 AND row = 1", "its entries to 4936"),
    "a reason that came back": ("UPDATE journal SET reason = 'Looks right' WHERE number = {0}", "What is left of journal record {0}"),
    "another person's deed": ("UPDATE journal SET person_id = '00000000-0000-0000-0000-000000000003' WHERE number = {0}", "What is left of journal record {0}"),
    "a salt that came back": ("UPDATE journal SET salt = '\\x00' WHERE number = {0}", "record {0}: what it said was removed, and it has a salt"),
    "another deed": ("UPDATE journal SET deed = 'decide' WHERE number = {0}", "record {0}: its deed"),
    "a name that came back": ("UPDATE return_version SET certified_name = 'Cat' WHERE id = 1", "The row 1 of return_version"),
    "a file of the other award": ("UPDATE workbook SET content = '' WHERE version_id = 2", "The workbook of return LI-NEW-01"),
    "words of the other award": ("UPDATE journal SET salt = '', reason = NULL WHERE subject = 'LI-NEW-01/2025-26-Q1'", "no record of a removal says so"),
    "lines of the other award": ("UPDATE spend_line SET payee = '' WHERE version_id = 2", "The lines of return LI-NEW-01"),
    "a version of the other award": ("UPDATE return_version SET header = '{{}}' WHERE id = 2", "The row 2 of return_version"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "says"), NOT_UNNOTICED.values(), ids=NOT_UNNOTICED.keys())
async def test_after_a_removal_nothing_is_changed_unnoticed(old: Database, change: str, says: str) -> None:
    async with cast.opened(old) as gate:
        await apply_retention(gate, OPERATOR)
        async with connected(old.admin_dsn) as admin:
            number = await admin.fetchval("SELECT max(number) FROM journal WHERE subject LIKE 'LI-OLD-01/%'")
        await tamper(old, change.format(number))
        found = await faults(gate)
    assert any(says.format(number) in fault for fault in found), found


async def leaver(gate: Gate, years: int) -> UUID:
    """Somebody who left so many years ago."""
    gone = await cast.person(gate, Role.AUDITOR)
    async with gate.deed(OPERATOR) as tx:
        await tx.db.execute(
            "UPDATE person SET active = false, name = 'Gone Person', ended_at = now() - make_interval(years => $2) - interval '1 day' WHERE id = $1",
            gone.id,
            years,
        )
        await record(tx, Deed.MANAGE_PEOPLE, "person", str(gone.id), reason="Gone Person has left")
    return gone.id


async def test_people_are_forgotten_six_years_after_they_left(gate: Gate, fresh_database: Database) -> None:
    gone, later = await leaver(gate, 6), await leaver(gate, 5)
    removals = await apply_retention(gate, OPERATOR)
    assert [removal.person for removal in removals.people] == [gone]
    assert await faults(gate) == ()
    async with connected(fresh_database.admin_dsn) as admin:
        row = await admin.fetchrow("SELECT name, email FROM person WHERE id = $1", gone)
        assert tuple(row or ()) == ("Removed person", f"removed+{gone}@service.invalid")
        assert await admin.fetchval("SELECT name FROM person WHERE id = $1", later) == "Gone Person"
        said = await admin.fetch("SELECT reason FROM journal WHERE subject = $1", str(gone))
        assert {row["reason"] for row in said} == {None}
    assert (await apply_retention(gate, OPERATOR)).people == ()
    assert (await apply_retention(gate, OPERATOR, years=7)).people == ()
    async with connected(fresh_database.service_dsn, service=True) as service:
        for person, years in ((later, 6), (later, 5), (gone, 6), (OPERATOR.id, 6)):
            error = await refused(service.fetchval("SELECT erase_person($1, $2)", person, years))
            assert isinstance(error, asyncpg.CheckViolationError)
    await tamper(fresh_database, f"UPDATE person SET name = 'Gone Person' WHERE id = '{gone}'")
    (fault,) = await faults(gate)
    assert f"The row {gone} of person" in fault


async def test_who_did_something_lately_is_not_forgotten(gate: Gate, fresh_database: Database) -> None:
    gone = await leaver(gate, 9)
    async with gate.deed(Actor(gone, "Gone Person", ())) as tx:
        await record(tx, "deed", "test", "test")
    assert (await apply_retention(gate, OPERATOR)).people == ()


@pytest.mark.parametrize("role", list(Role))
async def test_no_one_role_removes_anything(gate: Gate, role: Role) -> None:
    """An administrator may remove and sees no money; that the record holds is asked first, which an auditor sees."""
    with pytest.raises(NotAllowed):
        await apply_retention(gate, Actor(OPERATOR.id, "Somebody", (Grant(role),)))
