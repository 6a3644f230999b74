"""What has outlived its years goes, and only that; the figures, and the proof of them, stay."""

from datetime import date
from typing import Any

import asyncpg
import msgspec
import pytest

from grants.actions.people import OPERATOR
from grants.actions.retention import AwardRemoval, apply_retention
from grants.actions.return_views import workbook
from grants.domain.decisions import Allocate
from grants.domain.errors import Conflict
from grants.domain.matchings import Matching
from grants.store.transaction import Gate
from tests.database import Database
from tests.grants.actions import cast
from tests.grants.actions.outlived import NEW, OLD, faults, tamper, terms
from tests.grants.actions.stage import Stage
from tests.grants.store.record import connected, refused

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
    f"Payee of {OLD}",
    f"Review of {OLD}",
)
"""What somebody typed, in the returns of both awards."""


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
            **dict.fromkeys(("evidence_file", "evidence_content"), f"return_id IN (SELECT id FROM spend_return WHERE award = '{NEW}')"),
            "journal": f"subject LIKE '{NEW}%' OR subject IN (SELECT id::text FROM decision WHERE subject = '{NEW}')",
        }.items():  # fmt: skip
            await admin.execute(f"DELETE FROM {table} WHERE {where}")
        tables = await admin.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for row in tables:
            for text in await admin.fetch(f"SELECT t::text FROM {row['tablename']} t"):
                assert not [words for words in TYPED if words in text[0]], (row["tablename"], text[0])


async def test_a_matching_in_force_or_of_a_younger_return_stays_as_it_was(old: Database) -> None:
    read = "SELECT number, matching FROM matching ORDER BY number"
    async with cast.opened(old) as gate, connected(old.admin_dsn) as admin:
        before = {row["number"]: msgspec.json.decode(row["matching"]) for row in await admin.fetch(read)}
        await apply_retention(gate, OPERATOR)
        after = {row["number"]: msgspec.json.decode(row["matching"]) for row in await admin.fetch(read)}
        assert await faults(gate) == ()
    assert [number for number in before if after[number] != before[number]] == [1]
    assert (after[1]["constants"], after[1]["codes"], after[1]["headings"]) == ({}, {}, before[1]["headings"])
    assert len(after) > 2
    assert msgspec.convert(after[1], Matching).shape == msgspec.convert(before[1], Matching).shape


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
