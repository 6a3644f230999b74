"""A machine that does what people do, in any order, and holds every position against plain addition after each step.

`TALLYSTICK_MACHINE_EXAMPLES` says how many lives it lives through; the default fits the suite.
"""

import os
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from grants.actions import decisions
from grants.domain.awards import CostCategory
from grants.domain.decisions import (
    Allocate,
    CarryForward,
    LineFacts,
    MakeAward,
    Pay,
    Recover,
    Reduce,
    Reverse,
    Vary,
    Vire,
    Withdraw,
)
from grants.domain.plan import BudgetKind
from grants.store import ledger
from grants.store.transaction import Tx
from tests.database import DatabaseServer
from tests.grants.life import PERIODS, TODAY, WAY_TO_WORK, Life, Which, terms
from tests.grants.model import UNDOABLE

LINES = st.sampled_from(["TOEX", "CAID"])
YEARS = st.sampled_from(["2024-25", "2025-26"])
RDEL, CDEL = BudgetKind.RDEL_PROGRAMME, BudgetKind.CDEL_PROGRAMME
KINDS = st.sampled_from([RDEL, RDEL, RDEL, CDEL])
PENCE = st.integers(1, 400)
AIM = st.integers(1, 60) | st.sampled_from(["all of it", "a penny more"])
"""An amount, or one that is measured against what there is: limits break at their edge."""
AWARDS = st.sampled_from(["AW-1", "AW-2", "AW-3"])
ANY = st.integers(0, 999)
THEN = st.sampled_from(["approve", "approve", "approve", "wait", "decline"])
CATEGORIES = (CostCategory.TRAVEL, CostCategory.ICT)
BUDGETS = st.dictionaries(st.tuples(YEARS, KINDS, st.sampled_from(CATEGORIES)), PENCE, min_size=1, max_size=3)
CLAIMS = st.dictionaries(st.tuples(st.sampled_from(CATEGORIES), KINDS), st.integers(-60, 150).filter(bool), max_size=3)


