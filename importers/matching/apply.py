"""A matching applied to a table: its lines exactly, every value at its own cell, and what was left out and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final

from grants.domain.awards import BudgetLine
from grants.domain.matchings import TWO_COLUMNS, CodeMeaning, Field, Matching, OutsidePeriod, SignRule
from grants.domain.money import show
from grants.domain.periods import Period
from importers.answer import Notice
from importers.cells import Cell, Habits, shown
from importers.columns import BLANK, Fault, Read, separate
from importers.layouts import Layout
from importers.lines import Spend, read_lines
from importers.matching.days import read_ordered
from importers.matching.rows import Sorted, judged, sort_rows
from importers.matching.shape import Extract
from importers.matching.signed import Amounts, cell_reader, read_signed, reader_of
from importers.messages import notice
from importers.tables import Table
from importers.totals import Judged, filled

UNMATCHED: Final = "code_unmatched"
_DAY: Final = date(2000, 1, 1)


@dataclass(slots=True)
class Extracted:
    """What is known of a return that was read from an extract: by which matching, and what of it was left out."""

    matching_id: str
    judged: list[Judged]
    notices: list[Notice] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """A table while it is read: values for all rows below the headings, by position."""

    extract: Extract
    matching: Matching
    cells: dict[Field, Sequence[Cell]]
    days: list[date | Fault]
    amounts: Amounts
    meanings: list[CodeMeaning | None]
    rows: Sorted


def code_of(cell: Cell) -> str:
    """A code as matchings know it: without spaces around it, a number without the .0 that a spreadsheet gives it."""
    return shown(cell).strip()[:100]


def apply(
    extract: Extract,
    matching: Matching,
    layout: Layout,
    budget: Sequence[BudgetLine] | None,
    period: Period | None,
    habits: Habits,
    matching_id: str = "",
) -> tuple[Spend, Extracted]:
    """The lines of a table with the matching's headings, and what was left out. The matching has all decided."""
    reading = _read(extract, matching, habits)
    told = Extracted(matching_id, _judged(reading))
    told.notices = list(_notices(reading))
    lines = _claimed(reading, period, told)
    table = Table(
        sheet=extract.sheet.name,
        heading_row=extract.row,
        letters=_letters(matching, layout),
        rows=[extract.row + 1 + position for position in lines],
        totals=[one.total for one in told.judged],
        repeated_rows=[extract.row + 1 + position for position in reading.rows.repeated],
    )
    return _spend(reading, lines, table, layout, budget, period, habits), told


def _read(extract: Extract, matching: Matching, habits: Habits) -> _Reading:
    if matching.sign is None or matching.date_order is None:
        raise ValueError("a matching is applied when all is decided")
    cells = {one: extract.column(letters) for one, letters in matching.columns.items()}
    order = matching.date_order
    day = _once(partial(read_ordered, order=order, dates_1904=habits.dates_1904))
    days = [day(cell) for cell in cells[Field.SPENT_ON]]
    amounts = read_signed(cells, matching.sign, reader_of(cells, habits))
    codes = cells.get(Field.CODE) or ("",) * extract.height
    meanings = [matching.codes.get(code_of(cell)) for cell in codes]
    readable = [isinstance(one, date) for one in days]
    rows = sort_rows(extract, matching.columns, readable, amounts.figures)
    return _Reading(extract, matching, cells, days, amounts, meanings, rows)


def _once(read: Callable[[Cell], date | Fault]) -> Callable[[Cell], date | Fault]:
    memo: dict[tuple[type, Cell], date | Fault] = {}

    def remembered(cell: Cell) -> date | Fault:
        key = (type(cell), cell)
        if key not in memo:
            memo[key] = read(cell)
        return memo[key]

    return remembered


def _judged(reading: _Reading) -> list[Judged]:
    amounts, sign = reading.amounts, reading.matching.sign
    letter = reading.matching.columns[Field.DEBIT if sign in TWO_COLUMNS else Field.NET]
    unsigned = sign is SignRule.MARKER
    return judged(reading.extract, reading.rows, amounts.values, amounts.figures, letter, unsigned=unsigned)


def _claimed(reading: _Reading, period: Period | None, told: Extracted) -> list[int]:
    """The positions of the lines that are claimed; those that the matching leaves out are told, with what they come to."""
    matching = reading.matching
    lines: list[int] = []
    by_code: dict[str, list[int]] = {}
    outside: list[int] = []
    codes = reading.cells.get(Field.CODE)
    for position in reading.rows.lines:
        meaning, day = reading.meanings[position], reading.days[position]
        if meaning is not None and meaning.category is None:
            by_code.setdefault(code_of(codes[position]) if codes else "", []).append(position)
        elif (
            matching.outside_period is OutsidePeriod.LEAVE_OUT
            and period is not None
            and isinstance(day, date)
            and not period.contains(day)
        ):
            outside.append(position)
        else:
            lines.append(position)
    for code, positions in by_code.items():
        told.notices.append(_left_out(reading, "code_left_out", positions, Field.CODE, code))
    if outside:
        told.notices.append(_left_out(reading, "outside_left_out", outside, Field.SPENT_ON, ""))
    return lines


def _left_out(reading: _Reading, code: str, positions: Sequence[int], at: Field, value: str) -> Notice:
    extract, columns = reading.extract, reading.matching.columns
    amounts = [reading.amounts.values[position] for position in positions]
    pence = sum(amount for amount in amounts if isinstance(amount, int))
    letter = columns.get(at) or columns[reading.amounts.fields[positions[0]]]
    cell = f"{letter}{extract.row + 1 + positions[0]}"
    return notice(code, extract.sheet.name, cell, value, count=len(positions), amount=show(pence))


