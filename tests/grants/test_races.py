"""Two people at the same moment: one outcome, and nothing falls between them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from grants.actions import awards, decisions, returns, rounds, submissions
from grants.domain.access import Actor, Deed, Role
from grants.domain.awards import AwardState, AwardTerms, BudgetLine, CostCategory
from grants.domain.decisions import AddLine, Allocate, AmendLine, LineFacts, MakeAward, Pay, Reduce, Reverse, Withdraw
from grants.domain.errors import Conflict, RuleBroken, TallystickError
from grants.domain.plan import BudgetKind, YearBasis
from grants.domain.returns import CategoryTotal
from grants.domain.rounds import RoundState
from grants.store import ledger, tables
from grants.store.journal import record
from grants.store.transaction import Gate, Tx
from tests.database import Database, looking
from tests.grants.actions import cast

NOW = datetime(2025, 7, 15, 12, tzinfo=UTC)
PERIOD = "2025-26-Q1"
TERMS = AwardTerms("P", date(2025, 4, 1), date(2026, 3, 31), (BudgetLine("2025-26", CostCategory.TRAVEL, 1000),))
CLAIM = submissions.Checked(
    (), (CategoryTotal(CostCategory.TRAVEL, BudgetKind.RDEL_PROGRAMME, 300),), (), {}, b"", (), 1, "1", "1"
)
CERTIFICATE = returns.Certificate("Cert Ifier", "Treasurer", True)


class Office:
    """A gate and the people who use it."""

    def __init__(self, gate: Gate, people: dict[Role, list[Actor]]) -> None:
        self.gate = gate
        self.people = people

    async def do(self, role: Role, deed: Callable[[Tx], Awaitable[Any]], which: int = 0) -> Any:
        """A deed by somebody with a role."""
        async with self.gate.deed(self.people[role][which]) as tx:
            return await deed(tx)

    async def propose(self, terms: Any) -> Any:
        """A proposal by the first programme lead."""
        return (await self.do(Role.PROGRAMME_LEAD, lambda tx: decisions.propose(tx, terms, "Needed"))).id

    def approving(self, proposed: list[Any]) -> list[Awaitable[Any]]:
        """Two approvers, all of the proposals at once."""
        return [
            self.do(Role.APPROVER, partial(decisions.approve, decision_id=one, reason="Yes"), place % 2)
            for place, one in enumerate(proposed)
        ]

    async def decide(self, terms: Any) -> None:
        """A proposal that is approved at once."""
        proposed = await self.propose(terms)
        await self.do(Role.APPROVER, lambda tx: decisions.approve(tx, proposed, "Agreed"))

    async def step(self, target: AwardState) -> None:
        """The award's next state."""
        await self.do(Role.PROGRAMME_LEAD, lambda tx: awards.move_award(tx, "AW-1", target, "On"))

    async def return_id(self) -> Any:
        """The award's return for the period."""
        async with looking(self.gate) as db:
            return await db.fetchval("SELECT id FROM spend_return WHERE award = 'AW-1' AND period = $1", PERIOD)

    async def balance(self, account: str) -> int:
        """Pence in an account."""
        async with looking(self.gate) as db:
            return sum(row.balance_pence for row in await ledger.positions(db) if row.account == account)


@pytest_asyncio.fixture
async def office(fresh_database: Database) -> AsyncIterator[Office]:
    """The plan's money, and an award that has been agreed and not begun."""
    async with cast.opened(fresh_database) as gate:
        gate.clock = lambda: NOW
        people = {role: [await cast.person(gate, role) for _ in range(2)] for role in Role}
        made = Office(gate, people)
        async with gate.deed(people[Role.PROGRAMME_LEAD][0]) as tx:
            await tx.add(tables.Programme(code="PROG", title="P", announced_on=NOW.date(), source=""))
            await tx.add(
                tables.FundingLine(
                    code="TOEX", programme="PROG", title="T", purpose="", announced_pence=0, year="2025-26",
                    year_basis="stated", budget_kind="rdel_programme", source="", place=1,
                )
            )  # fmt: skip
            await tx.add(tables.Recipient(id="E23000005", name="Force", kind="police", identifiers={}))
            await record(tx, Deed.LOAD_PLAN, "plan", "plan")
        await made.decide(Allocate("TOEX", "2025-26", 1000))
        await made.decide(MakeAward("AW-1", "TOEX", "E23000005", TERMS))
        for state in (AwardState.DUE_DILIGENCE, AwardState.OFFERED, AwardState.AGREED):
            await made.step(state)
        yield made


