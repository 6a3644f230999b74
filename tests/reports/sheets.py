"""Reading reports back as a person's spreadsheet program does."""

import csv
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from tests.reports.accessibility import place_of


def table(path: Path, sheet: str) -> list[dict[str, Any]]:
    """The rows of a sheet's table by heading, the marks of notes left off."""
    found = load_workbook(path)[sheet]
    place = place_of(found)
    assert place is not None
    columns = range(1, place.last_column + 1)
    headings = [str(found.cell(place.header, column).value).split(" [note")[0] for column in columns]
    return [
        dict(zip(headings, (found.cell(row, column).value for column in columns), strict=True)) for row in place.body
    ]


def cover(path: Path) -> dict[str, str]:
    """What the cover says, by item."""
    return {row["Item"]: row["Detail"] for row in table(path, "Cover")}


def csv_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by heading."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
