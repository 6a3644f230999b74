"""One life of a ledger beside its model: each deed is done in both, and what one refuses the other must refuse."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from hypothesis.stateful import RuleBasedStateMachine

from grants.actions import awards, decisions, returns, rounds, submissions
from grants.domain.access import Actor, Grant, Role
from grants.domain.awards import AwardState, AwardTerms, BudgetLine, CostCategory, Instalment, PaymentBasis
from grants.domain.decisions import AmendLine, LineFacts, MakeAward, Vary, Withdraw
from grants.domain.errors import TallystickError
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryTotal
from grants.domain.rounds import RoundState
from grants.store import ledger, tables
from grants.store import returns as stored_returns
from grants.store.transaction import Gate, Tx
from tests.database import DatabaseServer, looking
from tests.grants.model import Claimed, Model, Moved
from tests.grants.standing import everything

Answer = TypeVar("Answer")
Which = tuple[str, str]
"""A return: its award and period."""

NOW = datetime(2025, 7, 15, 12, tzinfo=UTC)
TODAY = NOW.date()
PERIODS = ("2024-25-Q4", "2025-26-Q1")
REMEMBERED_EACH = 9
"""Places between those that a life remembers whole."""
WAY_TO_WORK = ("allocated", "due_diligence", "offered", "agreed", "active")
TABLES = "entry journal position award_cover decision award award_terms payment spend_return return_version return_event forecast"
EVERYTHING = "SELECT md5(string_agg(row, '' ORDER BY row)) FROM ({}) everything (row)".format(
    " UNION ALL ".join(f"SELECT '{table}' || t::text FROM {table} t" for table in TABLES.split())
)


def terms(budget: dict[tuple[str, BudgetKind, CostCategory], int], *, in_advance: bool) -> AwardTerms:
    """Terms with a budget; in advance, each of its lines is an instalment."""
    lines = tuple(BudgetLine(year, category, pence, kind) for (year, kind, category), pence in budget.items())
    profile = [Instalment(place, TODAY, line.year, line.pence, line.budget_kind) for place, line in enumerate(lines, 1)]
    return AwardTerms(
        purpose="Purpose",
        start=date(2024, 4, 1),
        end=date(2026, 3, 31),
        budget=lines,
        payment_basis=PaymentBasis.ADVANCE if in_advance else PaymentBasis.ARREARS,
        profile=tuple(profile) if in_advance else (),
    )


class Life(RuleBasedStateMachine):
    """A database of its own, people for every role, and the model."""

    server: DatabaseServer

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.pending: dict[UUID, tuple[Any, int | None]] = {}
        self.decided: list[UUID] = []
        self.then: dict[int, list[ledger.PositionRow]] = {}
        self.stood: dict[ledger.AsAt, tuple[object, ...]] = {}
        self._fresh = self.server.fresh()
        self._runner = asyncio.Runner()
        database = self._fresh.__enter__()
        self.gate: Gate = self._runner.run(Gate.open(database.service_dsn, connections=2, clock=lambda: NOW))
        everywhere = {role: Actor(uuid4(), role.value, (Grant(role),)) for role in Role}
        self.lead, self.approver = everywhere[Role.PROGRAMME_LEAD], everywhere[Role.APPROVER]
        self.officer, self.certifier = everywhere[Role.FINANCE_OFFICER], everywhere[Role.CERTIFIER]
        self.both = Actor(uuid4(), "Both", (Grant(Role.PROGRAMME_LEAD), Grant(Role.APPROVER)))
        self._runner.run(self._begin([*everywhere.values(), self.both]))

    async def _begin(self, people: list[Actor]) -> None:
        settling = Actor(self.lead.id, self.lead.name, (*self.lead.grants, Grant(Role.ADMINISTRATOR)))
        async with self.gate.deed(settling) as tx:
            await tx.add(*(tables.Person(id=who.id, email=f"{who.id}@example.org", name=who.name) for who in people))
            await tx.add(tables.Programme(code="PROG", title="P", announced_on=TODAY, source=""))
            for place, code in enumerate(("TOEX", "CAID"), start=1):
                await tx.add(
                    tables.FundingLine(
                        code=code, programme="PROG", title=code, purpose="", announced_pence=0, year="2025-26",
                        year_basis="stated", budget_kind="rdel_programme", source="", place=place,
                    )
                )  # fmt: skip
            await tx.add(tables.Recipient(id="E23000005", name="Force", kind="police", identifiers={}))
            for period in PERIODS:
                made = await rounds.add_round(tx, rounds.NewRound("PROG", period))
                await rounds.move_round(tx, made.id, RoundState.OPEN)

    def teardown(self) -> None:
        """Looks back: every earlier position is as it was, and so is all that stood then."""
        try:
            for at, stood in self.stood.items():
                assert self.look(lambda db, at=at: everything(db, at)) == stood, at
            for number, rows in self.then.items():
                at = ledger.AsAt(number, 0)
                assert self.look(lambda db, at=at: ledger.positions(db, at)) == rows
        finally:
            self._runner.run(self.gate.close())
            self._runner.close()
            self._fresh.__exit__(None, None, None)

    def remember(self, at: ledger.AsAt) -> None:
        """Notes how all stood at some of the places, while they are the newest."""
        if at.journal_no % REMEMBERED_EACH == 0 and at not in self.stood:
            self.stood[at] = self.look(lambda db: everything(db, at))

    def amend(self, line: str, facts: LineFacts) -> None:
        """A funding line's words are changed by two people; its money stays."""
        proposed = self.attempt(self.lead, lambda tx: decisions.propose(tx, AmendLine(line, facts), "So"), allowed=True)
        if proposed is not None:
            self.attempt(self.approver, lambda tx: decisions.approve(tx, proposed.id, "Yes"), allowed=True)

    def look(self, read: Callable[..., Awaitable[Answer]]) -> Answer:
        """Reads."""

        async def glance() -> Answer:
            async with looking(self.gate) as db:
                return await read(db)

        return self._runner.run(glance())

    def attempt(self, who: Actor, deed: Callable[[Tx], Awaitable[Answer]], *, allowed: bool) -> Answer | None:
        """Does a deed; what is refused must leave everything as it was."""

        async def do() -> Answer:
            async with self.gate.deed(who) as tx:
                return await deed(tx)

        if allowed:
            return self._runner.run(do())
        before = self.look(lambda db: db.fetchval(EVERYTHING))
        refused = False
        try:
            self._runner.run(do())
        except TallystickError:
            refused = True
        assert refused, "it was let through"
        assert self.look(lambda db: db.fetchval(EVERYTHING)) == before
        return None

    def propose(self, proposed: Any, then: str) -> None:
        """One person proposes; another approves or declines, now or later."""
        moves = self.model.moves(proposed)
        allowed = moves is not None and self.model.fits(moves)
        view = self.attempt(self.lead, lambda tx: decisions.propose(tx, proposed, "Needed"), allowed=allowed)
        if view is None:
            return
        assert self._moved(view.moves) == sorted(moves or [])
        award = self.model.awards.get(getattr(proposed, "award", ""))
        self.pending[view.id] = proposed, award.version if award and isinstance(proposed, Vary | Withdraw) else None
        if then != "wait":
            self.decide(view.id, then)

    @staticmethod
    def _moved(moves: list[decisions.MoveView]) -> list[Moved]:
        return sorted((move.kind, move.source, move.target, move.pence, BudgetKind(move.budget_kind)) for move in moves)

    def decide(self, decision: UUID, how: str) -> None:
        """The second person approves or declines."""
        proposed, based_on = self.pending[decision]
        if how == "decline":
            self.attempt(self.approver, lambda tx: decisions.decline(tx, decision, "No"), allowed=True)
        else:
            moves = self.model.moves(proposed)
            stands = based_on is None or self.model.awards[proposed.award].version == based_on
            allowed = moves is not None and stands and self.model.fits(moves)
            view = self.attempt(self.approver, lambda tx: decisions.approve(tx, decision, "Yes"), allowed=allowed)
            if view is None:
                return
            assert self._moved(view.moves) == sorted(moves or [])
            self.model.decide(proposed)
            if isinstance(proposed, MakeAward):
                self._activate(proposed.reference)
        del self.pending[decision]
        self.decided.append(decision)

    def _activate(self, award: str) -> None:
        for target in WAY_TO_WORK[1:]:
            self.move_award(award, target)
        for period in PERIODS:
            self.model.returns.setdefault((award, period), Claimed("due"))

    def move_award(self, award: str, target: str) -> None:
        """An award's next state, which only the one before leads to."""
        found = self.model.awards.get(award)
        allowed = found is not None and found.state in WAY_TO_WORK[:-1] and WAY_TO_WORK[WAY_TO_WORK.index(found.state) + 1] == target  # fmt: skip
        self.attempt(self.lead, lambda tx: awards.move_award(tx, award, AwardState(target), "On"), allowed=allowed)
        if found is not None and allowed:
            found.state = target

    def _return_deed(self, which: Which, who: Actor, deed: Callable[..., Awaitable[object]], *, allowed: bool) -> bool:
        async def do(tx: Tx) -> None:
            await deed(tx, (await stored_returns.find_for(tx.db, *which)).id)

        self.attempt(who, do, allowed=allowed)
        return allowed

    def _stands(self, which: Which, *states: str) -> Claimed | None:
        found = self.model.returns.get(which)
        return found if found is not None and found.state in states else None

    def upload(self, which: Which, claims: dict[tuple[CostCategory, BudgetKind], int]) -> None:
        """A workbook with nothing wrong in it becomes the return's newest version."""
        found = self._stands(which, "due", "ready", "changes_requested", "reopened")
        totals = tuple(CategoryTotal(category, kind, pence) for (category, kind), pence in claims.items())
        checked = submissions.Checked((), totals, (), {}, b"", (), len(totals), "1", "1")
        file = submissions.Upload("a.xlsx", b"x")
        self.attempt(self.officer, lambda tx: submissions.submit(tx, *which, file, checked), allowed=found is not None)
        if found:
            found.state, found.claimed = "ready", [(total.budget_kind, total.pence) for total in totals]

    def certify(self, which: Which) -> None:
        """The certifier signs."""
        found = self._stands(which, "ready")
        certificate = returns.Certificate("Cert Ifier", "Treasurer", True)
        self._return_deed(which, self.certifier, lambda tx, of: returns.certify(tx, of, certificate), allowed=found is not None)  # fmt: skip
        if found:
            found.state = "certified"

    def request_changes(self, which: Which) -> None:
        """The reviewer sends it back."""
        found = self._stands(which, "certified")
        self._return_deed(which, self.lead, lambda tx, of: returns.request_changes(tx, of, "More"), allowed=found is not None)  # fmt: skip
        if found:
            found.state = "changes_requested"

    def accept(self, which: Which) -> None:
        """Spend enters the ledger."""
        found = self._stands(which, "certified")
        moves = self.model.spend(*which) if found else []
        if (
            self._return_deed(which, self.lead, returns.accept, allowed=bool(found) and self.model.fits(moves))
            and found
        ):
            self.model.accept(found, moves)

    def account(self, which: Which, claims: dict[tuple[CostCategory, BudgetKind], int]) -> None:
        """From workbook to ledger without a stop."""
        self.upload(which, claims)
        self.certify(which)
        self.accept(which)

    def reopen(self, which: Which) -> None:
        """Spend leaves the ledger by its mirror, newest first."""
        found = self._stands(which, "accepted")
        moves = self.model.mirrored(found) if found else []
        fits = bool(found) and self.model.fits(moves)
        if self._return_deed(which, self.lead, lambda tx, of: returns.reopen(tx, of, "Wrong"), allowed=fits) and found:
            self.model.entries += moves
            found.state, found.accepted = "reopened", []
