"""A return's life after its upload: explained, certified, reviewed, accepted into the ledger, reopened out of it."""

from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta, Struct

from grants.actions.return_views import ReturnView, newest_version, view_of
from grants.domain.access import Deed, require, require_another, require_genuine, require_outsider
from grants.domain.awards import Words, check_open
from grants.domain.decision_moves import held_account
from grants.domain.errors import Conflict, Invalid, RuleBroken
from grants.domain.ledger import Account, AccountKind, Move, MoveKind
from grants.domain.periods import london_day
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryForecast, CategoryTotal, ReturnDeed, ReturnState, in_postable_order, move
from grants.store import awards, ledger, return_people
from grants.store import returns as stored
from grants.store.evidence import lines_sha256
from grants.store.journal import record
from grants.store.ledger import Cause, post
from grants.store.returns import ReturnRow
from grants.store.transaction import Tx

DECLARATION = (
    "I certify that this spend was properly incurred for the purpose of the grant in the period, and that no other "
    "government grant has been claimed for it."
)


class Reason(Struct, frozen=True, forbid_unknown_fields=True):
    """The recipient's answer to one warning, by the warning's number."""

    problem: Annotated[int, Meta(ge=1)]
    reason: Words


LookedAt = Annotated[
    int,
    Meta(ge=1, description="The version that you looked at: refused where a newer one has come since.", examples=[1]),
]


class Certificate(Struct, frozen=True, forbid_unknown_fields=True):
    """Who certifies, in which office, and that they declare what the certificate says."""

    name: Annotated[str, Meta(min_length=2, max_length=200, pattern=r"\S")]
    role: Annotated[str, Meta(min_length=2, max_length=200, pattern=r"\S")]
    declaration: bool
    version: LookedAt | None = None


async def explain(tx: Tx, return_id: UUID, reasons: list[Reason]) -> ReturnView:
    """Keeps the reasons that a recipient gives for warnings. Raises Invalid for a number that is no warning."""
    found = await stored.lock_one(tx, return_id)
    require(tx.actor, Deed.UPLOAD_RETURN, found.scope, sight=Deed.SEE_RETURN)
    require_genuine(tx.actor, found.is_example)
    check_open(found.award_state)
    if found.state is not ReturnState.READY:
        raise Conflict("return_state", "Reasons are given while a return is ready to certify.", state=found.state.value)
    version_id, _ = await newest_version(tx, return_id)
    kept = await tx.db.fetch(
        "UPDATE return_problem p SET reason = a.reason, reason_by = $4 FROM unnest($2::bigint[], $3::text[]) a(number, reason) "
        "WHERE p.version_id = $1 AND p.number = a.number AND p.severity = 'warning' RETURNING p.number",
        version_id,
        [answer.problem for answer in reasons],
        [answer.reason.strip() for answer in reasons],
        tx.actor.id,
    )
    unknown = {answer.problem for answer in reasons} - {row["number"] for row in kept}
    if unknown:
        raise Invalid("problem", f"Problem {min(unknown)} is no warning of this return.")
    await record(
        tx, Deed.UPLOAD_RETURN, "return", found.name, after={"explained": [answer.problem for answer in reasons]}
    )
    return await view_of(tx, found)


async def certify(tx: Tx, return_id: UUID, certificate: Certificate) -> ReturnView:
    """The certifier signs: the return is submitted. Raises NotAllowed for its preparer, Conflict where warnings want a reason."""
    found, version_id = await _lock_for_certifier(tx, return_id)
    _check_version(found, certificate.version)
    state = move(found.state, ReturnDeed.CERTIFY)
    if not certificate.declaration:
        raise RuleBroken("declaration", f"To certify, set the declaration to true. It says: {DECLARATION}")
    if missing := await stored.unexplained(tx.db, version_id):
        raise Conflict("unexplained", _missing_reasons(missing), warnings=missing)
    await tx.db.execute(
        "UPDATE return_version SET certified_by = $2, certified_name = $3, certified_role = $4, certified_at = $5 WHERE id = $1",
        version_id,
        tx.actor.id,
        certificate.name.strip(),
        certificate.role.strip(),
        tx.now,
    )
    return await _moved(tx, found, Deed.CERTIFY_RETURN, ReturnDeed.CERTIFY, state)


def _check_version(found: ReturnRow, looked_at: int | None) -> None:
    if looked_at not in (None, found.version):
        raise Conflict(
            "version",
            f"You looked at version {looked_at}, but the newest is version {found.version}. Look at that one first.",
            newest=found.version,
        )


