"""Awards as people see them, and the moves of an award's state that a programme lead makes."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from grants.actions.listing import Page, decode_cursor, page
from grants.actions.rounds import returns_for_award
from grants.domain.access import Deed, narrowed_to, require, require_genuine, require_outsider
from grants.domain.awards import TAKES_RETURNS, AwardState, AwardTerms, check_move
from grants.store import awards as stored
from grants.store.awards import AwardRow
from grants.store.journal import record
from grants.store.transaction import Tx, View


class AwardSummary(Struct, frozen=True):
    """An award in a list."""

    reference: str
    funding_line: str
    programme: str
    recipient_id: str
    recipient_name: str
    state: AwardState
    terms_version: int
    terms: AwardTerms
    is_example: bool


class AwardYear(Struct, frozen=True):
    """An award's money in one financial year, of one budget kind, in pence."""

    year: str
    budget_kind: str
    awarded_pence: int
    paid_pence: int
    unpaid_pence: int
    spent_pence: int


class PaymentView(Struct, frozen=True):
    """Money paid against an instalment or a claim."""

    id: UUID
    entry_no: int
    year: str
    budget_kind: str
    pence: int
    paid_on: str
    instalment: int | None
    claim: UUID | None
    reversed: bool


class TermsView(Struct, frozen=True):
    """A version of an award's terms and the decision that made it."""

    version: int
    decision_id: UUID
    decided_at: datetime | None


class AwardView(AwardSummary, frozen=True):
    """One award, whole. `held_pence`: paid and not accounted for; below zero it is owed to the recipient."""

    years: list[AwardYear]
    held_pence: dict[str, int]
    payments: list[PaymentView]
    terms_history: list[TermsView]


def _summary(row: AwardRow) -> AwardSummary:
    return AwardSummary(**{name: getattr(row, name) for name in AwardSummary.__struct_fields__})


async def awards_page(view: View, after: str | None, limit: int) -> Page[AwardSummary]:
    """Awards that the actor may see, in order of reference."""
    require(view.actor, Deed.SEE_AWARD)
    programmes, recipients = narrowed_to(view.actor, Deed.SEE_AWARD)
    found = await stored.page_of(view.db, decode_cursor(after), limit + 1, programmes, recipients)
    return page([_summary(row) for row in found], limit, lambda award: award.reference)


_YEARS = """
SELECT coalesce(a.year, s.year) AS year, coalesce(a.budget_kind, s.budget_kind) AS budget_kind,
    coalesce(a.funded_pence, 0) AS awarded_pence, coalesce(a.funded_pence - a.balance_pence, 0) AS paid_pence,
    coalesce(a.balance_pence, 0) AS unpaid_pence, coalesce(s.balance_pence, 0) AS spent_pence
FROM (SELECT * FROM position WHERE kind = 'award' AND owner = $1) a
    FULL JOIN (SELECT * FROM position WHERE kind = 'spent' AND owner = $1) s USING (year, budget_kind)
ORDER BY 1, 2
"""


async def award_view(view: View, reference: str) -> AwardView:
    """One award. Raises NotFound."""
    row = await stored.find(view.db, reference)
    require(view.actor, Deed.SEE_AWARD, row.scope, sight=Deed.SEE_AWARD)
    held = await view.db.fetch(
        "SELECT budget_kind, balance_pence FROM position WHERE kind = 'held' AND owner = $1", reference
    )
    payments = await view.db.fetch(
        "SELECT p.id, p.entry_no, p.year, p.budget_kind, p.pence, p.paid_on::text AS paid_on, p.instalment, p.claim, "
        "EXISTS (SELECT FROM entry r WHERE r.reverses = p.entry_no) AS reversed FROM payment p WHERE p.award = $1 ORDER BY p.entry_no",
        reference,
    )
    versions = await view.db.fetch(
        "SELECT t.version, t.decision_id, d.decided_at FROM award_terms t JOIN decision d ON d.id = t.decision_id "
        "WHERE t.award = $1 ORDER BY t.version",
        reference,
    )
    summary = _summary(row)
    return AwardView(
        **{name: getattr(summary, name) for name in AwardSummary.__struct_fields__},
        years=[AwardYear(**dict(year)) for year in await view.db.fetch(_YEARS, reference)],
        held_pence={holding["budget_kind"]: holding["balance_pence"] for holding in held},
        payments=[PaymentView(**dict(payment)) for payment in payments],
        terms_history=[TermsView(**dict(version)) for version in versions],
    )


async def move_award(tx: Tx, reference: str, target: AwardState, reason: str) -> AwardView:
    """Moves an award to its next state. One that becomes active gets the returns that open rounds ask for.

    Raises NotFound, NotAllowed, also for who belongs to the recipient, or RuleBroken where the award may not go there.
    """
    award = await stored.lock(tx, reference)
    require(tx.actor, Deed.MOVE_AWARD, award.scope, sight=Deed.SEE_AWARD)
    require_genuine(tx.actor, award.is_example)
    require_outsider(tx.actor, award.scope)
    check_move(award.state, target)
    await stored.set_state(tx, reference, target)
    if target in TAKES_RETURNS:
        await returns_for_award(tx, reference)
    await record(
        tx, Deed.MOVE_AWARD, "award", reference, before={"state": award.state}, after={"state": target}, reason=reason
    )
    return await award_view(tx, reference)
