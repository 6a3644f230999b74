"""A suggestion for a table that nobody has matched yet: by its headings, contents and words, nothing decided in silence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from grants.domain.matchings import AMOUNTS_OF, Answers, Constants, Field, Matching, OutsidePeriod, SignRule
from grants.domain.money import plain
from grants.domain.periods import Period, parse_period
from grants.domain.returns import ReturnContext
from importers.cells import Habits, Workbook, column_letters, shown
from importers.columns import Fault
from importers.matching.answers import SAID, answered, said, with_answer
from importers.matching.choosing import Choices, choose
from importers.matching.codes import suggest_codes
from importers.matching.contents import Contents
from importers.matching.days import Proof, is_day, order_of, read_ordered
from importers.matching.questions import questions_of
from importers.matching.rows import Sorted, sort_rows
from importers.matching.shape import Extract
from importers.matching.signed import Amount, Amounts, Cells, cell_reader, read_signed, reader_of
from importers.matching.signs import suggest_sign
from importers.matching.suggestion import (
    Decision,
    LeftOutRow,
    Sample,
    SuggestedCode,
    SuggestedColumn,
    Suggestion,
    Sure,
)
from importers.totals import filled

_SAMPLES: Final = 8
_EXAMPLES: Final = 3
_LEFT_OUT_SHOWN: Final = 100
_CODES_MOST: Final = 1_000


@dataclass(slots=True)
class _Found:
    """What was found out of a table, on the way to its suggestion."""

    extract: Extract
    contents: Sequence[Contents]
    choices: Choices
    cells: Cells
    rows: Sorted
    order: Proof
    sign: Decision
    amounts: Amounts | None
    codes: list[SuggestedCode]
    matching: Matching
    period: Period | None
    habits: Habits


def suggest(
    book: Workbook,
    extract: Extract,
    contents: Sequence[Contents],
    context: ReturnContext | None,
    answers: Answers | None = None,
) -> Suggestion:
    """A matching for the table, as far as the table itself or somebody's answers decide it, with what is left to say."""
    choices = choose(extract, contents)
    if answers is not None:
        choices = answered(choices, answers)
    cells: Cells = {field: extract.column(choice.letters) for field, choice in choices.items()}
    meaning = reader_of(cells, book.habits)
    rows = _rows(extract, choices, cells, book.habits)
    order = order_of([cells[Field.SPENT_ON][line] for line in rows.lines] if Field.SPENT_ON in cells else ())
    if answers is not None and answers.date_order is not None:
        order = replace(order, order=answers.date_order, why=order.why if order.order is answers.date_order else SAID)
    sign = suggest_sign(cells, rows.lines, meaning)
    if answers is not None and answers.sign is not None:
        sign = said(sign, answers.sign)
    rule = SignRule(sign.value) if sign.value else None
    amounts = read_signed(cells, rule, meaning) if rule and choices.keys() >= {*AMOUNTS_OF[rule]} else None
    if rule is not SignRule.MARKER and rule is not None:
        choices.pop(Field.MARKER, None)
    period = parse_period(context.period) if context else None
    budget = [one for one in context.budget if one.year == period.year.code] if context and period else None
    columns = {field: choice.letters for field, choice in choices.items()}
    codes = suggest_codes(extract, columns, rows.lines, amounts.values if amounts else None, budget)[:_CODES_MOST]
    if answers is not None:
        codes = [with_answer(one, answers.codes) for one in codes]
    constants = answers.constants if answers else Constants()
    everything = {"": answers.codes[""]} if answers and not codes and "" in answers.codes else {}
    matching = Matching(
        sheet=extract.sheet.name,
        headings=extract.headings,
        columns=columns,
        sign=rule,
        date_order=order.order if Field.SPENT_ON in columns else None,
        codes={one.code: None if one.sure is Sure.UNSURE else one.meaning for one in codes} or everything,
        constants=constants,
        outside_period=answers.outside_period if answers else OutsidePeriod.PROBLEM,
    )
    found = _Found(extract, contents, choices, cells, rows, order, sign, amounts, codes, matching, period, book.habits)
    return _suggestion(found)


