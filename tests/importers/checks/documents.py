"""An award with milestones, assets and a calendar, and returns that tell of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook

from grants.domain.awards import AwardMilestone
from tests.importers.making import FIRST, Typed, award, checked, filled, places

HEARINGS = AwardMilestone("Hearings begin", date(2025, 9, 15))
REPORT = AwardMilestone("Final report", date(2026, 3, 20))
TODAY = date(2025, 10, 10)
CONTEXT = award(milestones=(HEARINGS, REPORT), asset_threshold_pence=5_000_00, today=TODAY)
"""Ten days after the period that its return is for."""

MILESTONES: list[tuple[Any, ...]] = [
    ("Hearings begin", None, None, date(2025, 9, 15), None, None),
    ("Final report", None, date(2026, 3, 20), None, "Green", None),
]
VAN: tuple[Any, ...] = ("CAP-1", "A van", date(2025, 8, 1), 12_000, "Depot", "VIN 1", None, None)
BOUGHT = Typed("CAP-1", "Equipment", "A van for outreach", "Example Vans", date(2025, 8, 1), "Capital", 12_000)


def changed(row: tuple[Any, ...], **columns: Any) -> tuple[Any, ...]:
    """The row with other cells, named by their letters."""
    return tuple(columns.get("ABCDEFGH"[at], value) for at, value in enumerate(row))


def told(
    milestones: Sequence[tuple[Any, ...]] = MILESTONES,
    assets: Sequence[tuple[Any, ...]] = (),
    **cells: Any,
) -> Any:
    """What changes a workbook so that it tells of these; `cells` are of the sheet Return."""

    def edit(book: Workbook) -> None:
        for name, rows in (("Milestones", milestones), ("Assets", assets)):
            for row, values in enumerate(rows, start=FIRST):
                for column, value in enumerate(values, start=1):
                    book[name].cell(row, column).value = value
                    if isinstance(value, str):
                        book[name].cell(row, column).data_type = "s"
        for cell, value in cells.items():
            book["Return"][cell] = value

    return edit


def found(lines: Sequence[Typed] = (Typed(),), context: Any = CONTEXT, **how: Any) -> list[tuple[str, str]]:
    """Code and place of every problem of a return that tells of these."""
    return places(checked(filled(context, lines, edit=told(**how)), context))