async def together(*deeds: Awaitable[Any]) -> list[TallystickError]:
    """All at once; the refusals."""
    answers = await asyncio.gather(*deeds, return_exceptions=True)
    strange = [
        answer for answer in answers if isinstance(answer, BaseException) and not isinstance(answer, TallystickError)
    ]
    assert strange == []
    return [answer for answer in answers if isinstance(answer, TallystickError)]


async def _round(office: Office) -> Any:
    made = await office.do(Role.PROGRAMME_LEAD, lambda tx: rounds.add_round(tx, rounds.NewRound("PROG", PERIOD)))
    return made.id


@pytest.mark.parametrize("award_first", [True, False])
async def test_an_award_that_begins_as_its_round_opens_owes_its_return(office: Office, award_first: bool) -> None:
    """Neither deed sees the other's unfinished work: whoever comes second must wait and look again."""
    planned = await _round(office)

    async def begin(tx: Tx) -> None:
        await awards.move_award(tx, "AW-1", AwardState.ACTIVE, "On")
        await asyncio.sleep(0.2)

    async def open_round(tx: Tx) -> None:
        await rounds.move_round(tx, planned, RoundState.OPEN)
        await asyncio.sleep(0.2)

    async def later(deed: Callable[[Tx], Awaitable[Any]]) -> None:
        await asyncio.sleep(0.1)
        await office.do(Role.PROGRAMME_LEAD, deed, 1)

    first, second = (begin, open_round) if award_first else (open_round, begin)
    assert await together(office.do(Role.PROGRAMME_LEAD, first), later(second)) == []
    assert await office.return_id() is not None


async def _certified(office: Office) -> Any:
    planned = await _round(office)
    await office.do(Role.PROGRAMME_LEAD, lambda tx: rounds.move_round(tx, planned, RoundState.OPEN))
    await office.step(AwardState.ACTIVE)
    upload = submissions.Upload("a.xlsx", b"x")
    await office.do(Role.FINANCE_OFFICER, lambda tx: submissions.submit(tx, "AW-1", PERIOD, upload, CLAIM))
    found = await office.return_id()
    await office.do(Role.CERTIFIER, lambda tx: returns.certify(tx, found, CERTIFICATE))
    return found


async def test_two_reviewers_accept_one_return(office: Office) -> None:
    found = await _certified(office)
    lost = await together(
        *(office.do(Role.PROGRAMME_LEAD, lambda tx: returns.accept(tx, found), n % 2) for n in range(6))
    )
    assert [(type(error), error.code) for error in lost] == [(Conflict, "return_state")] * 5
    assert await office.balance("spent:AW-1:2025-26") == 300


async def test_one_reviewer_accepts_while_the_other_asks_for_changes(office: Office) -> None:
    found = await _certified(office)
    lost = await together(
        office.do(Role.PROGRAMME_LEAD, lambda tx: returns.accept(tx, found)),
        office.do(Role.PROGRAMME_LEAD, lambda tx: returns.request_changes(tx, found, "More"), 1),
    )
    assert [error.code for error in lost] == ["return_state"]
    async with looking(office.gate) as db:
        state = await db.fetchval("SELECT state FROM spend_return WHERE id = $1", found)
    assert (state, await office.balance("spent:AW-1:2025-26")) in {("accepted", 300), ("changes_requested", 0)}


async def test_a_return_is_reopened_once(office: Office) -> None:
    found = await _certified(office)
    await office.do(Role.PROGRAMME_LEAD, lambda tx: returns.accept(tx, found))
    lost = await together(
        *(office.do(Role.PROGRAMME_LEAD, lambda tx: returns.reopen(tx, found, "Wrong"), n % 2) for n in range(4))
    )
    assert len(lost) == 3
    assert await office.balance("spent:AW-1:2025-26") == 0


async def test_two_workbooks_at_once_are_two_versions_and_none_is_lost(office: Office) -> None:
    planned = await _round(office)
    await office.do(Role.PROGRAMME_LEAD, lambda tx: rounds.move_round(tx, planned, RoundState.OPEN))
    await office.step(AwardState.ACTIVE)
    files = [submissions.Upload(f"{n}.xlsx", bytes([n])) for n in range(5)]
    lost = await together(*(office.do(Role.FINANCE_OFFICER, partial(submissions.submit, award="AW-1", period=PERIOD, upload=file, checked=CLAIM), n % 2) for n, file in enumerate(files)))  # fmt: skip
    async with looking(office.gate) as db:
        numbers = [row["number"] for row in await db.fetch("SELECT number FROM return_version ORDER BY number")]
        kept = await db.fetchval("SELECT count(*) FROM workbook")
    assert numbers == list(range(1, 6 - len(lost)))
    assert kept == len(numbers)