def _rows(extract: Extract, choices: Choices, cells: Cells, habits: Habits) -> Sorted:
    """The rows sorted before the signs are known: sums come out the same way, all amounts the other way round or none."""
    columns = {field: choice.letters for field, choice in choices.items()}
    days = [is_day(cell) for cell in cells[Field.SPENT_ON]] if Field.SPENT_ON in cells else [True] * extract.height
    if Field.SPENT_ON in cells and not any(days):
        days = [isinstance(cell, int | float) for cell in cells[Field.SPENT_ON]]
    meaning = reader_of(cells, habits)
    figures: list[Amount]
    if Field.DEBIT in cells:
        figures = read_signed(cells, SignRule.DEBIT_AND_CREDIT, meaning).figures
    elif Field.NET in cells:
        figures = list(map(cell_reader(meaning), cells[Field.NET]))
    else:
        figures = [Fault("blank")] * extract.height
    return sort_rows(extract, columns, days, figures)


def _suggestion(found: _Found) -> Suggestion:
    extract, rows, amounts = found.extract, found.rows, found.amounts
    dates = Decision(
        "date_order", found.matching.date_order, Sure.SURE if found.order.order else Sure.UNSURE, found.order.why
    )
    total = None
    if amounts is not None:
        total = sum(value for line in rows.lines if isinstance(value := amounts.values[line], int))
    return Suggestion(
        sheet=extract.sheet.name,
        heading_row=extract.row,
        shape=extract.shape,
        columns=tuple(_column(found, number) for number in range(1, len(extract.headings) + 1)),
        decisions=(found.sign, dates),
        codes=tuple(found.codes),
        samples=tuple(_sample(found, line) for line in rows.lines[:_SAMPLES]),
        lines=len(rows.lines),
        total_pence=total,
        left_out=tuple(_left_out(found))[:_LEFT_OUT_SHOWN],
        questions=questions_of(extract, found.matching, found.choices, rows, found.codes, _days_outside(found)),
        matching=found.matching,
    )


def _column(found: _Found, number: int) -> SuggestedColumn:
    examples: tuple[str, ...] = ()
    if number <= len(found.contents):
        examples = tuple(shown(cell)[:80] for cell, _ in found.contents[number - 1].distinct[:_EXAMPLES])
    heading = str(found.extract.heading(number)).strip()[:80]
    for field, choice in found.choices.items():
        if choice.number == number:
            return SuggestedColumn(choice.letters, heading, examples, field, choice.sure, choice.why)
    return SuggestedColumn(column_letters(number), heading, examples)


def _sample(found: _Found, line: int) -> Sample:
    matching, amounts = found.matching, found.amounts
    reads = {field: shown(found.cells[field][line]) for field in matching.columns}
    if matching.date_order is not None:
        cell = found.cells[Field.SPENT_ON][line]
        day = read_ordered(cell, order=matching.date_order, dates_1904=found.habits.dates_1904)
        if not isinstance(day, Fault):
            reads[Field.SPENT_ON] = day.isoformat()
    value = amounts.values[line] if amounts is not None else None
    if isinstance(value, int):
        for field in (Field.DEBIT, Field.CREDIT, Field.MARKER):
            reads.pop(field, None)
        reads[Field.NET] = plain(value)
    return Sample(found.extract.row + 1 + line, reads)


def _left_out(found: _Found) -> list[LeftOutRow]:
    rows = found.rows
    kinds = (
        (rows.totals, "It adds up other lines."),
        (rows.balances, "It is a balance that is carried over."),
        (rows.labels, "It has neither a date nor an amount."),
        (rows.repeated, "It has the headings once more."),
    )
    return sorted(
        (
            LeftOutRow(found.extract.row + 1 + position, why, _label(found.extract, position))
            for positions, why in kinds
            for position in positions
        ),
        key=lambda one: one.row,
    )


def _label(extract: Extract, position: int) -> str:
    cells = extract.sheet.rows[extract.row + position]
    return next((shown(cell).strip()[:80] for cell in cells if filled(cell)), "")


def _days_outside(found: _Found) -> int:
    """How many lines have a date outside the period that is asked for."""
    matching = found.matching
    if found.period is None or matching.date_order is None:
        return 0
    order, dates_1904 = matching.date_order, found.habits.dates_1904
    cells = found.cells[Field.SPENT_ON]
    days = [read_ordered(cells[line], order=order, dates_1904=dates_1904) for line in found.rows.lines]
    return sum(not isinstance(day, Fault) and not found.period.contains(day) for day in days)
