"""Payments of a finance system matched to what is expected, or is on the record already: exactly, or told and not guessed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from grants.domain.awards import TAKES_PAYMENTS, AwardState
from grants.domain.decisions import Pay
from grants.domain.money import show
from grants.domain.periods import show_day
from grants.domain.plan import BudgetKind
from grants.domain.registers import Outcome, PaymentEntry

_REFERENCE: Final = re.compile(r"([A-Z0-9][A-Z0-9-]{1,39})(?:[ /:_#.]+(.{1,60}))?")
_INSTALMENT: Final = re.compile(r"(?:INSTALMENT|INSTAL|INST|I|NO)?[ .#-]*([1-9][0-9]{0,2})", re.ASCII)
_CLAIM: Final = re.compile(r"(?:CLAIM[ :]*)?([0-9]{4}-[0-9]{2}(?:-(?:Q[1-4]|P[01][0-9]))?)", re.ASCII)
_SHOWN: Final = 3
NEAR_DAYS: Final = 10
"""So many days apart two payments of the same amount may be one, where nothing else tells them apart."""


class Standing(StrEnum):
    """How a payment that is on the record stands, the likeliest to be meant first."""

    PAID = "paid"
    WAITING = "waiting"
    REVERSED = "reversed"
    DECLINED = "declined"


@dataclass(frozen=True)
class Named:
    """What a reference names: an award, and perhaps its instalment or the period of its claim. `is_whole`: no more than that."""

    award: str
    instalment: int | None = None
    claim: str | None = None
    is_whole: bool = True

    def fits(self, instalment: int | None, claim: str | None) -> bool:
        """Whether a payment of that instalment or claim can be meant."""
        return (self.instalment is None or self.instalment == instalment) and (
            self.claim is None or self.claim == claim
        )


@dataclass(frozen=True)
class Expected:
    """What an award is still to be paid, in pence, for an instalment or a claim. A claim is due as soon as it is accepted."""

    award: str
    year: str
    budget_kind: BudgetKind
    pence: int
    instalment: int | None = None
    claim: str | None = None
    due_on: date | None = None

    @property
    def words(self) -> str:
        """Instalment 2, due 1 July 2025: £500."""
        due = f", due {show_day(self.due_on)}" if self.due_on else ""
        what = f"the claim for {self.claim}" if self.claim else f"instalment {self.instalment}{due}"
        return f"{what}, {self.budget_kind.label}: {show(self.pence)}"


@dataclass(frozen=True)
class Known:
    """A payment that was proposed before, and what became of it; `transactions` are the numbers that it came with."""

    decision: int
    standing: Standing
    award: str
    year: str
    budget_kind: BudgetKind
    pence: int
    paid_on: date
    instalment: int | None = None
    claim: str | None = None
    transactions: frozenset[str] = frozenset()


@dataclass
class Ground:
    """What payments are matched to: awards by reference, what each still expects, and what is known of each.

    `references` are all awards that whoever loads may see.
    """

    states: dict[str, AwardState]
    expected: dict[str, list[Expected]]
    known: dict[str, list[Known]]
    references: Sequence[str] = ()


@dataclass(frozen=True)
class Match:
    """What a payment comes to: terms to propose, or why not. `decision` is the number of the one that is there already."""

    outcome: Outcome
    message: str
    award: str | None = None
    terms: Pay | None = None
    decision: int | None = None


def named_by(entry: PaymentEntry) -> Named:
    """What an entry's reference names; its own columns for instalment and claim count first."""
    text = " ".join(entry.reference.upper().replace("\u2010", "-").replace("\u2013", "-").split())
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return Named(text[:60], is_whole=False)
    rest = found[2] or ""
    instalment, claim = entry.instalment, entry.claim
    if match := _CLAIM.fullmatch(rest):
        claim, rest = claim or match[1], ""
    elif match := _INSTALMENT.fullmatch(rest):
        instalment, rest = instalment or int(match[1]), ""
    return Named(found[1], instalment, claim, is_whole=not rest)