def _notices(reading: _Reading) -> list[Notice]:
    extract = reading.extract
    sheet, rows = extract.sheet.name, reading.rows
    columns = reading.matching.columns
    found = [notice("read_as_extract", sheet, f"{columns[Field.SPENT_ON]}{extract.row}")]
    for position in rows.balances:
        letter = columns[reading.amounts.fields[position]]
        found.append(notice("balance_left_out", sheet, f"{letter}{extract.row + 1 + position}"))
    if rows.labels:
        first = extract.row + 1 + rows.labels[0]
        found.append(notice("titles_left_out", sheet, f"A{first}", count=len(rows.labels)))
    return found


def _letters(matching: Matching, layout: Layout) -> dict[str, str]:
    """The letters of a return's columns: what the table has none for is told at the amount, or at the code it follows from."""
    columns = matching.columns
    net = columns.get(Field.NET) or columns[Field.DEBIT]
    code = columns.get(Field.CODE, net)
    own = {one.value: letters for one, letters in columns.items()}
    own |= {"category": code, "budget_kind": columns.get(Field.BUDGET_KIND, code), "net": net}
    constants = dict.fromkeys(("reference", "description", "payee"), net)
    return {column.key: own.get(column.key) or constants.get(column.key, "") for column in layout.spend}


def _spend(
    reading: _Reading,
    lines: Sequence[int],
    table: Table,
    layout: Layout,
    budget: Sequence[BudgetLine] | None,
    period: Period | None,
    habits: Habits,
) -> Spend:
    cells, constants = reading.cells, reading.matching.constants
    blank = ("",) * len(lines)

    def of(one: Field) -> Sequence[Cell]:
        return [cells[one][position] for position in lines] if one in cells else blank

    def text(one: Field, constant: str) -> Sequence[Cell]:
        return [cell if filled(cell) else constant for cell in of(one)]

    meanings = [reading.meanings[position] for position in lines]
    across: dict[str, Sequence[Cell]] = {column.key: blank for column in layout.spend}
    across |= {
        "reference": text(Field.REFERENCE, constants.reference),
        "description": text(Field.DESCRIPTION, constants.description),
        "payee": text(Field.PAYEE, constants.payee),
        "evidence": text(Field.EVIDENCE, constants.evidence),
        "category": [one.category.label if one and one.category else "" for one in meanings],
        "budget_kind": _kinds(of(Field.BUDGET_KIND), meanings),
        "accrual": _accruals(reading, lines, of(Field.ACCRUAL), period),
        "spent_on": (_DAY,) * len(lines),
        "net": (0,) * len(lines),
    }
    spend = read_lines(table, across, layout.spend, budget, habits)
    _put_codes(spend, of(Field.CODE))
    spend.spent_on = _days(spend.spent_on, reading, lines)
    spend.net = _net(spend.net, reading, lines)
    if Field.VAT in cells:
        spend.vat = _vat(spend.vat, reading, lines, habits)
    return spend


def _kinds(typed: Sequence[Cell], meanings: Sequence[CodeMeaning | None]) -> list[Cell]:
    """Resource or capital as the table itself says, or else as the line's code says."""
    return [
        cell if filled(cell) else one.budget_kind.value if one else "resource"
        for cell, one in zip(typed, meanings, strict=True)
    ]


def _accruals(reading: _Reading, lines: Sequence[int], typed: Sequence[Cell], period: Period | None) -> Sequence[Cell]:
    if reading.matching.outside_period is not OutsidePeriod.ACCRUAL or period is None:
        return typed
    days = [reading.days[position] for position in lines]
    return [
        "Yes" if not filled(cell) and isinstance(day, date) and not period.contains(day) else cell
        for cell, day in zip(typed, days, strict=True)
    ]


def _put_codes(spend: Spend, codes: Sequence[Cell]) -> None:
    """The category's cell is the code's; a line whose code means nothing yet is told by the code."""
    category, kind = spend.category, spend.budget_kind
    if BLANK in category.faults:
        category.faults[UNMATCHED] = category.faults.pop(BLANK)
    category.typed = codes
    if kind.letter == category.letter:
        kind.typed = codes


def _days(read: Read[date], reading: _Reading, lines: Sequence[int]) -> Read[date]:
    typed = [reading.cells[Field.SPENT_ON][position] for position in lines]
    days = [reading.days[position] for position in lines]
    return separate(read.column, read.letter, typed, days, any(isinstance(day, Fault) for day in days))


def _net(read: Read[int], reading: _Reading, lines: Sequence[int]) -> Read[int]:
    amounts, columns = reading.amounts, reading.matching.columns
    values = [amounts.values[position] for position in lines]
    typed = [amounts.typed[position] for position in lines]
    net = separate(read.column, read.letter, typed, values, any(isinstance(value, Fault) for value in values))
    if Field.CREDIT in columns:
        net.letters = [columns[amounts.fields[position]] for position in lines]
    return net


def _vat(read: Read[int], reading: _Reading, lines: Sequence[int], habits: Habits) -> Read[int]:
    """Irrecoverable VAT, with the sign that its line's amount has by the ledger's rule."""
    read_cell = cell_reader(reader_of(reading.cells, habits))
    typed = [reading.cells[Field.VAT][position] for position in lines]
    values: list[int | Fault] = []
    for position, cell in zip(lines, typed, strict=True):
        value, net = read_cell(cell), reading.amounts.values[position]
        if isinstance(value, Fault):
            values.append(0 if value.code == BLANK else value)
        elif reading.matching.sign is SignRule.NEGATED or (
            reading.matching.sign is SignRule.MARKER and isinstance(net, int) and net < 0
        ):
            values.append(-value)
        else:
            values.append(value)
    return separate(read.column, read.letter, typed, values, any(isinstance(value, Fault) for value in values))
