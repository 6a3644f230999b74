"""Payments as they were at a place in the record: each that had been made, and each that had been undone by its mirror."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from grants.domain.plan import BudgetKind
from grants.store.ledger import AsAt
from grants.store.standing.sight import require_sight
from grants.store.transaction import Db


@dataclass(frozen=True)
class PaymentAt:
    """A payment, or the mirror that undid it (`is_reversal`, with pence below zero, on the day on which it took effect).

    `number` counts the payments of one award from 1, in the order in which they were put on the record; a mirror has that of its payment.
    """

    award: str
    number: int
    entry_no: int
    effective_on: date
    year: str
    budget_kind: BudgetKind
    pence: int
    is_reversal: bool


_PAYMENTS: Final = """
WITH made AS (
    SELECT award, row_number() OVER (PARTITION BY award ORDER BY entry_no) AS number, entry_no, year, budget_kind, pence
    FROM payment WHERE entry_no <= $1
)
SELECT m.award, m.number, e.number AS entry_no, e.effective_on, m.year, m.budget_kind,
    CASE WHEN e.reverses IS NULL THEN m.pence ELSE -m.pence END AS pence, e.reverses IS NOT NULL AS is_reversal
FROM made m JOIN entry e ON m.entry_no IN (e.number, e.reverses) AND e.number <= $1
ORDER BY e.effective_on, m.award, e.number
"""


async def payments_at(db: Db, at: AsAt) -> list[PaymentAt]:
    """The payments that had been made and those that had been undone, by the day on which they took effect.

    Raises RuleBroken for a reader who may not see all.
    """
    await require_sight(db)
    rows = await db.fetch(_PAYMENTS, at.entry_no)
    return [PaymentAt(**{**dict(row), "budget_kind": BudgetKind(row["budget_kind"])}) for row in rows]
