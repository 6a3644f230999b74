"""What a trace says: a figure, its entries and facts, and the lines of spend below them."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct


class DecisionSource(Struct, frozen=True):
    """The decision that an entry carries out, or that a fact was made by."""

    number: int
    kind: str


class ReturnSource(Struct, frozen=True):
    """The version of a return that something comes from, and the SHA-256 of its workbook as it came."""

    award: str
    period: Annotated[str, Meta(examples=["2025-26-Q2"])]
    version: int
    sha256: str


class TraceLine(Struct, frozen=True):
    """A line of spend and the cell that it came from. `pence` is what it adds to the figure."""

    figure: Annotated[str, Meta(examples=["line:5:17@812"])]
    source: ReturnSource
    sheet: Annotated[str, Meta(examples=["Spend"])]
    cell: Annotated[str, Meta(examples=["G17"])]
    reference: str
    category: str
    description: str
    payee: str
    spent_on: date
    pence: int


class TraceEntry(Struct, frozen=True):
    """An entry of the ledger. `pence` is what it adds to the figure, below zero where it takes away; `entry_pence` is its own amount.

    `lines` are the first lines below it; `figure` leads to all of them.
    """

    figure: Annotated[str, Meta(examples=["entry:37@812"])]
    number: int
    kind: Annotated[str, Meta(examples=["spend"])]
    source_account: Annotated[str, Meta(examples=["held:LI-OLDHAM-01"])]
    target_account: Annotated[str, Meta(examples=["spent:LI-OLDHAM-01:2025-26"])]
    pence: int
    entry_pence: int
    category: str | None
    effective_on: date
    reverses: int | None
    decision: DecisionSource | None
    source: ReturnSource | None
    lines: list[TraceLine]


class TraceFact(Struct, frozen=True):
    """What a figure counts that is no entry: an announcement, a budget or an instalment by the decision that made it, or what
    a return claims, expects or marks, by its sheet and cell where it has one.
    """

    what: str
    pence: int
    source: ReturnSource | None
    decision: DecisionSource | None = None
    sheet: Annotated[str | None, Meta(examples=["Forecast"])] = None
    cell: Annotated[str | None, Meta(examples=["F7"])] = None


class Trace(Struct, frozen=True):
    """A figure, in pence, and what it adds up: over all pages, the pence of entries, facts and lines come to `pence`.

    `within` is the entry that a line, or a page of lines, belongs to. `next` leads to the next page, as `?after=`.
    """

    figure: Annotated[str, Meta(examples=["spent:LOCAL-INQUIRIES:2025-26:rdel_programme@812"])]
    meaning: str
    pence: int
    entry_no: int
    journal_no: int
    entries: list[TraceEntry] = []
    facts: list[TraceFact] = []
    lines: list[TraceLine] = []
    within: TraceEntry | None = None
    next: str | None = None
