"""Awards and filled-in returns for the importers' tests: what a funder holds, and what a person types."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from io import BytesIO, StringIO
from typing import Any

from msgspec import structs
from openpyxl import Workbook, load_workbook

from grants.domain.awards import BudgetLine, CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryTotal, ReturnContext
from importers.answer import LINE_COLUMNS, CheckAnswer, Checked, CheckRequest, Refused
from importers.checking import check
from importers.layouts import CURRENT
from importers.limits import Limits
from importers.template import build_template

FIRST = 6
"""The first row of lines in the template, and of budgets on its sheet of forecasts."""

AWARD = ReturnContext(
    award="LI-OLDHAM-01",
    recipient_id="GB-LAE-OLD",
    recipient_name="Oldham Council",
    delivery_body="Oldham Council",
    period="2025-26-Q2",
    award_start=date(2025, 4, 1),
    award_end=date(2026, 3, 31),
    budget=(
        BudgetLine("2025-26", CostCategory.STAFF_PAY, 100_000_00),
        BudgetLine("2025-26", CostCategory.TRAVEL, 20_000_00),
        BudgetLine("2025-26", CostCategory.EQUIPMENT, 50_000_00, BudgetKind.CDEL_PROGRAMME),
    ),
    accepted=(CategoryTotal(CostCategory.STAFF_PAY, BudgetKind.RDEL_PROGRAMME, 10_000_00),),
)
"""An award to a council with three budgets, in its second quarter."""


def award(**changes: Any) -> ReturnContext:
    """The same award with other terms."""
    return structs.replace(AWARD, **changes)


@dataclass(frozen=True)
class Typed:
    """A line as a person types it, column by column."""

    reference: Any = "INV-1"
    category: Any = "Staff pay"
    description: Any = "Investigators, July"
    payee: Any = "Oldham Council payroll"
    day: Any = date(2025, 7, 31)
    kind: Any = "Resource"
    net: Any = 1234.5
    vat: Any = None
    accrual: Any = None
    evidence: Any = "EV-1"

    def but(self, **changes: Any) -> "Typed":
        """The same line with other cells."""
        return replace(self, **changes)

    @property
    def cells(self) -> tuple[Any, ...]:
        """From left to right."""
        return (
            self.reference, self.category, self.description, self.payee, self.day,
            self.kind, self.net, self.vat, self.accrual, self.evidence,
        )  # fmt: skip


@lru_cache(maxsize=32)
def _template(context: ReturnContext) -> bytes:
    return build_template(context, prepared_rows=12)


def filled(
    context: ReturnContext,
    lines: Sequence[Typed | None],
    *,
    forecast: Any = 1000,
    reason: Any = "Recruitment was later than planned",
    edit: Callable[[Workbook], None] | None = None,
) -> bytes:
    """The real template, filled in with openpyxl. None among the lines is a blank row; a text is never a formula."""
    book = load_workbook(BytesIO(_template(context)))
    book["Return"]["B12"] = "A. Preparer, accountant"
    for declaration in ("B14", "B15", "B16"):
        book["Return"][declaration] = "Yes"
    spend, outlook = book["Spend"], book["Forecast"]
    for row, line in enumerate(lines, start=FIRST):
        for column, value in enumerate(line.cells if line else (), start=1):
            cell = spend.cell(row, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    for row in range(FIRST, FIRST + sum(line.year == context.period[:7] for line in context.budget)):
        for column in range(7, outlook.max_column - 2):
            outlook.cell(row, column).value = forecast
        outlook.cell(row, outlook.max_column).value = reason
    if edit is not None:
        edit(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(
    lines: Sequence[Typed | None],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    before: Sequence[Sequence[str]] = (),
    end: str = "\r\n",
) -> bytes:
    """The lines below the template's headings, as a CSV; None is a blank row, a day is written 31/07/2025."""
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerows([*before, [column.heading for column in CURRENT.spend]])
    for line in lines:
        writer.writerow([_as_text(value) for value in line.cells] if line else [])
    return out.getvalue().encode(encoding)


def _as_text(value: Any) -> str:
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else "" if value is None else str(value)


def ask(data: bytes, context: ReturnContext | None = AWARD, limits: Limits | None = None) -> CheckAnswer:
    """The answer, read in this process."""
    return check(CheckRequest(data, "return.xlsx", context), limits or Limits())


def checked(data: bytes, context: ReturnContext | None = AWARD) -> Checked:
    """The answer to a file that can be read as a return."""
    answer = ask(data, context)
    assert isinstance(answer, Checked), answer
    return answer


def refused(data: bytes, context: ReturnContext | None = AWARD, limits: Limits | None = None) -> Refused:
    """The answer to a file that cannot."""
    answer = ask(data, context, limits)
    assert isinstance(answer, Refused), answer
    return answer


def places(answer: Checked) -> list[tuple[str, str]]:
    """Code and place of every problem, errors first."""
    return [(problem.code, problem.place) for problem in answer.problems]


def problems_of(
    lines: Sequence[Typed | None], context: ReturnContext | None = AWARD, **how: Any
) -> list[tuple[str, str]]:
    """Code and place of every problem of a return with these lines."""
    return places(checked(filled(context or AWARD, lines, **how), context))


_UNESCAPED = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def stored(answer: Checked) -> list[dict[str, str]]:
    """The lines as PostgreSQL would understand the copied text: columns by name, as text."""
    lines = answer.lines_copy.decode().split("\n")
    assert lines.pop() == ""
    return [dict(zip(LINE_COLUMNS, map(_unescape, line.split("\t")), strict=True)) for line in lines]


def _unescape(text: str) -> str:
    out, at = "", 0
    while at < len(text):
        step = 2 if text[at] == "\\" else 1
        piece = text[at : at + step]
        out, at = out + _UNESCAPED.get(piece, piece), at + step
    return out
