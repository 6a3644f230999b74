"""Which tables the proof covers, and how; and every row of theirs against the journal record that wrote it last."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import asyncpg
from msgspec import UNSET

from grants.domain.access import Deed
from grants.domain.leaves import Leaf, commitment, read_leaf
from grants.store.evidence import Fault
from grants.store.transaction import Db


@dataclass(frozen=True)
class Sealed:
    """A table whose rows the journal's leaves commit to: what names a row, and the columns that change without a deed."""

    key: tuple[str, ...]
    hidden: tuple[str, ...] = ()


ROWS: Final = {
    "programme": Sealed(("code",)),
    "funding_line": Sealed(("code",)),
    "milestone": Sealed(("code",)),
    "history_event": Sealed(("code",)),
    "recipient": Sealed(("id",)),
    "matching": Sealed(("id",)),
    "award": Sealed(("reference",)),
    "award_terms": Sealed(("award", "version")),
    "payment": Sealed(("id",)),
    "decision": Sealed(("id",)),
    "collection_round": Sealed(("id",)),
    "spend_return": Sealed(("id",)),
    "return_version": Sealed(("id",), hidden=("lease_until",)),
    "evidence_file": Sealed(("id",)),
    "return_event": Sealed(("return_id", "journal_no")),
    "forecast": Sealed(("id",)),
    "register_load": Sealed(("id",)),
    "register_row": Sealed(("load_id", "number")),
    "report_schedule": Sealed(("id",)),
    "sample_result": Sealed(("id",)),
    "person": Sealed(("id",)),
    "role_grant": Sealed(("id",)),
}
"""What a leaf commits to row by row. Triggers of the same tables tell what a deed has written."""
JOURNAL: Final = "journal"
"""Of records whose words were removed, the record of the removal commits to what is left, beside the leaf."""
_LEFT: Final = Sealed(("number",), hidden=("salt", "leaf", "tree"))
PROBLEMS: Final = "return_problem"
"""A leaf commits to all problems of a version at once: there can be thousands."""
COVERED: Final = {
    **dict.fromkeys((*ROWS, PROBLEMS), "by the leaf of the record that wrote it"),
    "journal": "by its leaves and the tree of their hashes",
    "entry": "by the leaf of the record that posted it",
    "journal_head": "by the journal",
    "ledger_head": "by the ledger",
    "position": "by the ledger, from which it is reckoned",
    "award_cover": "by the ledger, from which it is reckoned",
    "workbook": "by its SHA-256 in the record of its upload",
    "spend_line": "by one SHA-256 for all lines of a version in the record of its acceptance",
    "evidence_content": "by its SHA-256 in the row of its file",
    "register_file": "by its SHA-256 in the row of its load",
    "report_file": "by its SHA-256 in the record of its making",
    "report_piece": "by its SHA-256 in the record of its file's making",
}
NOT_COVERED: Final = {
    "api_token": "a secret's hash and its last use; that it was made or revoked is in the journal",
    "credential": "secrets",
    "recovery_code": "secrets",
    "invitation": "secrets; that somebody was invited is in the journal",
    "provider_identity": "who somebody is elsewhere; that they were linked is in the journal",
    "provider_flow": "a sign-in under way",
    "session": "who is signed in; that they signed in is in the journal",
    "kept_form": "forms that came after their session had ended, sealed, for an hour; what comes of them is in the journal",
    "form_answer": "pages that forms were answered with, sealed, for half an hour; what was done is in the journal",
    "sign_in_try": "limits on trying",
    "request_budget": "limits on requests",
    "idempotent_answer": "answers that are given again for some days",
    "outbox": "how far a notice is; what it tells of is in the journal",
    "virus_scan": "how far a scan is; what it came to is in the journal",
    "report_run": "how far a report is; what it is made of and what it came to is in the journal",
    "report_attempt": "how far a report is",
}
"""Every table is in one of the two: whoever adds one chooses."""


@dataclass(frozen=True)
class Seal:
    """What a record commits to of one row."""

    record: int
    salt: bytes
    commitment: str


