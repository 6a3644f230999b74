"""Payments of a finance system against what is expected and what is on the record: exact matches become proposals."""

from collections.abc import Sequence

from msgspec import structs

from grants.actions.award_registers import Drafted
from grants.actions.decisions import weigh
from grants.domain.errors import TallystickError
from grants.domain.expected_payments import named_by
from grants.domain.payment_matching import match_payments, nearest
from grants.domain.periods import london_day
from grants.domain.registers import Outcome, PaymentEntry, RowResult
from grants.store import awards, register_loads
from grants.store.transaction import Tx


async def draft_payments(tx: Tx, entries: Sequence[PaymentEntry]) -> Drafted:
    """Matches each payment of a file. Writes nothing. What is no exact match is told in its row, and never a problem."""
    seen = await register_loads.references(tx.db)
    there = set(seen)
    named = {named_by(entry).award for entry in entries}
    close = {near for award in named - there if (near := nearest(award, seen))}
    ground = await register_loads.ground(tx.db, sorted(named | close), seen)
    matches = match_payments(entries, ground, london_day(tx.now))
    drafted = Drafted()
    for entry, match in zip(entries, matches, strict=True):
        row = RowResult(
            entry.sheet,
            entry.row,
            entry.cell,
            match.outcome,
            match.message,
            entry.reference,
            entry.pence,
            match.award,
            entry.paid_on,
            entry.transaction,
            match.decision,
        )
        if match.terms is not None:
            try:
                drafted.proposals[len(drafted.rows)] = await weigh(tx, match.terms)
            except TallystickError as refusal:
                row = structs.replace(row, outcome=Outcome.NEAR_MISS, message=refusal.message)
        drafted.rows.append(row)
    about = {row.award for row in drafted.rows}
    found = await awards.several(tx.db, [award for award in about if award is not None])
    if None not in about:
        drafted.programmes = {award.programme for award in found.values()}
    return drafted
