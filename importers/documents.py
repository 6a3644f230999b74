"""Cells to milestones and assets: the two sheets of a return that go on from one period to the next."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from grants.domain.plan import Rag
from importers.amounts import read_money
from importers.cells import Habits, Sheet
from importers.choices import read_rag
from importers.columns import BLANK, Fault, Read
from importers.layouts import Rows
from importers.plain_table import PlainTable
from importers.tables import Renamed

MOST_ROWS: Final = 1_000
"""So many milestones, and so many assets, a return may tell of."""


@dataclass(slots=True)
class Milestones:
    """The sheet of milestones. Each column has a value for each of `rows`; None where nothing readable is typed."""

    sheet: str
    rows: list[int]
    renamed: list[Renamed]
    title: Read[str]
    baseline: Read[date | None]
    forecast: Read[date | None]
    actual: Read[date | None]
    rag: Read[Rag | None]
    comment: Read[str]

    @property
    def typed(self) -> tuple[Read[Any], ...]:
        """The columns from left to right."""
        return (self.title, self.baseline, self.forecast, self.actual, self.rag, self.comment)

    @property
    def texts(self) -> tuple[Read[str], ...]:
        """The columns of free text."""
        return (self.title, self.comment)


@dataclass(slots=True)
class Assets:
    """The sheet of assets, in the same way. `cost` and `disposal` are pence."""

    sheet: str
    rows: list[int]
    renamed: list[Renamed]
    reference: Read[str]
    description: Read[str]
    acquired_on: Read[date]
    cost: Read[int]
    location: Read[str]
    serial: Read[str]
    disposed_on: Read[date | None]
    disposal: Read[int | None]

    @property
    def typed(self) -> tuple[Read[Any], ...]:
        """The columns from left to right."""
        return (*self.texts[:2], self.acquired_on, self.cost, *self.texts[2:], self.disposed_on, self.disposal)

    @property
    def texts(self) -> tuple[Read[str], ...]:
        """The columns of free text."""
        return (self.reference, self.description, self.location, self.serial)


def read_milestones(sheet: Sheet, layout: Rows, habits: Habits) -> Milestones:
    """Raises NotAReturn where the table's headings are not there."""
    table = PlainTable(sheet, layout, habits, MOST_ROWS)
    return Milestones(
        sheet=sheet.name,
        rows=table.rows,
        renamed=table.renamed,
        title=table.texts("title"),
        baseline=table.read("baseline", table.day, None),
        forecast=table.read("forecast", table.day, None),
        actual=table.read("actual", table.day, None),
        rag=table.read("rag", read_rag, None),
        comment=table.texts("comment", required=False),
    )


def read_assets(sheet: Sheet, layout: Rows, habits: Habits) -> Assets:
    """Raises NotAReturn where the table's headings are not there."""
    table = PlainTable(sheet, layout, habits, MOST_ROWS)
    return Assets(
        sheet=sheet.name,
        rows=table.rows,
        renamed=table.renamed,
        reference=table.texts("reference"),
        description=table.texts("description"),
        acquired_on=table.read("acquired_on", table.day, Fault(BLANK)),
        cost=table.read("cost", read_money, Fault(BLANK)),
        location=table.texts("location"),
        serial=table.texts("serial"),
        disposed_on=table.read("disposed_on", table.day, None),
        disposal=table.read("disposal", read_money, None),
    )
