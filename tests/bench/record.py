"""The record that benchmarks find: the real plan, people with tokens, awards, and accepted returns with as many lines as wanted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from grants.actions.awards import move_award
from grants.actions.decisions import approve, propose
from grants.actions.people import OPERATOR, add_person, ensure_service_actors
from grants.actions.plan import load_plan
from grants.actions.recipients import load_recipients
from grants.actions.returns import Certificate, accept, certify
from grants.actions.rounds import NewRound, add_round, move_round
from grants.actions.submissions import Checked, Upload, submit
from grants.actions.tokens import create_token
from grants.domain.access import Actor, Role
from grants.domain.awards import AwardState, AwardTerms, BudgetLine, CostCategory
from grants.domain.decisions import Allocate, DecisionTerms, MakeAward
from grants.domain.money import MAX_PENCE
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryTotal
from grants.domain.rounds import RoundState
from grants.store.people import actor_by_email
from grants.store.transaction import Gate
from tests.bench.ground import Ground
from tests.database import looking
from tests.grants.actions.cast import REAL_PLAN

PROGRAMME, LINE, YEAR = "ACTION-PLAN", "LOCAL-INQUIRIES", "2025-26"
QUARTERS = tuple(f"{YEAR}-Q{number}" for number in range(1, 5))
CATEGORIES = (CostCategory.STAFF_PAY, CostCategory.TRAVEL, CostCategory.ICT, CostCategory.THIRD_PARTY)
BIG_AWARDS, BIG_RECIPIENT = tuple(f"BENCH-BIG-{number}" for number in range(6)), "GB-LAE-OLD"
"""The awards whose returns are uploaded; no return of their recipient has been accepted."""
_KIND = BudgetKind.RDEL_PROGRAMME


@dataclass(frozen=True)
class Token:
    """A person, and what they sign in with."""

    actor: Actor
    token: str


@dataclass(frozen=True)
class Cast:
    """Who acts."""

    lead: Token
    approver: Token
    officer: Token
    certifier: Token


async def open_record(gate: Gate, awards: int) -> Cast:
    """The plan, the large awards, and so many small ones, with their rounds open."""
    async with gate.deed(OPERATOR) as tx:
        await ensure_service_actors(tx)
        await load_recipients(tx)
        await load_plan(tx, REAL_PLAN)
    async with looking(gate) as db:
        rows = await db.fetch("SELECT id FROM recipient WHERE id <> $1 ORDER BY id LIMIT $2", BIG_RECIPIENT, awards)
    others = [row["id"] for row in rows]
    cast = Cast(
        await _person(gate, Role.PROGRAMME_LEAD, None),
        await _person(gate, Role.APPROVER, None),
        await _person(gate, Role.FINANCE_OFFICER, [BIG_RECIPIENT, *others]),
        await _person(gate, Role.CERTIFIER, [BIG_RECIPIENT, *others]),
    )
    for _ in range(3):
        await _decide(gate, cast, Allocate(LINE, YEAR, MAX_PENCE))
    for period in QUARTERS:
        async with gate.deed(cast.lead.actor) as tx:
            planned = await add_round(tx, NewRound(PROGRAMME, period))
            await move_round(tx, planned.id, RoundState.OPEN)
    for reference in BIG_AWARDS:
        await _award(gate, cast, reference, BIG_RECIPIENT, MAX_PENCE // 3)
    for number, recipient in enumerate(others):
        await _award(gate, cast, f"BENCH-{number:02d}", recipient, MAX_PENCE // 2 // awards)
    return cast


async def _person(gate: Gate, role: Role, over: list[str] | None) -> Token:
    email = f"{role.value}@example.org"
    async with gate.deed(OPERATOR) as tx:
        await add_person(tx, email, f"A {role.value}", [(role, over)])
        token = await create_token(tx, email)
        actor = await actor_by_email(tx.db, email)
    if actor is None:
        raise RuntimeError("the person was not kept")
    return Token(actor, token)


async def another_person(gate: Gate, role: Role) -> Actor:
    """Somebody with a role over everything."""
    return (await _person(gate, role, None)).actor


async def _decide(gate: Gate, cast: Cast, terms: DecisionTerms) -> None:
    async with gate.deed(cast.lead.actor) as tx:
        decision = await propose(tx, terms, "Benchmark")
    async with gate.deed(cast.approver.actor) as tx:
        await approve(tx, decision.id, "Benchmark")


_TO_ACTIVE = (AwardState.DUE_DILIGENCE, AwardState.OFFERED, AwardState.AGREED, AwardState.ACTIVE)


def _made(reference: str, recipient: str, pence: int) -> MakeAward:
    terms = AwardTerms(
        purpose="Benchmark",
        start=date(2025, 4, 1),
        end=date(2026, 3, 31),
        budget=tuple(BudgetLine(YEAR, category, pence // len(CATEGORIES)) for category in CATEGORIES),
    )
    return MakeAward(reference, LINE, recipient, terms)


async def _award(gate: Gate, cast: Cast, reference: str, recipient: str, pence: int) -> None:
    await _decide(gate, cast, _made(reference, recipient, pence))
    for state in _TO_ACTIVE:
        async with gate.deed(cast.lead.actor) as tx:
            await move_award(tx, reference, state, "Benchmark")


_A_DEED = 50
"""Awards that one deed makes: each would wait for the disk by itself."""


async def more_awards(ground: Ground, gate: Gate, cast: Cast, have: int, wanted: int) -> None:
    """Gives recipients active awards with returns that are due, until there are so many awards in all; PostgreSQL knows of them."""
    async with looking(gate) as db:
        rows = await db.fetch("SELECT id FROM recipient WHERE id <> $1 ORDER BY id", BIG_RECIPIENT)
    recipients = [row["id"] for row in rows]
    for first in range(have, wanted, _A_DEED):
        numbers = range(first, min(first + _A_DEED, wanted))
        async with gate.deed(cast.lead.actor) as tx:
            made = [
                await propose(
                    tx, _made(f"MORE-{number:04d}", recipients[number % len(recipients)], 400_000), "Benchmark"
                )
                for number in numbers
            ]
        async with gate.deed(cast.approver.actor) as tx:
            for decision in made:
                await approve(tx, decision.id, "Benchmark")
        async with gate.deed(cast.lead.actor) as tx:
            for number in numbers:
                for state in _TO_ACTIVE:
                    await move_award(tx, f"MORE-{number:04d}", state, "Benchmark")
    async with _connected(ground.owner_dsn) as owner:
        await owner.execute("ANALYZE")


async def accept_returns(gate: Gate, cast: Cast, awards: int, lines: int) -> list[int]:
    """Accepts every return of the small awards, each as of so many lines, which `add_lines` adds; the versions' identifiers."""
    for award in range(awards):
        for period in QUARTERS:
            await _accept(gate, cast, f"BENCH-{award:02d}", period, lines)
    async with looking(gate) as db:
        rows = await db.fetch("SELECT id FROM return_version ORDER BY id")
    return [row["id"] for row in rows]


