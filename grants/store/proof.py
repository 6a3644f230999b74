"""The journal proved: each record against its leaf, each leaf against the tree, each entry against the record that posted it."""

from itertools import pairwise
from typing import Final

import asyncpg
from msgspec import UNSET
from msgspec.structs import replace

from grants.domain.leaves import COMMITTED, Leaf, LeafEntry, canonical, instant, leaf_of, read_leaf
from grants.domain.merkle import HASH_BYTES, leaf_hash, node_hash
from grants.store.evidence import Committed, Fault
from grants.store.sealed_rows import Seals
from grants.store.transaction import Db

RECORDS: Final = (
    "SELECT number, at, person_id, deed, subject_kind, subject, before::text AS before, after::text AS after, reason, request_id, "
    "role, salt, coalesce(leaf, '') AS leaf, coalesce(tree, '') AS tree FROM journal ORDER BY number"
)
_ENTRIES: Final = (
    "SELECT number, kind, source, target, pence, budget_kind, category, year, to_char(effective_on, 'YYYY-MM-DD'), decision_id::text, return_version, "
    "evidence, reverses, recorded_at, journal_no FROM entry ORDER BY journal_no, number"
)
FETCHED_AT_ONCE: Final = 2_000


async def prove_journal(db: Db, fault: Fault, committed: Committed, seals: Seals) -> tuple[int, int]:
    """Reads every record and entry once; how many of each. Within one snapshot.

    What the records say about files and lines is gathered in `committed`, what they commit to of rows in `seals`: it
    takes memory for each row that there is, and none for each record.
    """
    tree, records, entries = _Hashes(fault), 0, _Entries(db, fault)
    await entries.open()
    async for row in db.cursor(RECORDS, prefetch=FETCHED_AT_ONCE):
        records += 1
        if row["number"] <= tree.last:
            fault(f"Journal record {row['number']} is there twice.")
            continue
        _missing(tree.last + 1, row["number"] - 1, fault)
        posted = await entries.of_record(row["number"])
        kept = read_leaf(row["leaf"])
        _prove_record(row, posted, kept, fault)
        seals.take(row, kept)
        tree.take(row["number"], row["leaf"], bytes(row["tree"]))
        committed.take(row)
    await entries.of_record(None)
    _missing(tree.last + 1, await db.fetchval("SELECT max(last_no) FROM journal_head") or 0, fault)
    return records, entries.count


def _missing(first: int, last: int, fault: Fault) -> None:
    if first == last:
        fault(f"Journal record {first} is missing.")
    elif first < last:
        fault(f"Journal records {first} to {last} are missing.")


def _prove_record(row: asyncpg.Record, posted: list[asyncpg.Record], kept: Leaf | None, fault: Fault) -> None:
    expected = _leaf(row, posted, kept)
    if isinstance(expected, str):
        fault(f"Journal record {row['number']}: {expected}")
        return
    for entry in posted:
        if entry["recorded_at"] != row["at"]:
            fault(f"Entry {entry['number']}: recorded_at is not the time of journal record {row['number']}.")
    if expected == kept:
        return
    if kept is None:
        fault(f"Journal record {row['number']}: what it commits to cannot be read.")
        return
    for name in ("version", "number", "at", "deed", "subject_kind", "role", *COMMITTED):
        if getattr(kept, name) != getattr(expected, name):
            fault(f"Journal record {row['number']}: its {name} is not what it committed to.")
    _compare_entries(row["number"], kept.entries, expected.entries, fault)


def _compare_entries(record: int, kept: tuple[LeafEntry, ...], found: tuple[LeafEntry, ...], fault: Fault) -> None:
    committed, present = {entry.number: entry for entry in kept}, {entry.number: entry for entry in found}
    for before, after in pairwise(found):
        if before.number == after.number:
            fault(f"Entry {after.number} is there twice.")
    for number in sorted(committed.keys() | present.keys()):
        if number not in present:
            fault(f"Entry {number} is missing: journal record {record} posted it.")
        elif number not in committed:
            fault(f"Entry {number} was not posted by journal record {record}, which it names.")
        else:
            for name in LeafEntry.__struct_fields__:
                was, now = getattr(committed[number], name), getattr(present[number], name)
                if was != now:
                    fault(f"Entry {number}: {name} is {now}, but journal record {record} committed to {was}.")


def _leaf(row: asyncpg.Record, posted: list[asyncpg.Record], kept: Leaf | None) -> Leaf | str:
    """The leaf that a record and its entries come to, or why they come to none. Of rows it tells what the leaf itself does."""
    try:
        words = {
            "person": str(row["person_id"]).encode(),
            "subject": row["subject"].encode(),
            "before": None if row["before"] is None else canonical(row["before"]),
            "after": None if row["after"] is None else canonical(row["after"]),
            "reason": None if row["reason"] is None else row["reason"].encode(),
            "request_id": row["request_id"].encode(),
        }
        entries = tuple(LeafEntry(*entry[:-2]) for entry in map(tuple, posted))
        if kept is not None and not row["salt"]:
            # Nothing tells what was removed: what is left of the record is committed to by the record of the removal.
            plain = {name: row[name] for name in ("number", "deed", "subject_kind", "role")}
            return replace(kept, at=instant(row["at"]), entries=entries, **plain)
        return leaf_of(
            *(row["number"], row["at"], row["deed"], row["subject_kind"], bytes(row["salt"])),
            *(words, entries, row["role"], None if kept is None or kept.rows is UNSET else kept.rows),
        )
    except (ValueError, AttributeError, TypeError):
        return "it holds a value that no deed writes."


class _Entries:
    """The entries beside the records, read in step with them."""

    def __init__(self, db: Db, fault: Fault) -> None:
        self.count = 0
        self._fault = fault
        self._rows = aiter(db.cursor(_ENTRIES, prefetch=FETCHED_AT_ONCE))
        self._waiting: asyncpg.Record | None = None

    async def open(self) -> None:
        """Reads the first."""
        self._waiting = await anext(self._rows, None)

    async def of_record(self, number: int | None) -> list[asyncpg.Record]:
        """The entries that name the record; those before them name none that there is. None: after the last record."""
        found = []
        while (row := self._waiting) is not None and (number is None or row["journal_no"] <= number):
            if row["journal_no"] == number:
                found.append(row)
            else:
                self._fault(f"Entry {row['number']} names journal record {row['journal_no']}, which is not there.")
            self.count += 1
            self._waiting = await anext(self._rows, None)
        return found


class _Hashes:
    """The tree, record by record. It keeps one hash for each size of subtree: the newest."""

    def __init__(self, fault: Fault) -> None:
        self.last = 0
        self._fault = fault
        self._newest: dict[int, tuple[int, bytes]] = {}

    def take(self, number: int, leaf: str, tree: bytes) -> None:
        """The next record. What is built on a faulty or missing one is not blamed for it."""
        self.last = number
        levels = (number & -number).bit_length()
        kept = [tree[start : start + HASH_BYTES] for start in range(0, len(tree), HASH_BYTES)]
        if len(tree) == levels * HASH_BYTES and kept[0] == leaf_hash(leaf.encode()) and self._grows(number, kept):
            self._newest[levels - 1] = (number, kept[-1])
        else:
            self._newest.pop(levels - 1, None)
            self._fault(f"Journal record {number}: its hashes are not those of what it commits to.")

    def _grows(self, number: int, kept: list[bytes]) -> bool:
        for level, (right, above) in enumerate(pairwise(kept)):
            beside, left = self._newest.get(level, (0, b""))
            if beside == number - (1 << level) and above != node_hash(left, right):
                return False
        return True
