"""Whoever may do everything to the database – change, remove, add, swap, empty – is found out, and the row is named."""

import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
import pytest

from grants.actions.people import OPERATOR
from grants.actions.proof import verify
from grants.store.sealed_rows import PROBLEMS, ROWS
from grants.store.transaction import View
from tests.database import Database

KEYS: Final = {
    **{table: sealed.key for table, sealed in ROWS.items()},
    PROBLEMS: ("version_id", "number"),
    "journal": ("number",),
    "entry": ("number",),
    "position": ("account", "budget_kind"),
    "award_cover": ("award", "budget_kind"),
    "workbook": ("version_id",),
    "spend_line": ("version_id", "row"),
    "report_file": ("run_id", "format"),
    "report_piece": ("run_id", "format", "piece"),
    "register_file": ("load_id",),
    "evidence_content": ("return_id", "sha256", "piece"),
}
"""The tables that the proof covers, beside the two heads, and what tells their rows apart."""
NOT_COVERED: Final = {"return_version": ("lease_until",), "report_file": ("filename",)}
"""Columns that the proof leaves out."""
SWAPPED: Final = {"journal", "entry", "spend_line", "workbook", *ROWS}
OTHERWISE: Final = {
    "text": "{0} || 'x'",
    "bigint": "{0} + 1",
    "integer": "{0} + 1",
    "date": "{0} + 1",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "bytea": "set_byte({0}, {1} % octet_length({0}), get_byte({0}, {1} % octet_length({0})) # 1)",
    "uuid": "gen_random_uuid()",
    "boolean": "NOT {0}",
    "jsonb": "jsonb_build_object('also', 1) || {0}",
    "text[]": "{0} || ARRAY['x']",
    "uuid[]": "{0} || gen_random_uuid()",
}
"""Another value of each type."""
FOR_NOTHING: Final = {
    "text": "'x'", "bigint": "1", "uuid": "gen_random_uuid()", "jsonb": "'{}'", "date": "'2025-05-01'", "text[]": "'{}'", "uuid[]": "'{}'",
    "timestamp with time zone": "now()",
}  # fmt: skip
TAMPERINGS: Final = 1_000


@dataclass(frozen=True)
class Row:
    """A row that is tampered with, and the words by which a fault may name it."""

    table: str
    key: tuple[str, ...]

    @property
    def place(self) -> str:
        """The row, to SQL."""
        pairs = zip(KEYS[self.table], self.key, strict=True)
        return " AND ".join(f"{name}::text = '{value}'" for name, value in pairs)

    def is_in(self, fault: str) -> bool:
        """Whether the fault names the row."""
        among = re.search(r"records (\d+) to (\d+) are missing", fault)
        if self.table == "journal" and among:
            return int(among[1]) <= int(self.key[0]) <= int(among[2])
        first, last = self.key[0], self.key[-1]
        if self.table in ROWS and f"The row {'/'.join(self.key)} of {self.table} " in fault:
            return True
        name = {
            "journal": f"ournal record {first}",
            "entry": f"Entry {first}",
            "position": f"position of {first}",
            "award_cover": f"award {first}",
            "evidence_content": f"evidence {self.key[min(1, len(self.key) - 1)]}",
            "register_file": f"register load {first}",
            "report_file": f"{last} file of report run {first}",
            "report_piece": f"{self.key[min(1, len(self.key) - 1)]} file of report run {first}",
        }.get(self.table, f"version {first}")
        return re.search(re.escape(name) + r"(?!\d)", fault) is not None


@asynccontextmanager
async def as_superuser(database: Database) -> AsyncIterator[Any]:
    """A connection that no trigger and no constraint stops, in a transaction that is taken back."""
    admin = await asyncpg.connect(database.admin_dsn)
    try:
        async with admin.transaction(readonly=False):
            await admin.execute("SET LOCAL session_replication_role = replica")
            for row in await admin.fetch(
                "SELECT c.relname AS name, conname FROM pg_constraint JOIN pg_class c ON c.oid = conrelid WHERE connamespace = 'public'::regnamespace "
                "AND contype IN ('c', 'p', 'u') AND c.relname = ANY($1)",
                list(KEYS),
            ):
                await admin.execute(f"ALTER TABLE {row['name']} DROP CONSTRAINT {row['conname']} CASCADE")
            for row in await admin.fetch(
                "SELECT attrelid::regclass AS name, attname FROM pg_attribute WHERE attidentity = 'a'"
            ):
                await admin.execute(f"ALTER TABLE {row['name']} ALTER {row['attname']} DROP IDENTITY")
            yield admin
            raise TakenBack
    except TakenBack:
        pass
    finally:
        await admin.close()


class TakenBack(Exception):
    """Ends the transaction."""


async def faults(db: Any) -> tuple[str, ...]:
    return (await verify(View(OPERATOR, db, datetime.now(UTC)))).faults


async def rows_of(db: Any, table: str) -> list[Row]:
    """The rows that can be tampered with: of lines, those of the version that is accepted now."""
    where = " WHERE version_id = 2" if table == "spend_line" else ""
    rows = await db.fetch(f"SELECT {', '.join(KEYS[table])} FROM {table}{where}")
    return [Row(table, tuple(str(value) for value in row)) for row in rows]


async def changed(db: Any, chance: random.Random, row: Row) -> tuple[str, Row]:
    """Another value in one column."""
    columns = await db.fetch(
        "SELECT attname, format_type(atttypid, NULL) AS type, attnotnull FROM pg_attribute WHERE attrelid = $1::text::regclass "
        "AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        row.table,
    )
    covered = [column for column in columns if column["attname"] not in NOT_COVERED.get(row.table, ())]
    column = chance.choice(covered)
    name, type_name = column["attname"], column["type"]
    if await db.fetchval(f"SELECT {name} IS NULL FROM {row.table} WHERE {row.place}"):
        value = FOR_NOTHING[type_name]
    else:
        value = OTHERWISE[type_name].format(name, chance.randrange(10**6))
    await db.execute(f"UPDATE {row.table} SET {name} = {value} WHERE {row.place}")
    return f"{row.table}.{name} of {row.place}", row