def nearest(award: str, references: Sequence[str]) -> str | None:
    """The reference that looks most like one that no award has."""
    return next(iter(get_close_matches(award[:60], references, 1, 0.8)), None)


def match_payments(entries: Iterable[PaymentEntry], ground: Ground, today: date) -> list[Match]:
    """One match for each entry, in their order. The same entries and ground give the same matches."""
    matcher = _Matcher(ground, today)
    return [matcher.match(entry, named_by(entry)) for entry in entries]


@dataclass
class _Matcher:
    ground: Ground
    today: date
    used: set[int] = field(default_factory=set)
    taken: set[Expected] = field(default_factory=set)

    def match(self, entry: PaymentEntry, named: Named) -> Match:
        state = self.ground.states.get(named.award)
        if state is None:
            return self._unknown(named)
        if not named.is_whole:
            said = "What stands after the award's reference is no instalment and no period. Give the reference alone, or with one of them."
            return Match(Outcome.NEAR_MISS, said, named.award)
        if found := self._on_record(entry, named):
            self.used.add(found.decision)
            return _there(found)
        if entry.pence <= 0:
            said = "An amount of zero or less is no payment. Propose a recovery, or reverse the payment that came back."
            return Match(Outcome.NEAR_MISS, said, named.award)
        if entry.paid_on > self.today:
            return Match(Outcome.NEAR_MISS, "The date is still to come. Load the payment once it is made.", named.award)
        if odd := self._same_number(entry, named):
            return odd
        if state not in TAKES_PAYMENTS:
            return Match(Outcome.NEAR_MISS, f"The award is {state.replace('_', ' ')} and cannot be paid.", named.award)
        return self._expected(entry, named)

    def _unknown(self, named: Named) -> Match:
        said = "No award that you can see has this reference."
        if close := nearest(named.award, self.ground.references):
            left = self._left(close)
            expects = f", which expects {_listed(left)}" if left else ""
            return Match(Outcome.UNKNOWN, f"{said} The nearest is {close}{expects}.")
        return Match(Outcome.UNKNOWN, said)

    def _left(self, award: str) -> list[Expected]:
        return [one for one in self.ground.expected.get(award, ()) if one not in self.taken]

    def _known(self, named: Named) -> list[Known]:
        return [
            one
            for one in self.ground.known.get(named.award, ())
            if one.decision not in self.used and named.fits(one.instalment, one.claim)
        ]

    def _on_record(self, entry: PaymentEntry, named: Named) -> Known | None:
        """The payment of the record that an entry is: by reference, amount and date, and by its number where both have one."""
        fitting = [
            one
            for one in self._known(named)
            if (one.pence, one.paid_on) == (entry.pence, entry.paid_on)
            and (not one.transactions or not entry.transaction or entry.transaction in one.transactions)
        ]
        order = list(Standing)
        return min(
            fitting,
            key=lambda one: (entry.transaction not in one.transactions, order.index(one.standing), one.decision),
            default=None,
        )

    def _same_number(self, entry: PaymentEntry, named: Named) -> Match | None:
        """The same number with other facts: neither what is on the record, nor surely new."""
        for known in self.ground.known.values():
            for one in known:
                if entry.transaction and entry.transaction in one.transactions:
                    said = (
                        f"This transaction came before with other facts: {show(one.pence)} on {show_day(one.paid_on)} for "
                        f"{one.award}, decision {one.decision}. Correct the file, or reverse that payment."
                    )
                    return Match(Outcome.NEAR_MISS, said, named.award, decision=one.decision)
        return None

    def _expected(self, entry: PaymentEntry, named: Named) -> Match:
        left = [one for one in self._left(named.award) if named.fits(one.instalment, one.claim)]
        exact = [one for one in left if one.pence == entry.pence]
        if odd := self._same_amount(entry, named, only_near=bool(exact)):
            return odd
        is_said = named.instalment is not None or named.claim is not None
        chosen = [one for one in exact if is_said or one.due_on is None or one.due_on <= entry.paid_on]
        if len(chosen) == 1:
            self.taken.add(chosen[0])
            return _to_propose(entry, chosen[0])
        if exact:
            said = "This can be more than one payment" if chosen or len(exact) > 1 else "This was not due by then"
            said = f"{said}: {_listed(chosen or exact)}. Add the instalment or the claim's period to the reference."
            return Match(Outcome.NEAR_MISS, said, named.award)
        if left:
            close = sorted(left, key=lambda one: (abs(one.pence - entry.pence), one.words))
            apart = entry.pence - close[0].pence
            said = f"Expected is {_listed(close)}. This payment is {show(abs(apart))} {'more' if apart > 0 else 'less'} than the nearest."
            return Match(Outcome.NEAR_MISS, said, named.award)
        return Match(Outcome.UNKNOWN, "Nothing that this reference names is expected to be paid.", named.award)

    def _same_amount(self, entry: PaymentEntry, named: Named, *, only_near: bool) -> Match | None:
        """The same amount on another day may be the same payment with a wrong date, unless numbers tell the two apart."""
        for one in self._known(named):
            apart = abs((one.paid_on - entry.paid_on).days)
            if (
                one.pence == entry.pence
                and one.standing in (Standing.PAID, Standing.WAITING)
                and not (one.transactions and entry.transaction)
                and (apart <= NEAR_DAYS or not only_near)
            ):
                said = (
                    f"Decision {one.decision} has the same amount on another date, {show_day(one.paid_on)}. If it is that payment, "
                    "correct the date; if it is another, propose it by hand."
                )
                return Match(Outcome.NEAR_MISS, said, named.award, decision=one.decision)
        return None


