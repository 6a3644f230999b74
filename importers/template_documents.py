"""The template's sheets of milestones and assets: what the award and earlier returns tell is there already."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from grants.domain.money import show
from grants.domain.returns import ReturnContext
from importers.cells import column_letters
from importers.layouts import Rows
from importers.template_style import (
    DAY,
    MONEY,
    as_given,
    as_heading,
    as_input,
    cell_at,
    print_on_a4,
    protect,
    put_note,
    put_pounds,
    put_text,
    put_title,
)
from importers.template_tables import list_rule, money_rule, real_date_rule

_MILESTONE_ROWS: Final = 5
_ASSET_ROWS: Final = 20
_DAYS: Final = frozenset({"baseline", "forecast", "actual", "acquired_on", "disposed_on"})
_MONEY: Final = frozenset({"cost", "disposal"})
_WIDTHS: Final = {"title": 40, "comment": 60, "description": 46, "location": 28}
_WRAPPED: Final = frozenset(_WIDTHS)

Given = Mapping[str, str | date | int | None]
"""What stands in a row already, by column; amounts in pence."""


def fill_milestones(
    sheet: Worksheet, layout: Rows, context: ReturnContext, marking: str, lists: dict[str, str]
) -> None:
    """One row for each milestone of the award, with the dates that the last accepted return gave; then those of its own."""
    put_title(sheet, "Milestones", marking, width=len(layout.columns))
    put_note(sheet, 3, "Say for each milestone when you expect it, or when it was done, and rate it Green, Amber or Red. "
             "Add rows for milestones of your own.", width=len(layout.columns))  # fmt: skip
    put_note(sheet, 4, "A comment is needed where a milestone is rated red, or comes later than its baseline.",
             width=len(layout.columns))  # fmt: skip
    told = {" ".join(one.title.casefold().split()): one for one in context.before.milestones}
    rows: list[Given] = []
    for agreed in context.milestones:
        last = told.pop(" ".join(agreed.title.casefold().split()), None)
        rows.append(
            {
                "title": agreed.title,
                "baseline": agreed.baseline,
                "forecast": last.forecast if last else None,
                "actual": last.actual if last else None,
            }
        )
    own = [
        {"title": one.title, "baseline": one.baseline, "forecast": one.forecast, "actual": one.actual}
        for one in told.values()
    ]
    _fill(sheet, layout, [*rows, *own], _MILESTONE_ROWS, lists, {"title": len(rows), "baseline": len(rows)})


def fill_assets(sheet: Worksheet, layout: Rows, context: ReturnContext, marking: str, lists: dict[str, str]) -> None:
    """The assets that earlier accepted returns told of, then rows for new ones."""
    threshold = context.asset_threshold_pence
    above = f" above {show(threshold)}" if threshold is not None else ""
    put_title(sheet, "Assets", marking, width=len(layout.columns))
    put_note(sheet, 3, f"One row for each thing bought with capital{above}, with the reference of its line on the sheet Spend.",
             width=len(layout.columns))  # fmt: skip
    put_note(sheet, 4, "Keep the rows of earlier returns. What was sold, lost or given away has its date and value under disposal; "
             "0 if it brought nothing.", width=len(layout.columns))  # fmt: skip
    rows: list[Given] = [
        {
            "reference": asset.reference,
            "description": asset.description,
            "acquired_on": asset.acquired_on,
            "cost": asset.pence,
            "location": asset.location,
            "serial": asset.serial,
            "disposed_on": asset.disposed_on,
            "disposal": asset.disposal_pence,
        }
        for asset in context.before.assets
    ]
    _fill(sheet, layout, rows, _ASSET_ROWS, lists, {})


def _fill(
    sheet: Worksheet, layout: Rows, rows: Sequence[Given], spare: int, lists: dict[str, str], shut: dict[str, int]
) -> None:
    """The table. `shut` says of which columns how many rows, from the first, are given and not to be changed."""
    top = layout.heading_row
    last = top + len(rows) + spare
    for number, column in enumerate(layout.columns, start=1):
        needed = column.required and column.key not in ("actual", "comment")
        as_heading(put_text(cell_at(sheet, top, number), f"{column.heading} *" if needed else column.heading))
        sheet.column_dimensions[column.letter].width = _WIDTHS.get(column.key, 18)
        form = (
            DAY if column.key in _DAYS else MONEY if column.key in _MONEY else "@" if column.key != "rag" else "General"
        )
        for row in range(top + 1, last + 1):
            cell = cell_at(sheet, row, number)
            given = rows[row - top - 1].get(column.key) if row - top <= len(rows) else None
            if isinstance(given, str):
                put_text(cell, given)
            elif isinstance(given, int):
                put_pounds(cell, given)
            elif given is not None:
                cell.value = given
            if row - top <= shut.get(column.key, 0):
                as_given(cell, wrap=column.key in _WRAPPED)
                cell.number_format = form
            else:
                as_input(cell, form, wrap=column.key in _WRAPPED)
        rule = _rule(column.key, lists)
        if rule is not None:
            rule.add(f"{column.letter}{top + 1}:{column.letter}{last}")
            sheet.add_data_validation(rule)
    sheet.row_dimensions[top].height = 32
    sheet.freeze_panes = f"B{top + 1}"
    sheet.auto_filter.ref = f"A{top}:{column_letters(len(layout.columns))}{last}"
    protect(sheet, lines=True)
    print_on_a4(sheet, heading_row=top)


def _rule(key: str, lists: dict[str, str]) -> DataValidation | None:
    if key in lists:
        return list_rule(lists[key])
    if key in _DAYS:
        return real_date_rule()
    return money_rule(lowest=0) if key in _MONEY else None