def _missing_reasons(count: int) -> str:
    return (
        "1 warning has no reason yet. Give one first."
        if count == 1
        else f"{count} warnings have no reason yet. Give one for each."
    )


async def decline_to_certify(tx: Tx, return_id: UUID, message: str) -> ReturnView:
    """The certifier refuses, and says why."""
    found, _ = await _lock_for_certifier(tx, return_id)
    state = move(found.state, ReturnDeed.DECLINE)
    return await _moved(tx, found, Deed.CERTIFY_RETURN, ReturnDeed.DECLINE, state, message)


async def start_review(tx: Tx, return_id: UUID) -> ReturnView:
    """A reviewer takes a certified return up."""
    found, _ = await _lock_for_review(tx, return_id)
    return await _moved(
        tx, found, Deed.REVIEW_RETURN, ReturnDeed.START_REVIEW, move(found.state, ReturnDeed.START_REVIEW)
    )


async def request_changes(tx: Tx, return_id: UUID, message: str) -> ReturnView:
    """The reviewer sends a return back, and says what to change."""
    found, _ = await _lock_for_review(tx, return_id)
    state = move(found.state, ReturnDeed.REQUEST_CHANGES)
    return await _moved(tx, found, Deed.REVIEW_RETURN, ReturnDeed.REQUEST_CHANGES, state, message)


async def accept(tx: Tx, return_id: UUID, message: str = "", version: int | None = None) -> ReturnView:
    """The reviewer accepts: the return is locked and its spend is accounted for in the ledger, by category and budget kind.

    `version` is the one that the reviewer looked at, if they say so. Raises NotAllowed for its preparer or certifier,
    Conflict for a newer version, or `spent_above_award` with the figures.
    """
    found, row = await _lock_for_review(tx, return_id)
    _check_version(found, version)
    state = move(found.state, ReturnDeed.ACCEPT)
    totals = msgspec.json.decode(row["totals_text"], type=list[CategoryTotal])
    in_order = in_postable_order(totals, await _accounted(tx, found))
    moves = [await _spend_move(tx, found, row, total) for total in in_order]
    after = {
        "version": found.version,
        "state": state,
        "total_pence": row["total_pence"],
        "sha256": row["sha256"],
        "lines_sha256": await lines_sha256(tx.db, row["id"]),
    }
    posted = await post(
        tx,
        Deed.REVIEW_RETURN,
        "return",
        found.name,
        Cause(return_version=row["id"]),
        moves,
        after=after,
        reason=message or None,
    )
    await stored.forecast_in_force(tx, row["id"], posted.journal_no, await _forecasts(tx, found, row))
    moved = await stored.step(tx, found, posted.journal_no, ReturnDeed.ACCEPT, state, found.version, message)
    return await view_of(tx, moved)


async def reopen(tx: Tx, return_id: UUID, reason: str) -> ReturnView:
    """Takes an accepted return out of the ledger by its mirror, so that a corrected one can follow. Raises Conflict."""
    found, row = await _lock_for_review(tx, return_id)
    state = move(found.state, ReturnDeed.REOPEN)
    numbers = [
        entry["number"]
        for entry in await tx.db.fetch(
            "SELECT e.number FROM entry e WHERE e.return_version = $1 AND e.reverses IS NULL "
            "AND NOT EXISTS (SELECT FROM entry r WHERE r.reverses = e.number)",
            row["id"],
        )
    ]
    moves = await ledger.mirrors(tx, numbers, london_day(tx.now)) if numbers else []
    before, after = {"state": found.state}, {"version": found.version, "state": state}
    cause = Cause(return_version=row["id"])
    posted = await post(
        tx, Deed.REVIEW_RETURN, "return", found.name, cause, moves, before=before, after=after, reason=reason
    )
    withdrawn = [(*forecast[:4], None) for forecast in await _forecasts(tx, found, row)]
    await stored.forecast_in_force(tx, row["id"], posted.journal_no, withdrawn)
    moved = await stored.step(tx, found, posted.journal_no, ReturnDeed.REOPEN, state, found.version, reason)
    return await view_of(tx, moved)


