"""Checks that a cell can be read at all: filled in, of the right kind, within bounds."""

from collections.abc import Iterator

from grants.domain.money import show
from grants.domain.returns import Problem
from importers.cells import shown
from importers.checks.facts import Facts
from importers.checks.places import in_column
from importers.messages import problem
from importers.totals import Verdict


def _faults(facts: Facts, *codes: str) -> Iterator[Problem]:
    spend = facts.spend
    for read in spend.typed:
        for code in codes:
            if code in read.faults:
                heading = read.column.heading
                about = heading if heading.endswith("VAT") else heading[0].lower() + heading[1:]
                longest = read.column.longest
                yield from in_column(
                    code, spend.sheet, spend.rows, read, read.faults[code], heading=about, longest=longest
                )


def required_cells(facts: Facts) -> Iterator[Problem]:
    """Every cell that a line needs is filled in."""
    return _faults(facts, "blank")


def formulas_with_values(facts: Facts) -> Iterator[Problem]:
    """No cell shows a formula's error, or a formula that was never worked out."""
    return _faults(facts, "formula_error", "formula_not_calculated")


def texts_short_enough(facts: Facts) -> Iterator[Problem]:
    """No text is longer than its column takes."""
    return _faults(facts, "too_long")


def amounts_are_money(facts: Facts) -> Iterator[Problem]:
    """Amounts are whole pence, in range."""
    return _faults(facts, "not_money", "part_penny", "too_large", "date_not_amount", "percentage", "not_pounds")


def dates_are_real(facts: Facts) -> Iterator[Problem]:
    """Dates are days of the calendar."""
    return _faults(facts, "not_a_date", "month_first")


def choices_are_listed(facts: Facts) -> Iterator[Problem]:
    """Choices are among those that the template lists."""
    return _faults(facts, "not_a_category", "not_a_kind", "not_yes_or_no")


def totals_agree(facts: Facts) -> Iterator[Problem]:
    """A row that adds up others comes to what they come to."""
    spend = facts.spend
    for judged in facts.totals_judged:
        if judged.verdict is Verdict.WRONG:
            total = judged.total
            cell = f"{spend.net.letter}{total.row}"
            says = {"said": show(judged.said), "expected": show(judged.expected)}
            yield problem("total_wrong", spend.sheet, cell, shown(total.net), **says)


def prepared_by_somebody(facts: Facts) -> Iterator[Problem]:
    """The return says who prepared it, where it has a cell for that."""
    fields = facts.fields
    if not facts.header.prepared_by and "prepared_by" in fields.cells:
        yield problem("blank", fields.sheet, fields.cells["prepared_by"], heading="name of who prepared this return")
