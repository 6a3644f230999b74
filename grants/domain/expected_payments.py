"""What payments are matched to: what awards still expect, and what is on the record of them; and what a reference names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from grants.domain.awards import AwardState
from grants.domain.money import show
from grants.domain.periods import show_day
from grants.domain.plan import BudgetKind
from grants.domain.registers import PaymentEntry

_REFERENCE: Final = re.compile(r"([A-Z0-9][A-Z0-9-]{1,39})(?:[ /:_#.]+(.{1,60}))?")
_INSTALMENT: Final = re.compile(r"(?:INSTALMENT|INSTAL|INST|I|NO)?[ .#-]*([1-9][0-9]{0,2})", re.ASCII)
_CLAIM: Final = re.compile(r"(?:CLAIM[ :]*)?([0-9]{4}-[0-9]{2}(?:-(?:Q[1-4]|P[01][0-9]))?)", re.ASCII)


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

    @property
    def says_which(self) -> bool:
        """Whether one payment of the award is meant, and no other."""
        return self.instalment is not None or self.claim is not None

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