def _to_propose(entry: PaymentEntry, found: Expected) -> Match:
    terms = Pay(
        found.award,
        found.year,
        entry.pence,
        entry.paid_on,
        found.budget_kind,
        instalment=found.instalment,
        claim=found.claim,
    )
    return Match(Outcome.PROPOSED, f"Matched to {found.words}.", found.award, terms)


def _there(found: Known) -> Match:
    number = found.decision
    outcome, said = {
        Standing.PAID: (Outcome.UNCHANGED, f"Paid already, by decision {number}."),
        Standing.WAITING: (Outcome.WAITING, f"Proposed already: decision {number} waits for a second person."),
        Standing.REVERSED: (Outcome.DECLINED, f"Paid by decision {number} and reversed since. Propose it by hand if it was made after all."),
        Standing.DECLINED: (Outcome.DECLINED, f"Declined as decision {number}. Propose it by hand if it was made after all."),
    }[found.standing]  # fmt: skip
    return Match(outcome, said, found.award, decision=number)


def _listed(expected: Sequence[Expected]) -> str:
    more = f"; and {len(expected) - _SHOWN} more" if len(expected) > _SHOWN else ""
    return "; ".join(one.words for one in expected[:_SHOWN]) + more


def left_to_pay(worth: Iterable[Expected], known: Mapping[str, Sequence[Known]]) -> dict[str, list[Expected]]:
    """What is left of each instalment and claim after what was paid, and what waits for a second person."""
    found: dict[str, list[Expected]] = {}
    for one in worth:
        paid = sum(
            other.pence
            for other in known.get(one.award, ())
            if other.standing in (Standing.PAID, Standing.WAITING)
            and (other.instalment, other.claim, other.budget_kind) == (one.instalment, one.claim, one.budget_kind)
        )
        if one.pence > paid:
            found.setdefault(one.award, []).append(
                Expected(one.award, one.year, one.budget_kind, one.pence - paid, one.instalment, one.claim, one.due_on)
            )
    return found
