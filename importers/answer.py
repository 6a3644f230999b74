"""What is asked of the reader and what it answers: the values that cross the border of its process."""

from typing import Final

from msgspec import Struct

from grants.domain.awards import CostCategory
from grants.domain.matchings import Answers, Matching
from grants.domain.plan import BudgetKind
from grants.domain.registers import ReadRegister
from grants.domain.return_documents import Documents
from grants.domain.returns import CategoryForecast, CategoryTotal, Problem, ReturnContext
from grants.domain.surroundings import Comparison, Surroundings
from importers.matching.suggestion import Suggestion
from importers.registers.asking import RegisterRequest

PARSER_VERSION: Final = "3.2"
"""Kept with every upload. Raised whenever the same bytes could be read or checked differently."""

LINE_COLUMNS: Final = (
    "row",
    "sheet",
    "cell",
    "reference",
    "category",
    "description",
    "payee",
    "spent_on",
    "budget_kind",
    "net_pence",
    "vat_pence",
    "accrual",
    "evidence",
    "fingerprint",
)
"""The columns of `Checked.lines_copy`, in order: SpendLine's fields, its sheet, and its fingerprint (64 bits, signed)."""


class CheckRequest(Struct, frozen=True, tag="check"):
    """A file to read and check. Without a context only the checks that need none are made.

    `filename` is what the sender called it: used in words alone, never to tell what the file is. `prepared_by` counts
    for a file that cannot say so itself. An extract is read by `matching`; without it, by those of the context.
    """

    data: bytes
    filename: str | None = None
    context: ReturnContext | None = None
    prepared_by: str = ""
    matching: Matching | None = None


class AnnotateRequest(Struct, frozen=True, tag="annotate"):
    """A file to give back with its problems marked in it, and how it was read told beside them."""

    data: bytes
    problems: tuple[Problem, ...]
    notices: "tuple[Notice, ...]" = ()


class MatchRequest(Struct, frozen=True, tag="match"):
    """An extract, to suggest how it is meant; for the award and period of the context, if any.

    What somebody `answers` counts before what the table itself shows.
    """

    data: bytes
    context: ReturnContext | None = None
    answers: Answers | None = None


class SurroundingsRequest(Struct, frozen=True, tag="look"):
    """A kept file, to show a cell of it with the cells around. Without a sheet its first; without a cell, A1."""

    data: bytes
    sheet: str = ""
    cell: str = ""


class CompareRequest(Struct, frozen=True, tag="compare"):
    """A file that somebody gives, to be held against the one that was kept."""

    data: bytes
    kept: bytes


class Refused(Struct, frozen=True, tag="refused"):
    """The file cannot be taken as a return, and why. `value` is what stands in the file; it never goes to a log."""

    code: str
    message: str
    sheet: str = ""
    cell: str = ""
    value: str = ""

    @property
    def place(self) -> str:
        """Return!B4, a sheet, or empty for the file as a whole."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


class NotAReturn(Exception):
    """Raised inside the reader as soon as a file is refused; it never leaves the reader."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


class Header(Struct, frozen=True):
    """What the sheet `Return` says of the return. `period` is a code such as 2025-26-Q2."""

    award: str
    recipient_id: str
    recipient_name: str
    delivery_body: str
    period: str
    kind: str
    template_version: str
    prepared_by: str
    basis: str = ""


class VarianceReason(Struct, frozen=True):
    """Why a category's forecast outturn differs from its budget, in the recipient's words."""

    category: CostCategory
    budget_kind: BudgetKind
    reason: str
    cell: str


class Notice(Struct, frozen=True):
    """How a file was read, where that is not obvious: neither wrong nor doubtful, and nobody has to answer it.

    `value` is what stands in the cell; it never goes to a log.
    """

    code: str
    sheet: str
    cell: str
    message: str
    value: str = ""

    @property
    def place(self) -> str:
        """Spend!G17, or Spend."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


class Checked(Struct, frozen=True, tag="checked"):
    """A return that was read. Errors stop it; warnings ask for a reason; notices tell how it was read.

    `matching_id` is of the remembered matching that an extract was read by; empty for any other file.

    `lines_copy` is text for PostgreSQL's COPY (its text format, UTF-8, columns as in LINE_COLUMNS, each line ended by
    a line feed and holding no other); it is empty where there are errors. `documents` are None then, and for a file
    that has no sheets for them.
    """

    header: Header
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    totals: tuple[CategoryTotal, ...]
    forecasts: tuple[CategoryForecast, ...]
    reasons: tuple[VarianceReason, ...]
    line_count: int
    template_version: str
    notices: tuple[Notice, ...] = ()
    parser_version: str = PARSER_VERSION
    lines_copy: bytes = b""
    matching_id: str = ""
    documents: Documents | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All errors, then all warnings."""
        return self.errors + self.warnings


class Annotated(Struct, frozen=True, tag="annotated"):
    """An XLSX of a file with its problems marked in it."""

    content: bytes = b""


CheckAnswer = Refused | Checked
Request = CheckRequest | AnnotateRequest | MatchRequest | RegisterRequest | SurroundingsRequest | CompareRequest
Answer = Refused | Checked | Annotated | Suggestion | ReadRegister | Surroundings | Comparison