async def _lock(tx: Tx, return_id: UUID, deed: Deed) -> tuple[ReturnRow, int, asyncpg.Record]:
    found = await stored.lock_one(tx, return_id)
    require(tx.actor, deed, found.scope, sight=Deed.SEE_RETURN)
    require_genuine(tx.actor, found.is_example)
    check_open(found.award_state)
    row = await tx.db.fetchrow(
        "SELECT *, totals::text AS totals_text, forecasts::text AS forecasts_text FROM return_version WHERE return_id = $1 AND number = $2",
        found.id,
        found.version,
    )
    if row is None:
        raise Conflict("return_state", "No workbook has been uploaded for this return yet.", state=found.state.value)
    return found, row["id"], row


async def _lock_for_certifier(tx: Tx, return_id: UUID) -> tuple[ReturnRow, int]:
    """Whoever uploaded any version, or gave a reason for a warning, had a part in preparing the return."""
    found, version_id, _ = await _lock(tx, return_id, Deed.CERTIFY_RETURN)
    others = await return_people.preparers(tx.db, return_id)
    require_another(tx.actor, others, "The person who prepared a return cannot also certify it.")
    return found, version_id


async def _lock_for_review(tx: Tx, return_id: UUID) -> tuple[ReturnRow, asyncpg.Record]:
    found, _, row = await _lock(tx, return_id, Deed.REVIEW_RETURN)
    others = [*await return_people.preparers(tx.db, return_id), *await return_people.certifiers(tx.db, return_id)]
    require_another(tx.actor, others, "A return's preparer, certifier and reviewer are three people.")
    require_outsider(tx.actor, found.scope)
    return found, row


async def _moved(
    tx: Tx, found: ReturnRow, deed: Deed, step: ReturnDeed, state: ReturnState, message: str = ""
) -> ReturnView:
    after = {"version": found.version, "state": state, "step": step}
    journal_no = await record(
        tx, deed, "return", found.name, before={"state": found.state}, after=after, reason=message or None
    )
    return await view_of(tx, await stored.step(tx, found, journal_no, step, state, found.version, message))


async def _accounted(tx: Tx, found: ReturnRow) -> dict[BudgetKind, int]:
    """What the award's year accounts for now, by budget kind."""
    spent = Account(AccountKind.SPENT, found.award, found.period.year.code)
    rows = await tx.db.fetch("SELECT budget_kind, balance_pence FROM position WHERE account = $1", spent.name)
    return {BudgetKind(row["budget_kind"]): row["balance_pence"] for row in rows}


async def _spend_move(tx: Tx, found: ReturnRow, row: asyncpg.Record, total: CategoryTotal) -> Move:
    held = held_account(found.award)
    spent = Account(AccountKind.SPENT, found.award, found.period.year.code)
    source, target = (held, spent) if total.pence > 0 else (spent, held)
    evidence = await _evidence(tx, found, row, total)
    return Move(
        MoveKind.SPEND, source, target, abs(total.pence), total.budget_kind, found.period.last, total.category, evidence
    )


async def _evidence(tx: Tx, found: ReturnRow, row: asyncpg.Record, total: CategoryTotal) -> str:
    """Where the figure was typed: the return, its version, and the cells of the category's first and last line."""
    cells = await tx.db.fetchrow(
        "SELECT (array_agg(sheet || '!' || cell ORDER BY row))[1] AS first, (array_agg(cell ORDER BY row DESC))[1] AS last "
        "FROM spend_line WHERE version_id = $1 AND category = $2 AND budget_kind = $3",
        row["id"],
        total.category.value,
        total.budget_kind.value,
    )
    where = f"return/{found.name}/v{found.version}"
    if cells is None or cells["first"] is None:
        return where
    first: str = cells["first"]
    return f"{where}#{first}" if first.endswith(f"!{cells['last']}") else f"{where}#{first}:{cells['last']}"


async def _forecasts(tx: Tx, found: ReturnRow, row: asyncpg.Record) -> list[tuple[Any, ...]]:
    """What is expected for the rest of the year, by each budget kind of the award; a kind that nobody forecast expects nothing."""
    typed = msgspec.json.decode(row["forecasts_text"], type=list[CategoryForecast])
    award = await awards.find(tx.db, found.award)
    year = found.period.year.code
    kinds = {line.budget_kind for line in award.terms.budget if line.year == year}
    rest: dict[BudgetKind, int] = dict.fromkeys(sorted(kinds), 0)
    for forecast in typed:
        rest[forecast.budget_kind] = rest.get(forecast.budget_kind, 0) + forecast.pence
    return [(found.award, year, kind.value, found.period_code, pence) for kind, pence in rest.items()]
