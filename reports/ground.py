"""One thing that figures count: an entry of the ledger, or a fact that is no entry, with where it came from."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from grants.domain.awards import CostCategory
from grants.domain.measures import Measure
from grants.domain.plan import BudgetKind
from grants.store.sources import EntrySource


class OfReturn(NamedTuple):
    """A version of a return, and its workbook's SHA-256 in hexadecimal."""

    award: str
    period: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What a figure counts that is no entry. `key` tells it from all others, at any place in the record.

    `decision` is the number and kind of the decision that made it so; `cell` may name several.
    """

    key: str
    what: str
    decision: tuple[int, str] | None = None
    source: OfReturn | None = None
    sheet: str | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """An entry or a fact, and the pence that a measure counts of it; `day` is when it counts within its year."""

    measure: Measure
    pence: int
    funding_line: str
    programme: str
    award: str | None = None
    recipient: str | None = None
    year: str
    day: date | None = None
    budget_kind: BudgetKind
    category: CostCategory | None = None
    entry: EntrySource | None = None
    fact: Fact | None = None

    @property
    def key(self) -> str:
        """What tells it from all others, at any place in the record."""
        return f"entry:{self.entry.number}" if self.entry else self.fact.key if self.fact else ""