async def test_two_approvers_approve_one_decision(office: Office) -> None:
    proposed = await office.propose(Allocate("TOEX", "2025-26", 50))
    lost = await together(
        *(office.do(Role.APPROVER, lambda tx: decisions.approve(tx, proposed, "Yes"), n % 2) for n in range(6))
    )
    assert [error.code for error in lost] == ["decided"] * 5
    assert await office.balance("source") == -1050


async def test_one_approves_while_another_declines(office: Office) -> None:
    proposed = await office.propose(Allocate("TOEX", "2025-26", 50))
    lost = await together(
        office.do(Role.APPROVER, lambda tx: decisions.approve(tx, proposed, "Yes")),
        office.do(Role.APPROVER, lambda tx: decisions.decline(tx, proposed, "No"), 1),
    )
    assert [error.code for error in lost] == ["decided"]
    async with looking(office.gate) as db:
        state = await db.fetchval("SELECT state FROM decision WHERE id = $1", proposed)
    assert (state, await office.balance("source")) in {("approved", -1050), ("declined", -1000)}


async def test_a_claim_is_paid_once_however_many_payments_were_proposed(office: Office) -> None:
    found = await _certified(office)
    await office.do(Role.PROGRAMME_LEAD, lambda tx: returns.accept(tx, found))
    payments = [await office.propose(Pay("AW-1", "2025-26", 300, NOW.date(), claim=PERIOD)) for _ in range(4)]
    lost = await together(*office.approving(payments))
    assert [error.code for error in lost] == ["limit"] * 3
    assert (await office.balance("award:AW-1:2025-26"), await office.balance("held:AW-1")) == (700, 0)


async def test_a_claim_reopened_as_it_is_paid_is_one_or_the_other_first(office: Office) -> None:
    found = await _certified(office)
    await office.do(Role.PROGRAMME_LEAD, lambda tx: returns.accept(tx, found))
    payment = await office.propose(Pay("AW-1", "2025-26", 300, NOW.date(), claim=PERIOD))
    lost = await together(
        office.do(Role.APPROVER, lambda tx: decisions.approve(tx, payment, "Yes")),
        office.do(Role.PROGRAMME_LEAD, lambda tx: returns.reopen(tx, found, "Wrong")),
    )
    assert all(isinstance(error, RuleBroken) and error.code == "claim_not_accepted" for error in lost)
    assert await office.balance("held:AW-1") == (0 if lost else 300)


async def test_an_award_is_withdrawn_once_and_an_entry_reversed_once(office: Office) -> None:
    withdrawals = [await office.propose(Withdraw("AW-1")) for _ in range(3)]
    lost = await together(*office.approving(withdrawals))
    assert len(lost) == 2
    assert await office.balance("line:TOEX:2025-26") == 1000
    undo = [await office.propose(Reverse(1)) for _ in range(3)]
    lost = await together(*office.approving(undo))
    assert len(lost) == 2
    assert {error.code for error in lost} <= {"reversed", "limit"}
    assert await office.balance("source") == 0


async def test_a_year_is_corrected_with_all_the_money_whoever_is_first(office: Office) -> None:
    line = "SPARE"
    facts = AddLine(line, "PROG", "Spare", "", 0, "2025-26", YearBasis.ASSUMED, "")
    await office.decide(facts)
    for _ in range(5):
        async with looking(office.gate) as db:
            old = await db.fetchval("SELECT year FROM funding_line WHERE code = $1", line)
        new = "2026-27" if old == "2025-26" else "2025-26"
        given = await office.propose(Allocate(line, old, 500))
        corrected = await office.propose(AmendLine(line, LineFacts(year=new)))
        await asyncio.gather(*office.approving([given, corrected]))
        async with looking(office.gate) as db:
            rows = await db.fetch(
                "SELECT year, balance_pence FROM position WHERE owner = $1 AND balance_pence > 0", line
            )
        # Given first, the money went along; given after, it was meant for the year that the decision names.
        assert {row["year"] for row in rows} <= {old, new}
        assert all(row["balance_pence"] == 500 for row in rows if row["year"] == old)
        for row in rows:
            if row["year"] == old:
                await office.decide(Reduce(line, old, 500))