@dataclass
class Seals:
    """The newest seal of each row, by its name: its table and its key."""

    newest: dict[str, Seal] = field(default_factory=dict)
    without_salt: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)

    def take(self, record: asyncpg.Record, leaf: Leaf | None) -> None:
        """What one record commits to; records come in order. Only a removal commits to records."""
        salt, number = bytes(record["salt"]), record["number"]
        if not salt:
            self.without_salt.append(number)
        if leaf is None or leaf.rows is UNSET:
            return
        for name, committed in leaf.rows.items():
            if not name.startswith(f"{JOURNAL}/"):
                self.newest[name] = Seal(number, salt, committed)
            elif leaf.deed == Deed.APPLY_RETENTION:
                self.newest[name] = Seal(number, salt, committed)
                self.removed.append(int(name.partition("/")[2]))


async def prove_rows(db: Db, fault: Fault, seals: Seals) -> int:
    """Every row of the covered tables; how many. Within one snapshot, after the journal was read."""
    waiting, seen, odd = dict(seals.newest), set[str](), dict[str, bytes]()
    for number in sorted(set(seals.without_salt) ^ set(seals.removed)):
        has = (
            "removed, and no record of a removal says so"
            if number in seals.without_salt
            else "removed, and it has a salt"
        )
        fault(f"Journal record {number}: what it said was {has}.")
    async for name, sha256 in _rows(db, seals.removed):
        seal = waiting.pop(name, None)
        if name in seen:
            fault(f"{_words(name)} is there twice.")
        elif seal is None:
            fault(f"{_words(name)} is in no journal record.")
        elif commitment(seal.salt, name, sha256) != seal.commitment:
            odd[name] = sha256
        seen.add(name)
    for name, seal in waiting.items():
        fault(f"{_words(name)} is missing: journal record {seal.record} committed to it.")
    earlier = await _earlier(db, odd)
    for name in odd:
        was = f", but what record {earlier[name]} did" if name in earlier else ""
        fault(f"{_words(name)} is not what journal record {seals.newest[name].record} committed to{was}.")
    return len(seen)


def _words(name: str) -> str:
    table, _, key = name.partition("/")
    if table == JOURNAL:
        return f"What is left of journal record {key}"
    return f"The problems of version {key}: the row" if table == PROBLEMS else f"The row {key} of {table}"


# The text is PostgreSQL's own, by no function of ours: whoever could change a row could change that too.
_TEXT: Final = """
SELECT concat_ws('/', {keys}) AS key, (SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb(t))
    WHERE value <> 'null' AND key <> ALL($1::text[]))::text AS text FROM {table} t WHERE {where}
"""
_PROBLEMS_TEXT: Final = (
    "SELECT version_id::text AS key, string_agg(jsonb_strip_nulls(to_jsonb(t))::text, E'\\n' ORDER BY number) AS text "
    "FROM return_problem t GROUP BY version_id"
)


async def _rows(db: Db, removed: Sequence[int]) -> AsyncIterator[tuple[str, bytes]]:
    for table, sealed in (*ROWS.items(), (JOURNAL, _LEFT)):
        which = "number = ANY($2::bigint[])" if table == JOURNAL else "$2::bigint[] IS NOT NULL"
        query = _TEXT.format(table=table, keys=", ".join(f"{column}::text" for column in sealed.key), where=which)
        async for row in db.cursor(query, list(sealed.hidden), removed, prefetch=1_000):
            yield f"{table}/{row['key']}", hashlib.sha256(row["text"].encode()).digest()
    async for row in db.cursor(_PROBLEMS_TEXT, prefetch=10):
        yield f"{PROBLEMS}/{row['key']}", hashlib.sha256(row["text"].encode()).digest()


async def _earlier(db: Db, odd: dict[str, bytes]) -> dict[str, int]:
    """The newest earlier records whose state some rows were put back to."""
    found: dict[str, int] = {}
    if not odd:
        return found
    async for record in db.cursor("SELECT number, salt, leaf FROM journal WHERE role IS NOT NULL ORDER BY number"):
        leaf = read_leaf(record["leaf"] or "")
        rows = {} if leaf is None or leaf.rows is UNSET else leaf.rows
        for name in odd.keys() & rows.keys():
            if commitment(bytes(record["salt"]), name, odd[name]) == rows[name]:
                found[name] = record["number"]
    return found
