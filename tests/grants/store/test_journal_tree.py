"""The journal as a tree: PostgreSQL grows it as the definition says, whoever writes at once, and commits to every entry."""

import asyncio
import hashlib
from typing import Any

import msgspec
import pytest

from grants.domain.errors import Conflict
from grants.domain.leaves import COMMITTED, Leaf, canonical, commitment, read_leaf
from grants.domain.merkle import HASH_BYTES, Span, leaf_hash, root_of, wholes_of
from grants.store import journal
from tests.database import Database, looking
from tests.grants.growing_tree import Tree
from tests.grants.store.record import Record, connected, move, refused, settle


async def rows(record: Record) -> list[Any]:
    async with looking(record.gate) as db:
        return list(await db.fetch("SELECT *, before::text AS b, after::text AS a FROM journal ORDER BY number"))


def leaf_in(row: Any) -> Leaf:
    leaf = read_leaf(row["leaf"])
    assert leaf is not None
    return leaf


async def test_the_tree_is_that_of_the_definition_whoever_writes_at_once(record: Record) -> None:
    async def deed(place: int) -> None:
        async with record.gate.deed(record.lead) as tx:
            await journal.record(tx, "deed", "test", str(place), after={"place": place})
            if place % 5 == 0:
                raise ZeroDivisionError

    await asyncio.gather(*(deed(place) for place in range(80)), return_exceptions=True)
    found, tree = await rows(record), Tree()
    assert len(found) == 64
    for row in found:
        assert row["tree"] == tree.add(leaf_hash(row["leaf"].encode()))
    for size in range(len(found) + 1):
        edge = [found[number - 1]["tree"][-HASH_BYTES:] for number, _ in wholes_of(Span(1, size))]
        again = Tree()
        for row in found[:size]:
            again.add(row["tree"][:HASH_BYTES])
        assert root_of(edge) == again.root()


async def test_a_leaf_commits_to_all_that_its_record_says(record: Record) -> None:
    async with record.gate.deed(record.lead) as tx:
        await journal.record(
            tx, "deed", "award", "AW-1", before={"b": 1, "a": [None]}, after={"é": "\u2028"}, reason="Because"
        )
    (row,) = await rows(record)
    leaf = leaf_in(row)
    assert (leaf.number, leaf.deed, leaf.subject_kind, leaf.entries) == (1, "deed", "award", ())
    assert leaf.at == row["at"].isoformat(timespec="microseconds")
    words = {
        "person": str(record.lead.id).encode(), "subject": b"AW-1", "before": canonical(row["b"]), "after": canonical(row["a"]),
        "reason": b"Because", "request_id": b"",
    }  # fmt: skip
    for name in COMMITTED:
        assert getattr(leaf, name) == commitment(row["salt"], name, words[name])
    for private in (str(record.lead.id), "AW-1", "Because", "Lee"):
        assert private not in row["leaf"]


async def test_no_two_records_share_a_salt(record: Record) -> None:
    await settle(record)
    found = await rows(record)
    assert len({row["salt"] for row in found}) == len(found) > 5
    assert {len(row["salt"]) for row in found} == {32}


async def test_a_leaf_commits_to_every_field_of_its_entries(record: Record) -> None:
    await settle(record)
    async with looking(record.gate) as db:
        posted = {row["number"]: row for row in await db.fetch("SELECT * FROM entry")}
    committed = {entry.number: (leaf, entry) for leaf in map(leaf_in, await rows(record)) for entry in leaf.entries}
    assert committed.keys() == posted.keys()
    for number, (leaf, entry) in committed.items():
        kept = dict(posted[number])
        assert kept.pop("journal_no") == leaf.number
        assert kept.pop("recorded_at").isoformat(timespec="microseconds") == leaf.at
        said = msgspec.to_builtins(entry)
        assert {name: value if value is None or name in WHOLE else str(value) for name, value in kept.items()} == said


WHOLE = {"number", "pence", "return_version", "reverses"}


async def test_a_refused_deed_leaves_no_leaf(record: Record) -> None:
    await settle(record)
    before = await rows(record)
    with pytest.raises(Conflict):
        await record.post(move("award", "line:CAID:2025-26", "award:AW-1:2025-26", 10_000))
    assert await rows(record) == before


async def test_a_tree_with_a_hole_is_not_grown_over(record: Record, fresh_database: Database) -> None:
    for _ in range(2):
        await settle_one(record)
    async with connected(fresh_database.owner_dsn) as owner:
        await owner.execute("ALTER TABLE journal DISABLE TRIGGER kept")
        await owner.execute("DELETE FROM journal WHERE number = 2")
    await settle_one(record)
    assert "record 2 is missing" in str(await refused(settle_one(record)))


async def settle_one(record: Record) -> None:
    async with record.gate.deed(record.lead) as tx:
        await journal.record(tx, "deed", "test", "one")


async def test_the_service_cannot_choose_the_hashes(record: Record, fresh_database: Database) -> None:
    async with connected(fresh_database.service_dsn, service=True, actor=record.lead) as service:
        chosen = await service.fetchval(
            "INSERT INTO journal (number, at, person_id, deed, subject_kind, subject, request_id, salt, leaf, tree) "
            "VALUES (1, now(), $1, 'd', 'k', 's', '', '', 'a leaf', 'chosen') RETURNING tree",
            record.lead.id,
        )
    assert chosen == hashlib.sha256(b"\x00a leaf").digest()
