"""What the ledger, decisions, awards, payments and returns must come to: kept by plain addition, knowing nothing of the code."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from grants.domain import decisions as d
from grants.domain.awards import AwardTerms, PaymentBasis
from grants.domain.plan import BudgetKind

Moved = tuple[str, str, str, int, BudgetKind]
"""Why, from where, to where, how many pence, of which kind."""

PAYABLE = {"active", "final_return_due", "terminated_early"}
OVER = {"reconciled", "closed", "withdrawn"}
UNDOABLE = {"allocate", "reduce", "vire", "carry_forward", "pay", "recover"}


@dataclass
class Promise:
    """An award as the model keeps it."""

    line: str
    terms: AwardTerms
    state: str = "allocated"
    version: int = 1


@dataclass
class Claimed:
    """A return as the model keeps it: what its newest version claims, and which entries stand for it."""

    state: str
    claimed: list[tuple[BudgetKind, int]] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)


def yearly(terms: AwardTerms) -> Counter[tuple[str, BudgetKind]]:
    """Pence of a budget by year and kind."""
    totals: Counter[tuple[str, BudgetKind]] = Counter()
    for line in terms.budget:
        totals[line.year, line.budget_kind] += line.pence
    return totals


class Model:
    """All of it."""

    def __init__(self) -> None:
        self.entries: list[Moved] = []
        self.undone: dict[int, int] = {}
        self.awards: dict[str, Promise] = {}
        self.returns: dict[tuple[str, str], Claimed] = {}
        self.paid: dict[int, tuple[str, BudgetKind, tuple[str, str | int | None]]] = {}

    def balances(self, more: tuple[Moved, ...] = ()) -> Counter[tuple[str, BudgetKind]]:
        """Every account, from the first entry on."""
        found: Counter[tuple[str, BudgetKind]] = Counter()
        for _, source, target, pence, kind in [*self.entries, *more]:
            found[source, kind] -= pence
            found[target, kind] += pence
        return found

    def fits(self, moves: list[Moved]) -> bool:
        """Whether no limit is broken after any of the moves."""
        done: list[Moved] = []
        for move in moves:
            done.append(move)
            balances = self.balances(tuple(done))
            if any(pence < 0 and name.split(":")[0] not in ("source", "held") for (name, _), pence in balances.items()):
                return False
            if move[0] == "recover" and move[1].startswith("held") and balances[move[1], move[4]] < 0:
                return False
            worth = self.worth(balances)
            if any(spent > awarded for awarded, spent in worth.values()):
                return False
        return True

    def worth(self, balances: Counter[tuple[str, BudgetKind]]) -> dict[tuple[str, BudgetKind], tuple[int, int]]:
        """Awarded and spent of each award: what left its line is unpaid, held, returned or spent."""
        owners = {
            (name.split(":")[1], kind) for name, kind in balances if name.split(":")[0] in ("award", "held", "spent")
        }
        found = {}
        for owner, kind in owners:
            of = {
                part: sum(p for (name, k), p in balances.items() if k == kind and name.split(":")[:2] == [part, owner])
                for part in ("award", "held", "spent")
            }
            recovered = sum(
                p if target == "returned" else -p
                for _, source, target, p, k in self.entries
                if k == kind and f"held:{owner}" in (source, target) and "returned" in (source, target)
            )
            found[owner, kind] = (of["award"] + of["held"] + of["spent"] + recovered, of["spent"])
        return found

    def paid_against(self, what: object, kind: BudgetKind) -> int:
        """Pence paid against an instalment or a claim and not reversed."""
        return sum(
            self.entries[number - 1][3]
            for number, (_, of, against) in self.paid.items()
            if (of, against) == (kind, what) and number not in self.undone
        )

    def accounted(self, key: tuple[str, str], kind: BudgetKind) -> int:
        """Pence that a return has in the ledger."""
        return sum(
            entry[3] if entry[2].startswith("spent") else -entry[3]
            for entry in (self.entries[number - 1] for number in self.returns[key].accepted)
            if entry[4] == kind
        )

    def moves(self, terms: Any) -> list[Moved] | None:
        """What a decision would move now; None where a rule other than a limit is against it."""
        kind, line = d.kind_of(terms).value, getattr(terms, "funding_line", "")
        match terms:
            case d.Allocate(year=year, pence=pence, budget_kind=of):
                return [(kind, "source", f"line:{line}:{year}", pence, of)]
            case d.Reduce(year=year, pence=pence, budget_kind=of):
                return [(kind, f"line:{line}:{year}", "source", pence, of)]
            case d.CarryForward(year=year, pence=pence, budget_kind=of):
                following = f"{int(year[:4]) + 1}-{int(year[5:]) + 1}"
                return [(kind, f"line:{line}:{year}", f"line:{line}:{following}", pence, of)]
            case d.Vire(from_line=start, to_line=end, year=year, pence=pence, budget_kind=of):
                return [(kind, f"line:{start}:{year}", f"line:{end}:{year}", pence, of)] if start != end else None
            case d.MakeAward(reference=ref, terms=new):
                if ref in self.awards:
                    return None
                return [
                    (kind, f"line:{line}:{y}", f"award:{ref}:{y}", p, of) for (y, of), p in sorted(yearly(new).items())
                ]
            case d.Reverse(entry_no=number):
                return self._undo(number)
        return self._of_award(kind, terms)

    def _undo(self, number: int) -> list[Moved] | None:
        if not 1 <= number <= len(self.entries) or number in self.undone or number in self.undone.values():
            return None
        why, source, target, pence, of = self.entries[number - 1]
        return [(why, target, source, pence, of)] if why in UNDOABLE else None

    def _of_award(self, kind: str, terms: Any) -> list[Moved] | None:
        award, ref = self.awards.get(terms.award), terms.award
        if award is None:
            return None
        match terms:
            case d.Recover(pence=pence, budget_kind=of):
                return [(kind, f"held:{ref}", "returned", pence, of)]
            case d.Pay(year=year, pence=pence, budget_kind=of):
                owed = self._owed(award, terms)
                payable = award.state in PAYABLE and owed is not None and pence <= owed
                return [(kind, f"award:{ref}:{year}", f"held:{ref}", pence, of)] if payable else None
        if isinstance(terms, d.Withdraw):
            unpaid = [
                (name.split(":")[2], of, p)
                for (name, of), p in self.balances().items()
                if name.startswith(f"award:{ref}:")
            ]
            back = [(kind, f"award:{ref}:{y}", f"line:{award.line}:{y}", p, of) for y, of, p in sorted(unpaid) if p]
            over = award.state in OVER and not (award.state == "withdrawn" and back)
            return None if over else back
        if award.state in OVER:
            return None
        change = yearly(terms.terms)
        change.subtract(yearly(award.terms))
        more = [
            (kind, f"line:{award.line}:{y}", f"award:{ref}:{y}", p, of)
            for (y, of), p in sorted(change.items())
            if p > 0
        ]
        less = [
            (kind, f"award:{ref}:{y}", f"line:{award.line}:{y}", -p, of)
            for (y, of), p in sorted(change.items())
            if p < 0
        ]
        return more + less

    def _owed(self, award: Promise, terms: d.Pay) -> int | None:
        if (terms.instalment is None) == (terms.claim is None):
            return None
        if terms.claim is not None and award.terms.payment_basis is PaymentBasis.ADVANCE:
            return None
        if terms.claim is not None:
            key = (terms.award, terms.claim)
            found = self.returns.get(key)
            if found is None or found.state != "accepted" or terms.claim[:7] != terms.year:
                return None
            return self.accounted(key, terms.budget_kind) - self.paid_against(key, terms.budget_kind)
        due = [line.pence for line in award.terms.profile if (line.number, line.year, line.budget_kind) == (terms.instalment, terms.year, terms.budget_kind)]  # fmt: skip
        against = (terms.award, terms.instalment)
        return due[0] - self.paid_against(against, terms.budget_kind) if due else None

    def decide(self, terms: Any) -> None:
        """Does what an approved decision does."""
        moves = self.moves(terms)
        assert moves is not None
        self.entries += moves
        match terms:
            case d.MakeAward(reference=ref, funding_line=line, terms=new):
                self.awards[ref] = Promise(line, new)
            case d.Vary(award=ref, terms=new):
                self.awards[ref].terms, self.awards[ref].version = new, self.awards[ref].version + 1
            case d.Withdraw(award=ref):
                self.awards[ref].state = "withdrawn"
            case d.Pay(award=ref, budget_kind=of):
                against = (ref, terms.claim if terms.claim is not None else terms.instalment)
                self.paid[len(self.entries)] = (ref, of, against)
            case d.Reverse(entry_no=number):
                self.undone[number] = len(self.entries)

    def spend(self, award: str, period: str) -> list[Moved]:
        """What accepting a return moves: credits that are covered, claims, the other credits."""
        moves = []
        spent, claimed = f"spent:{award}:{period[:7]}", self.returns[award, period].claimed
        left, rank = self.balances(), {}
        for place, (of, pence) in enumerate(claimed):
            rank[place] = 1 if pence > 0 else 0 if left[spent, of] + pence >= 0 else 2
            if rank[place] == 0:
                left[spent, of] += pence
        for place in sorted(rank, key=lambda place: rank[place]):
            of, pence = claimed[place]
            ends = f"held:{award}", spent
            source, target = ends if pence > 0 else ends[::-1]
            moves.append(("spend", source, target, abs(pence), of))
        return moves

    def accept(self, found: Claimed, moves: list[Moved]) -> None:
        """Takes a return's spend in."""
        first = len(self.entries) + 1
        self.entries += moves
        found.state, found.accepted = "accepted", list(range(first, first + len(moves)))

    def mirrored(self, found: Claimed) -> list[Moved]:
        """What reopening a return moves: its entries the other way, newest first."""
        entries = (self.entries[number - 1] for number in reversed(found.accepted))
        return [(why, target, source, pence, of) for why, source, target, pence, of in entries]
