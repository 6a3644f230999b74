"""Queries of awards: their terms, what was paid against each instalment and claim."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from grants.domain.access import Scope
from grants.domain.awards import AwardState, AwardTerms
from grants.domain.errors import NotFound
from grants.domain.plan import BudgetKind
from grants.store.transaction import Db, Tx

NO_AWARD: Final = "There is no award with that reference that you can see. Check the reference."


@dataclass(frozen=True)
class AwardRow:
    """An award as it stands, with the terms in force."""

    reference: str
    funding_line: str
    programme: str
    recipient_id: str
    recipient_name: str
    state: AwardState
    terms_version: int
    terms: AwardTerms
    is_example: bool

    @property
    def scope(self) -> Scope:
        """What a deed on this award is about."""
        return Scope(self.programme, self.recipient_id)


_AWARD: Final = """
SELECT a.reference, a.funding_line, l.programme, a.recipient_id, r.name AS recipient_name, a.state, a.terms_version,
    t.terms::text AS terms, a.is_example
FROM award a JOIN funding_line l ON l.code = a.funding_line JOIN recipient r ON r.id = a.recipient_id
    JOIN award_terms t ON t.award = a.reference AND t.version = a.terms_version
"""


async def find(db: Db, reference: str) -> AwardRow:
    """One award. Raises NotFound."""
    row = await db.fetchrow(f"{_AWARD} WHERE a.reference = $1", reference)
    if row is None:
        raise NotFound("award", NO_AWARD)
    return _row(row)


async def several(db: Db, references: Iterable[str]) -> dict[str, AwardRow]:
    """Those of the awards that there are, by reference."""
    rows = await db.fetch(f"{_AWARD} WHERE a.reference = ANY($1::text[])", sorted(set(references)))
    return {row["reference"]: _row(row) for row in rows}


async def lock(tx: Tx, reference: str) -> AwardRow:
    """One award, which nobody else changes until the deed ends. Raises NotFound."""
    await tx.db.execute("SELECT FROM award WHERE reference = $1 FOR NO KEY UPDATE", reference)
    return await find(tx.db, reference)


async def page_of(
    db: Db, after: str, limit: int, programmes: frozenset[str] | None, recipients: frozenset[str] | None
) -> list[AwardRow]:
    """Awards in order of reference, those of the programmes or of the recipients; None: of all."""
    rows = await db.fetch(
        f"{_AWARD} WHERE a.reference > $1 AND ($3::text[] IS NULL OR l.programme = ANY($3) OR $4::text[] IS NULL "
        "OR a.recipient_id = ANY($4)) ORDER BY a.reference LIMIT $2",
        after,
        limit,
        None if programmes is None else sorted(programmes),
        None if recipients is None else sorted(recipients),
    )
    return [_row(row) for row in rows]


async def all_of(db: Db, programme: str) -> list[AwardRow]:
    """Every award of a programme, in order of reference."""
    return [_row(row) for row in await db.fetch(f"{_AWARD} WHERE l.programme = $1 ORDER BY a.reference", programme)]


def _row(row: asyncpg.Record) -> AwardRow:
    facts = dict(row)
    terms = msgspec.json.decode(facts["terms"], type=AwardTerms)
    return AwardRow(**{**facts, "terms": terms, "state": AwardState(facts["state"])})


async def unpaid(db: Db, reference: str) -> dict[tuple[str, BudgetKind], int]:
    """Pence that an award has not been paid, by year and budget kind."""
    rows = await db.fetch(
        "SELECT year, budget_kind, balance_pence FROM position WHERE kind = 'award' AND owner = $1", reference
    )
    return {(row["year"], BudgetKind(row["budget_kind"])): row["balance_pence"] for row in rows}


_PAID: Final = """
SELECT coalesce(sum(p.pence), 0)::bigint FROM payment p
WHERE p.award = $1 AND p.budget_kind = $2 AND NOT EXISTS (SELECT FROM entry r WHERE r.reverses = p.entry_no)
"""


async def paid_for_instalment(db: Db, award: str, kind: BudgetKind, number: int) -> int:
    """Pence paid against one instalment of the profile, reversed payments not counted."""
    paid: int = await db.fetchval(f"{_PAID} AND p.instalment = $3", award, kind.value, number)
    return paid


async def paid_for_claim(db: Db, award: str, kind: BudgetKind, claim: UUID) -> int:
    """Pence paid against one return, reversed payments not counted."""
    paid: int = await db.fetchval(f"{_PAID} AND p.claim = $3", award, kind.value, claim)
    return paid


async def add_terms(tx: Tx, reference: str, version: int, terms: AwardTerms, decision_id: UUID) -> None:
    """Keeps a version of an award's terms beside the earlier ones."""
    await tx.db.execute(
        "INSERT INTO award_terms (award, version, terms, decision_id) VALUES ($1, $2, $3::jsonb, $4)",
        reference,
        version,
        msgspec.json.encode(terms).decode(),
        decision_id,
    )


async def set_state(tx: Tx, reference: str, state: AwardState, terms_version: int | None = None) -> None:
    """Moves an award, and puts a version of its terms in force."""
    await tx.db.execute(
        "UPDATE award SET state = $2, terms_version = coalesce($3, terms_version) WHERE reference = $1",
        reference,
        state.value,
        terms_version,
    )
