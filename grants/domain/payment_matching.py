"""Payments of a finance system matched to what is expected, or is on the record already: exactly, or told and not guessed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Final

from grants.domain.awards import TAKES_PAYMENTS
from grants.domain.decisions import Pay
from grants.domain.expected_payments import Expected, Ground, Known, Named, Standing, named_by
from grants.domain.money import show
from grants.domain.periods import show_day
from grants.domain.registers import Outcome, PaymentEntry

_SHOWN: Final = 3
NEAR_DAYS: Final = 10
"""So many days apart two payments of the same amount may be one, where nothing else tells them apart."""


@dataclass(frozen=True)
class Match:
    """What a payment comes to: terms to propose, or why not. `decision` is the number of the one that is there already."""

    outcome: Outcome
    message: str
    award: str | None = None
    terms: Pay | None = None
    decision: int | None = None


def nearest(award: str, references: Sequence[str]) -> str | None:
    """The reference that looks most like one that no award has."""
    return next(iter(get_close_matches(award[:60], references, 1, 0.8)), None)


def match_payments(entries: Sequence[PaymentEntry], ground: Ground, today: date) -> list[Match]:
    """One match for each entry, in their order. The same entries and ground give the same matches.

    Whoever says more is heard first, so that the order of a file's rows decides nothing but between equals; and what one
    payment leaves over may settle another, so that the same file again would propose no more.
    """
    matcher = _Matcher(ground, today)
    named = [named_by(entry) for entry in entries]
    order = sorted(range(len(entries)), key=lambda at: (not named[at].says_which, not entries[at].transaction))
    found = {at: match for at in order if (match := matcher.on_record(entries[at], named[at]))}
    settled = -1
    while settled < len(matcher.taken):
        settled = len(matcher.taken)
        for at in order:
            if at not in found or found[at].outcome in (Outcome.NEAR_MISS, Outcome.UNKNOWN):
                found[at] = matcher.match(entries[at], named[at])
    return [found[at] for at in range(len(entries))]


@dataclass
class _Matcher:
    ground: Ground
    today: date
    used: set[int] = field(default_factory=set)
    taken: set[Expected] = field(default_factory=set)

    def on_record(self, entry: PaymentEntry, named: Named) -> Match | None:
        """What an entry is on the record already."""
        found = self._on_record(entry, named) if named.is_whole else None
        if found is None:
            return None
        self.used.add(found.decision)
        return _there(found)

    def match(self, entry: PaymentEntry, named: Named) -> Match:
        """What an entry comes to that is not on the record."""
        state = self.ground.states.get(named.award)
        if state is None:
            return self._unknown(named)
        if not named.is_whole:
            said = "What stands after the award's reference is no instalment and no period. Give the reference alone, or with one of them."
            return Match(Outcome.NEAR_MISS, said, named.award)
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
        chosen = [one for one in exact if named.says_which or one.due_on is None or one.due_on <= entry.paid_on]
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
