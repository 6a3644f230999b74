"""Pairs of lines against a slow and plain reading of the rule: no line is lost, none is told of twice."""

import random
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

import pytest

from grants.store.version_changes import changed_lines, differing, line_after, line_before
from tests.database import Database
from tests.grants.store.record import connected

FIRST_DAY = date(2025, 7, 1)
COLUMNS = (
    *("version_id", "row", "sheet", "cell", "reference", "category", "description", "payee", "spent_on", "budget_kind"),
    *("net_pence", "vat_pence", "accrual", "evidence", "fingerprint"),
)


@dataclass(frozen=True)
class Line:
    """What pairing looks at, and one column that it does not."""

    reference: str
    payee: str
    day: int
    pence: int
    evidence: str = ""

    @property
    def parts(self) -> tuple[Hashable, ...]:
        return self.payee.lower(), self.day, self.pence

    @property
    def all(self) -> tuple[Hashable, ...]:
        return self.reference.lower(), *self.parts

    def stored(self, version: int, row: int) -> tuple[Any, ...]:
        digest = blake2b(repr(self.all).encode(), digest_size=8).digest()
        spent_on = FIRST_DAY + timedelta(self.day)
        return (
            *(version, row, "Spend", f"G{row}", self.reference, "travel_and_subsistence", "Fare", self.payee, spent_on),
            *("rdel_programme", self.pence, 0, False, self.evidence, int.from_bytes(digest, "big", signed=True)),
        )


@pytest.fixture
async def db(fresh_database: Database) -> AsyncIterator[Any]:
    """A connection of its own, with a table of lines that is nobody else's."""
    async with connected(fresh_database.owner_dsn) as connection:
        await connection.execute("CREATE TEMPORARY TABLE spend_line (LIKE public.spend_line)")
        yield connection


async def put(db: Any, *versions: Sequence[Line]) -> None:
    await db.execute("TRUNCATE pg_temp.spend_line")
    records = [
        line.stored(number, row) for number, lines in enumerate(versions, 1) for row, line in enumerate(lines, 6)
    ]
    await db.copy_records_to_table("spend_line", records=records, columns=COLUMNS, schema_name="pg_temp")


def plain(was: Sequence[Line], now: Sequence[Line]) -> dict[str, int]:
    """Three steps, each over what the one before left: alike, by reference, by the rest."""
    left, right = list(enumerate(was)), list(enumerate(now))
    counts = {"added": 0, "removed": 0, "changed": 0, "same": 0}
    keys: tuple[Callable[[Line], Hashable], ...] = (
        lambda one: one.all,
        lambda one: one.reference.lower() or None,
        lambda one: one.parts,
    )
    for key in keys:
        for mine in list(left):
            other = next((it for it in right if key(it[1]) is not None and key(it[1]) == key(mine[1])), None)
            if other is not None:
                left.remove(mine)
                right.remove(other)
                counts["same" if mine[1] == other[1] else "changed"] += 1
    return {**counts, "added": len(right), "removed": len(left)}


async def test_random_versions_are_paired_as_the_rule_says(db: Any) -> None:
    dice = random.Random(20251122)
    for _ in range(120):
        was, now = (
            [
                Line(dice.choice(["", "A", "a", "B"]), dice.choice("xyX"), dice.randrange(2), 5, dice.choice(["", "E"]))
                for _ in range(dice.randrange(7))
            ]
            for _ in range(2)
        )
        await put(db, was, now)
        rows = await changed_lines(db, 1, 2, 0, 100)
        expected = plain(was, now)
        assert {name: rows[0][name] for name in expected} == expected, (was, now)
        told = [row for row in rows if row["number"] is not None]
        assert len(told) == expected["added"] + expected["removed"] + expected["changed"]
        numbers = [row["number"] for row in told]
        assert numbers == sorted(set(numbers))
        for row in told:
            before, after = line_before(row), line_after(row)
            assert (before is None, after is None) == (row["change"] == "added", row["change"] == "removed")
            assert bool(differing(before, after)) == (row["change"] == "changed")


async def test_a_page_goes_on_where_the_one_before_ended(db: Any) -> None:
    await put(db, [Line(f"O{n}", "x", 0, n) for n in range(9)], [Line(f"N{n}", "y", 0, n) for n in range(5)])
    seen: list[int] = []
    while rows := [row for row in await changed_lines(db, 1, 2, seen[-1] if seen else 0, 4) if row["number"]]:
        seen += [row["number"] for row in rows]
    assert len(seen) == len(set(seen)) == 14


@pytest.mark.parametrize("versions", [([], []), ([Line("A", "x", 0, 1)], [Line("A", "x", 0, 1)])])
async def test_where_nothing_differs_the_counts_are_told(db: Any, versions: tuple[list[Line], list[Line]]) -> None:
    await put(db, *versions)
    (row,) = await changed_lines(db, 1, 2, 0, 10)
    assert (row["number"], row["added"], row["removed"], row["changed"], row["same"]) == (
        None, 0, 0, 0, len(versions[0]),
    )  # fmt: skip