async def _accept(gate: Gate, cast: Cast, award: str, period: str, lines: int) -> None:
    totals = dict.fromkeys(CATEGORIES, 0)
    for number in range(1, lines + 1):
        totals[CATEGORIES[number % 4]] += 1000 + number % 977 + number % 13
    checked = Checked(
        problems=(),
        totals=tuple(CategoryTotal(category, _KIND, pence) for category, pence in totals.items()),
        forecasts=(),
        header={},
        lines=b"",
        line_columns=(),
        line_count=lines,
        parser_version="bench",
        template_version="bench",
    )
    upload = Upload("return.xlsx", f"{award} {period}".encode())
    async with gate.deed(cast.officer.actor) as tx:
        found = await submit(tx, award, period, upload, checked)
    async with gate.deed(cast.certifier.actor) as tx:
        await certify(tx, found.id, Certificate("A certifier", "Section 151 officer", declaration=True))
    async with gate.deed(cast.lead.actor) as tx:
        await accept(tx, found.id)


# The amounts are those that _accept adds up.
_LINES = """
INSERT INTO spend_line (version_id, row, sheet, cell, reference, category, description, payee, spent_on, budget_kind, net_pence,
    vat_pence, accrual, evidence, fingerprint)
SELECT $1, n + 5, 'Spend', 'G' || n + 5, 'INV-' || lpad(n::text, 6, '0'), ($4::text[])[n % 4 + 1],
    'Work order ' || n::bigint * 7919 % 40000 || ', month ' || n % 3 + 1, 'Supplier ' || n * 31 % 3000 || ' Ltd',
    date '2026-01-01' + n % 90, $5, 1000 + n % 977, n % 13, false, 'EV-' || n / 4, hashint8extended(n, $1)
FROM generate_series($2::int, $3::int) n
"""


async def add_lines(ground: Ground, versions: list[int], had: int, have: int) -> None:
    """Gives each version lines until it has so many, and leaves the database with no work of its own to do."""
    categories = [category.value for category in CATEGORIES]
    async with _connected(ground.owner_dsn) as owner:
        for version in versions:
            await owner.execute(_LINES, version, had + 1, have, categories, _KIND.value)
        await owner.execute("VACUUM (ANALYZE, FREEZE) spend_line")
    if ground.checkpoint_dsn is not None:
        async with _connected(ground.checkpoint_dsn) as admin:
            await admin.execute("CHECKPOINT")


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()
