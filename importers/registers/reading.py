"""Bytes of a register or a payment file to its entries and problems. Pure; called inside the reader's process."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from grants.domain.money import show
from grants.domain.registers import ReadRegister, RegisterKind, Told
from grants.domain.returns import Problem
from importers.amounts import read_money
from importers.answer import PARSER_VERSION, NotAReturn, Notice
from importers.cells import CSV, Habits, Sheet, Workbook, column_letters, matching_names
from importers.layouts import Rows
from importers.limits import Limits
from importers.messages import notice, problem, refuse
from importers.notices import in_words
from importers.plain_table import PlainTable
from importers.registers.asking import RegisterRequest
from importers.registers.awards import read_awards
from importers.registers.layouts import MOST_ROWS, TABLES
from importers.registers.payments import read_payments
from importers.workbook import read_workbook

_NO_HEADINGS: Final = frozenset({"missing_headings", "missing_column"})
_NOTICES_MOST: Final = 100


def read_register(request: RegisterRequest, limits: Limits) -> ReadRegister:
    """Everything that a file tells, and every fault in it. Raises NotAReturn for a file that is no such register."""
    sheets, habits = _sheets(request, limits)
    layouts = TABLES[request.kind]
    tables = [PlainTable(sheet, layout, habits, MOST_ROWS) for sheet, layout in zip(sheets, layouts, strict=False)]
    problems = [one for table in tables for one in (*_too_long(table), *_totals(table))]
    if not tables[0].rows:
        at = f"{tables[0].letter('reference')}{tables[0].heading_row + 1}"
        problems.append(problem("no_rows", tables[0].sheet, at))
    told = [one for table, sheet in zip(tables, sheets, strict=True) for one in _notices(table, sheet)]
    notices = tuple(Told(one.code, one.sheet, one.cell, one.message, one.value) for one in told[:_NOTICES_MOST])
    read = ReadRegister(request.kind, PARSER_VERSION, notices=notices)
    if request.kind is RegisterKind.AWARDS:
        awards = read_awards(tables[0], tables[1] if len(tables) > 1 else None)
        read, faults = replace(read, awards=tuple(awards.entries)), awards.problems
    else:
        payments, faults = read_payments(tables[0])
        read = replace(read, payments=tuple(payments))
    return replace(read, problems=_listed([*problems, *faults], tables[0].sheet, limits))


def _listed(problems: Sequence[Problem], sheet: str, limits: Limits) -> tuple[Problem, ...]:
    if len(problems) > limits.problems:
        return (*problems[: limits.problems], problem("too_many_problems", sheet, ""))
    return tuple(problems)


def _sheets(request: RegisterRequest, limits: Limits) -> tuple[list[Sheet], Habits]:
    """The file's sheets for the kind's tables, in order; further tables may be missing."""
    layouts = TABLES[request.kind]
    book = read_workbook(request.data, (), limits)
    if book.dialect is not None:
        sheet = book.sheets[CSV]
        if _refusal(sheet, layouts[0], book.habits) in _NO_HEADINGS:
            raise refuse("csv_headings", sheet=CSV, table=layouts[0].sheet)
        return [sheet], book.habits
    there = matching_names(book.names, tuple(layout.sheet for layout in layouts))
    if layouts[0].sheet in there:
        read = read_workbook(request.data, tuple(there), limits)
        return [read.sheets[layout.sheet] for layout in layouts if layout.sheet in read.sheets], read.habits
    everything = read_workbook(request.data, book.names, limits)
    return [_only(everything, layouts[0])], everything.habits


def _only(book: Workbook, layout: Rows) -> Sheet:
    """The one sheet that has the table's headings, whatever it is called: finance systems name theirs as they like."""
    refused = {name: _refusal(sheet, layout, book.habits) for name, sheet in book.sheets.items()}
    fitting = [name for name, code in refused.items() if not code]
    if len(fitting) > 1:
        raise refuse("two_tables", sheet=fitting[1], first=fitting[0])
    if fitting or len(book.sheets) == 1:
        return book.sheets[fitting[0] if fitting else book.names[0]]
    raise refuse("missing_sheet", sheet=layout.sheet, value=", ".join(book.names))


def _refusal(sheet: Sheet, layout: Rows, habits: Habits) -> str:
    """Why a sheet is not the table; empty where it is."""
    try:
        PlainTable(sheet, layout, habits, 0)
    except NotAReturn as answer:
        return answer.refused.code
    return ""


def _too_long(table: PlainTable) -> Iterator[Problem]:
    if len(table.rows) > MOST_ROWS:
        yield problem("too_many_rows", table.sheet, f"A{table.rows[-1]}", most=MOST_ROWS)


def _totals(table: PlainTable) -> Iterator[Problem]:
    """A total must be that of all rows above it, or of those since the total before."""
    last = 0
    for row in table.totals:
        said = read_money(table.typed(row, "amount"))
        above = [(at, read_money(table.typed(at, "amount"))) for at in table.rows if at < row]
        read = [(at, pence) for at, pence in above if isinstance(pence, int)]
        since = sum(pence for at, pence in read if at > last)
        if isinstance(said, int) and len(read) == len(above) and said not in (since, sum(pence for _, pence in read)):
            at = f"{table.letter('amount')}{row}"
            yield problem("total_wrong", table.sheet, at, said=show(said), expected=show(since))
        last = row


def _notices(table: PlainTable, sheet: Sheet) -> Iterator[Notice]:
    for one in table.renamed:
        yield notice("heading_renamed", table.sheet, one.cell, one.typed, heading=one.heading)
    for number in table.unread:
        yield notice("column_not_read", table.sheet, f"{column_letters(number)}{table.heading_row}")
    for row in table.totals:
        readable = isinstance(read_money(table.typed(row, "amount")), int)
        yield notice(
            "total_left_out" if readable else "total_not_checked", table.sheet, f"{table.letter('amount')}{row}"
        )
    if sheet.hidden.sheet:
        yield notice("hidden_sheet", table.sheet, "")
    if rows := [row for row in table.rows if row in sheet.hidden.rows]:
        code = "filtered_rows" if sheet.hidden.filtered else "hidden_rows"
        at = f"{table.letter('amount')}{rows[0]}"
        yield notice(code, table.sheet, at, count=len(rows), rows=in_words(rows))