async def removed(db: Any, chance: random.Random, row: Row) -> tuple[str, Row]:
    await db.execute(f"DELETE FROM {row.table} WHERE {row.place}")
    return f"{row.table} without {row.place}", row


async def added(db: Any, chance: random.Random, row: Row) -> tuple[str, Row]:
    """The same row once more, under another key where the key is a number."""
    columns = [
        column["attname"]
        for column in await db.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped",
            row.table,
        )
    ]
    key = {"journal": "number", "entry": "number", "spend_line": "row"}.get(row.table)
    values, hit = columns, row
    if key and chance.random() < 0.7:
        values = [f"{name} + 1000" if name == key else name for name in columns]
        hit = Row(row.table, (*row.key[:-1], str(int(row.key[-1]) + 1000)))
    await db.execute(
        f"INSERT INTO {row.table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE SELECT {', '.join(values)} FROM {row.table} WHERE {row.place} LIMIT 1"
    )
    return f"{row.table} with {row.place} twice", hit


async def swapped(db: Any, chance: random.Random, row: Row) -> tuple[str, Row]:
    """Two rows change places."""
    others = [other for other in await rows_of(db, row.table) if other != row]
    if row.table not in SWAPPED or not others:
        return await removed(db, chance, row)
    other = chance.choice(others)
    keys = ", ".join(f"{key} = o.{key}" for key in KEYS[row.table])
    await db.execute(
        f"UPDATE {row.table} t SET {keys} FROM {row.table} o WHERE o.ctid <> t.ctid AND ARRAY[o.ctid, t.ctid] <@ $1::tid[]",
        await db.fetchval(f"SELECT array_agg(ctid) FROM {row.table} WHERE {row.place} OR {other.place}"),
    )
    return f"{row.table} with {row.place} and {other.place} swapped", row


async def emptied(db: Any, chance: random.Random, row: Row) -> tuple[str, Row]:
    await db.execute(chance.choice(["DELETE FROM {}", "TRUNCATE {} CASCADE"]).format(row.table))
    return f"{row.table} empty", row


async def test_every_tampering_is_found_and_the_row_is_named(full_database: Database) -> None:
    chance = random.Random(20250116)
    ways = [changed] * 6 + [removed, added, swapped] * 2 + [emptied]
    async with as_superuser(full_database) as db:
        assert await faults(db) == ()
        rows = {table: await rows_of(db, table) for table in KEYS}
        seen = set()
        for _ in range(TAMPERINGS):
            row = chance.choice(rows[chance.choice(list(KEYS))])
            await db.execute("SAVEPOINT before")
            what, hit = await chance.choice(ways)(db, chance, row)
            found = await faults(db)
            assert any(hit.is_in(fault) for fault in found), (what, found)
            seen.add(what.split(" ")[0])
            await db.execute("ROLLBACK TO SAVEPOINT before")
        assert await faults(db) == ()
    assert len(seen) > 200
    assert {table for table, *_ in (what.partition(".") for what in seen)} >= KEYS.keys()


@pytest.mark.parametrize("head", ["ledger", "journal"])
@pytest.mark.parametrize(
    "change", ["UPDATE {0}_head SET last_no = last_no + 1", "UPDATE {0}_head SET last_no = 0", "DELETE FROM {0}_head"]
)
async def test_a_head_that_was_moved_is_found(full_database: Database, head: str, change: str) -> None:
    async with as_superuser(full_database) as db:
        await db.execute(change.format(head))
        assert any(f"The {head}'s head" in fault for fault in await faults(db))


async def test_money_that_was_moved_everywhere_at_once_is_still_found(full_database: Database) -> None:
    """An entry, its positions and the record's own leaf, all made to agree: the hashes do not."""
    async with as_superuser(full_database) as db:
        await db.execute("UPDATE entry SET pence = pence + 1 WHERE number = 1")
        target, source = (await db.fetch("SELECT target, source FROM entry WHERE number = 1"))[0]
        await db.execute(
            "UPDATE position SET balance_pence = balance_pence + 1, funded_pence = funded_pence + 1 WHERE account = $1",
            target,
        )
        await db.execute(
            "UPDATE position SET balance_pence = balance_pence - 1, funded_pence = funded_pence - 1 WHERE account = $1",
            source,
        )
        pence = await db.fetchval("SELECT pence FROM entry WHERE number = 1")
        (fault,) = await faults(db)
        assert fault.startswith(f"Entry 1: pence is {pence}")
        await db.execute(
            "UPDATE journal SET leaf = replace(leaf, $1, $2)",
            f'"number":1,"pence":{pence - 1}',
            f'"number":1,"pence":{pence}',
        )
        (fault,) = await faults(db)
        assert "hashes" in fault


async def test_a_row_put_back_to_what_it_once_was_is_found_and_the_record_is_named(full_database: Database) -> None:
    async with as_superuser(full_database) as db:
        await db.execute("UPDATE award SET state = 'agreed'")
        (fault,) = await faults(db)
    assert re.fullmatch(
        r"The row LI-OLDHAM-01 of award is not what journal record \d+ committed to, but what record \d+ did\.", fault
    )


async def test_what_changes_without_a_deed_is_no_fault(full_database: Database) -> None:
    async with as_superuser(full_database) as db:
        await db.execute("UPDATE return_version SET lease_until = now()")
        assert await faults(db) == ()