class Machine(Life):
    """The deeds."""

    def _pence(self, account: str, kind: BudgetKind, aim: int | str) -> int:
        there_is = max(self.model.balances()[account, kind], 0)
        return aim if isinstance(aim, int) else max(there_is, 1) if aim == "all of it" else there_is + 1

    def _return(self, place: int, *states: str) -> Which:
        """A return in one of the states if there is any; now and then another one, or one that is not there."""
        fitting = [key for key, found in self.model.returns.items() if found.state in states]
        every = [*self.model.returns, ("AW-9", PERIODS[0])]
        keys = fitting if fitting and place % 5 else every
        return keys[place % len(keys)]

    @initialize()
    def begin(self) -> None:
        """Money in each line, and an award on each payment basis, paid and accounted for in part."""
        for line, year in (("TOEX", "2024-25"), ("TOEX", "2025-26"), ("CAID", "2025-26")):
            self.propose(Allocate(line, year, 600), "approve")
        for award, in_advance in (("AW-1", False), ("AW-2", True)):
            budget = {
                ("2024-25", RDEL, CATEGORIES[0]): 100,
                **{("2025-26", RDEL, category): 150 for category in CATEGORIES},
            }
            self.propose(MakeAward(award, "TOEX", "E23000005", terms(budget, in_advance=in_advance)), "approve")
        self.propose(Pay("AW-2", "2025-26", 100, TODAY, RDEL, instalment=2), "approve")
        for award in ("AW-1", "AW-2"):
            self.account((award, "2025-26-Q1"), {(CostCategory.TRAVEL, RDEL): 120, (CostCategory.ICT, RDEL): -20})
        self.propose(Pay("AW-1", "2025-26", 60, TODAY, RDEL, claim="2025-26-Q1"), "approve")

    @rule(line=LINES, year=YEARS, pence=PENCE, kind=KINDS, then=THEN)
    def allocate(self, line: str, year: str, pence: int, kind: BudgetKind, then: str) -> None:
        """More money."""
        self.propose(Allocate(line, year, pence, kind), then)

    @rule(line=LINES, year=YEARS, aim=AIM, kind=KINDS, then=THEN, way=st.sampled_from([Reduce, CarryForward, Vire]))
    def take(self, line: str, year: str, aim: int | str, kind: BudgetKind, then: str, way: Any) -> None:
        """Money back, into the next year, or to another line."""
        pence = self._pence(f"line:{line}:{year}", kind, aim)
        asked = Vire(line, "CAID", year, pence, kind) if way is Vire else way(line, year, pence, kind)
        self.propose(asked, then)

    @rule(award=AWARDS, line=LINES, budget=BUDGETS, in_advance=st.booleans(), then=THEN)
    def make_award(self, award: str, line: str, budget: Any, in_advance: bool, then: str) -> None:
        """A new award."""
        self.propose(MakeAward(award, line, "E23000005", terms(budget, in_advance=in_advance)), then)

    @rule(award=AWARDS, budget=BUDGETS, keep=st.booleans(), in_advance=st.booleans(), then=THEN)
    def vary(self, award: str, budget: Any, keep: bool, in_advance: bool, then: str) -> None:
        """New terms: often the old ones with a line or two changed."""
        found = self.model.awards.get(award)
        old = (
            {(line.year, line.budget_kind, line.category): line.pence for line in found.terms.budget}
            if found and keep
            else {}
        )
        self.propose(Vary(award, terms(old | budget, in_advance=in_advance)), then)

    @rule(award=AWARDS, slow=BUDGETS | st.none(), quick=BUDGETS)
    def overtake(self, award: str, slow: Any, quick: Any) -> None:
        """A variation or a withdrawal waits while the terms that it was worked out from are changed."""
        before = set(self.pending)
        self.propose(Vary(award, terms(slow, in_advance=False)) if slow else Withdraw(award), "wait")
        self.propose(Vary(award, terms(quick, in_advance=False)), "approve")
        for waiting in set(self.pending) - before:
            self.decide(waiting, "approve")

    @rule(award=AWARDS, then=st.sampled_from(["wait", "decline", "decline", "approve"]))
    def withdraw(self, award: str, then: str) -> None:
        """An end before its time."""
        self.propose(Withdraw(award), then)

    @rule(place=ANY, aim=AIM, then=THEN)
    def pay_instalment(self, place: int, aim: int | str, then: str) -> None:
        """Money in advance."""
        due = [(ref, line) for ref, found in self.model.awards.items() for line in found.terms.profile]
        if due:
            award, line = due[place % len(due)]
            left = line.pence - self.model.paid_against((award, line.number), line.budget_kind)
            pence = aim if isinstance(aim, int) else max(left, 1) if aim == "all of it" else left + 1
            self.propose(Pay(award, line.year, pence, TODAY, line.budget_kind, instalment=line.number), then)

    @rule(place=ANY, aim=AIM, then=THEN)
    def pay_claim(self, place: int, aim: int | str, then: str) -> None:
        """Money in arrears."""
        award, period = self._return(place, "accepted")
        found = self.model.returns.get((award, period))
        kind = found.claimed[place % len(found.claimed)][0] if found and found.claimed else RDEL
        left = 0
        if found:
            left = self.model.accounted((award, period), kind) - self.model.paid_against((award, period), kind)
        pence = aim if isinstance(aim, int) else max(left, 1) if aim == "all of it" else max(left, 0) + 1
        self.propose(Pay(award, period[:7], pence, TODAY, kind, claim=period), then)

    @rule(
        award=AWARDS,
        year=YEARS,
        against=st.sampled_from([(None, None), (1, PERIODS[0]), (9, None), (None, "2030-31-Q1")]),
    )
    def pay_nothing_in_particular(self, award: str, year: str, against: tuple[int | None, str | None]) -> None:
        """A payment belongs to an instalment or a claim, never to neither or both."""
        self.propose(Pay(award, year, 1, TODAY, RDEL, *against), "approve")

    @rule(award=AWARDS, aim=AIM, kind=KINDS, then=THEN)
    def recover(self, award: str, aim: int | str, kind: BudgetKind, then: str) -> None:
        """Money from a recipient."""
        self.propose(Recover(award, self._pence(f"held:{award}", kind, aim), TODAY, kind), then)

    @rule(place=ANY, then=THEN)
    def reverse(self, place: int, then: str) -> None:
        """An entry undone, the newest often; also one that is not there, or was undone before."""
        numbers = [number for number, entry in enumerate(self.model.entries, 1) if entry[0] in UNDOABLE]
        asked = [*range(len(self.model.entries) + 2), *(number for number in numbers[-4:] for _ in range(12))]
        if number := asked[place % len(asked)]:
            self.propose(Reverse(number), then)

    @precondition(lambda self: self.model.paid)
    @rule(place=ANY, more=st.integers(0, 1))
    def pay_again(self, place: int, more: int) -> None:
        """A payment goes wrong, is reversed and made again; what was reversed no longer counts as paid."""
        number = list(self.model.paid)[place % len(self.model.paid)]
        award, kind, (_, against) = self.model.paid[number]
        _, source, _, pence, _ = self.model.entries[number - 1]
        self.propose(Reverse(number), "approve")
        claim, instalment = (against, None) if isinstance(against, str) else (None, against)
        again = Pay(award, source.split(":")[2], pence, TODAY, kind, instalment, claim)
        self.propose(again, "approve")
        self.propose(msgspec.structs.replace(again, pence=pence + more), "approve")

    @precondition(lambda self: self.pending)
    @rule(place=ANY, how=st.sampled_from(["approve", "approve", "decline"]))
    def decide_later(self, place: int, how: str) -> None:
        """The second person, when much may have changed."""
        self.decide(list(self.pending)[place % len(self.pending)], how)

    @rule(place=ANY, how=st.sampled_from([decisions.approve, decisions.decline]))
    def decide_again(self, place: int, how: Any) -> None:
        """Nothing is decided twice."""
        decision = self.decided[place % len(self.decided)]
        self.attempt(self.approver, lambda tx: how(tx, decision, "Again"), allowed=False)

    @rule(how=st.sampled_from([decisions.approve, decisions.decline]))
    def decide_alone(self, how: Any) -> None:
        """Nobody decides what they proposed, whatever their roles."""

        async def alone(tx: Tx) -> None:
            view = await decisions.propose(tx, Allocate("TOEX", "2025-26", 1), "Mine")
            await how(tx, view.id, "Mine")

        self.attempt(self.both, alone, allowed=False)

    @rule(award=AWARDS, state=st.sampled_from(WAY_TO_WORK))
    def skip_a_step(self, award: str, state: str) -> None:
        """An award that works already goes back to no earlier state."""
        self.move_award(award, state)

    @rule(line=LINES, title=st.text("ab", max_size=3), secret=st.none() | st.just("A reason"), announced=PENCE)
    def amend_line(self, line: str, title: str, secret: str | None, announced: int) -> None:
        """A funding line gets other words, and another announcement."""
        self.amend(line, LineFacts(title=title, do_not_publish=secret, announced_pence=announced))

    @rule(place=ANY, claims=CLAIMS)
    def upload_one(self, place: int, claims: Any) -> None:
        """A workbook with nothing wrong in it."""
        self.upload(self._return(place, "due", "changes_requested", "reopened", "ready"), claims)

    @rule(place=ANY)
    def certify_one(self, place: int) -> None:
        """The certifier signs."""
        self.certify(self._return(place, "ready"))

    @rule(place=ANY)
    def send_one_back(self, place: int) -> None:
        """The reviewer asks for changes."""
        self.request_changes(self._return(place, "certified"))

    @rule(place=ANY)
    def accept_one(self, place: int) -> None:
        """Spend enters the ledger."""
        self.accept(self._return(place, "certified"))

    @rule(place=ANY, claims=CLAIMS)
    def account_for_one(self, place: int, claims: Any) -> None:
        """From workbook to ledger without a stop: few lives would get that far by chance."""
        self.account(self._return(place, "due", "changes_requested", "reopened", "ready"), claims)

    @rule(place=ANY)
    def reopen_one(self, place: int) -> None:
        """Spend leaves the ledger."""
        self.reopen(self._return(place, "accepted"))

    @invariant()
    def every_position_agrees(self) -> None:
        """The table, the history and plain addition say the same; money is neither made nor lost."""
        rows, head = self.look(ledger.positions), self.look(ledger.head)
        assert head.entry_no == len(self.model.entries)
        expected = self.model.balances()
        assert {(row.account, row.budget_kind): row.balance_pence for row in rows} == dict(expected)
        assert sum(expected.values()) == 0
        assert rows == self.look(lambda db: ledger.positions(db, head))
        self.then[head.entry_no] = rows
        self.remember(head)
        worth = self.model.worth(expected)
        assert all(spent <= awarded for awarded, spent in worth.values())
        funded = {key: sum(row.funded_pence for row in rows if (row.kind, row.owner, row.budget_kind) == ("award", *key)) for key in worth}  # fmt: skip
        assert funded == {key: awarded for key, (awarded, _) in worth.items()}


def test_any_order_of_deeds_keeps_every_penny(database_server: DatabaseServer) -> None:
    class Living(Machine):
        server = database_server

    lives = settings(
        max_examples=int(os.environ.get("TALLYSTICK_MACHINE_EXAMPLES", "12")),
        stateful_step_count=40,
    )
    run_state_machine_as_test(Living, settings=lives)
