"""Checks of the return as a whole."""

from collections.abc import Iterator

from grants.domain.returns import Problem
from importers.checks.facts import Facts
from importers.documents import MOST_ROWS
from importers.messages import problem


def something_spent(facts: Facts) -> Iterator[Problem]:
    """A return without lines is meant to have none."""
    spend = facts.spend
    if not spend.rows and not spend.table.totals:
        yield problem(
            "no_lines",
            spend.sheet,
            f"{spend.net.letter}{spend.table.heading_row + 1}",
            period=facts.period.label if facts.period else "the period",
        )


def sheets_not_too_long(facts: Facts) -> Iterator[Problem]:
    """No more milestones and assets than a return may tell of."""
    for one in (facts.milestones, facts.assets):
        if one is not None and len(one.rows) > MOST_ROWS:
            letter = next(read.letter for read in one.typed if read.letter)
            yield problem("too_many_rows", one.sheet, f"{letter}{one.rows[-1]}", most=MOST_ROWS)
