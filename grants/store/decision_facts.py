"""What a decision is looked at beside: the positions of accounts, now or as an entry left them, and earlier terms of an award."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import msgspec

from grants.domain.awards import AwardTerms
from grants.domain.decision_effects import Standing
from grants.domain.ledger import Entry, Holding, Move, MoveKind, account_named
from grants.domain.plan import BudgetKind
from grants.store.transaction import Db

_NOW: Final = """
SELECT account, budget_kind, balance_pence, funded_pence FROM position WHERE account = ANY($1::text[]) AND $2::bigint IS NULL
"""
_AT: Final = """
WITH side AS (
    SELECT source AS account, target AS other, budget_kind, -pence AS change FROM entry WHERE source = ANY($1::text[]) AND number <= $2
    UNION ALL
    SELECT target, source, budget_kind, pence FROM entry WHERE target = ANY($1::text[]) AND number <= $2
)
SELECT account, budget_kind, sum(change)::bigint AS balance_pence,
    coalesce(sum(change) FILTER (WHERE CASE split_part(account, ':', 1)
        WHEN 'line' THEN split_part(other, ':', 1) IN ('source', 'line') WHEN 'award' THEN split_part(other, ':', 1) = 'line'
        WHEN 'held' THEN split_part(other, ':', 1) = 'award' ELSE true END), 0)::bigint AS funded_pence
FROM side GROUP BY account, budget_kind
"""


async def standings(db: Db, accounts: Collection[str], entry_no: int | None = None) -> dict[Holding, Standing]:
    """How accounts stand, as an entry left them; None: now. An account that nothing ever touched is left out."""
    rows = await db.fetch(_NOW if entry_no is None else _AT, sorted(accounts), entry_no)
    return {
        (row["account"], BudgetKind(row["budget_kind"])): Standing(row["balance_pence"], row["funded_pence"])
        for row in rows
    }


async def entries_of(db: Db, numbers: Collection[int]) -> list[Entry]:
    """Entries in the order of the ledger."""
    rows = await db.fetch("SELECT * FROM entry WHERE number = ANY($1::bigint[]) ORDER BY number", sorted(numbers))
    return [
        Entry(
            row["number"],
            Move(
                MoveKind(row["kind"]),
                account_named(row["source"]),
                account_named(row["target"]),
                row["pence"],
                BudgetKind(row["budget_kind"]),
                row["effective_on"],
                reverses=row["reverses"],
            ),
        )
        for row in rows
    ]


async def terms_of(db: Db, award: str, version: int) -> AwardTerms | None:
    """A version of an award's terms."""
    text = await db.fetchval("SELECT terms::text FROM award_terms WHERE award = $1 AND version = $2", award, version)
    return None if text is None else msgspec.json.decode(text, type=AwardTerms)


async def based_on(db: Db, decision_id: UUID) -> int | None:
    """The version of an award's terms that a decision was worked out from; None where it was not."""
    found: int | None = await db.fetchval("SELECT based_on FROM decision WHERE id = $1", decision_id)
    return found
