"""The ODS writer: what is written is what programs read back, exact to the penny, inert, and the same bytes every time."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from python_calamine import CalamineWorkbook

from grants.domain import money
from reports.ods_file import OdsWriter, write_ods
from reports.text_out import clean
from tests.reports.books import COLUMNS, MARKING, book, full_book, table
from tests.reports.ods_rules import OFFICE, TABLE, TEXT, words
from tests.reports.test_workbook import rows_strategy

LINK = "{http://www.w3.org/1999/xlink}href"


def content(path: Path) -> ElementTree.Element:
    with zipfile.ZipFile(path) as archive:
        return ElementTree.fromstring(archive.read("content.xml"))  # noqa: S314 – a file of our own making


def rows_of(path: Path, sheet: str) -> list[list[ElementTree.Element]]:
    """The cells of the rows below the header, as elements."""
    found = next(one for one in content(path).iter(f"{TABLE}table") if one.get(f"{TABLE}name") == sheet)
    rows = list(found)
    header = next(index for index, part in enumerate(rows) if part.tag == f"{TABLE}table-header-rows")
    return [list(row) for row in rows[header + 1 :]]


@settings(max_examples=60)
@given(rows_strategy)
def test_every_value_is_read_back_exactly(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    path = tmp_path / "report.ods"
    write_ods(book(table(rows)), path)
    found = rows_of(path, "Spend")
    assert len(found) == len(rows) + 1
    for row, cells in zip(rows, found, strict=False):
        assert words(cells[0]) == row[0]
        assert words(cells[1]) == (clean(row[1]) if row[1] is not None else "")
        assert cells[2].get(f"{OFFICE}value") == (None if row[2] is None else str(row[2]))
        assert cells[3].get(f"{OFFICE}value") == (None if row[3] is None else money.plain(row[3]))
        assert cells[4].get(f"{OFFICE}date-value") == (None if row[4] is None else row[4].isoformat())
        assert cells[6].get(f"{OFFICE}value") == (None if row[6] is None else repr(row[6]))
    totals = found[-1]
    assert totals[3].get(f"{OFFICE}value") == money.plain(sum(row[3] or 0 for row in rows))


def test_another_reader_finds_every_sheet_and_figure(tmp_path: Path) -> None:
    path = tmp_path / "report.ods"
    write_ods(full_book(), path)
    found = CalamineWorkbook.from_path(str(path))
    assert found.sheet_names == ["Cover", "Contents", "Notes", "Spend", "Owner's queries", "Sources"]
    rows = found.get_sheet_by_name("Spend").to_python()
    assert rows[1][0] == MARKING
    assert [row[3] for row in rows[-5:]] == [1234.1, -5.0, "", 0.0, 1229.1]


def test_nothing_that_was_typed_is_live(tmp_path: Path) -> None:
    path = tmp_path / "report.ods"
    write_ods(full_book(), path)
    formulas = [cell.get(f"{TABLE}formula") for cell in content(path).iter(f"{TABLE}table-cell")]
    assert {formula[:12] for formula in formulas if formula} == {"of:=SUBTOTAL"}
    links = [link.get(LINK, "") for link in content(path).iter(f"{TEXT}a")]
    assert links
    assert all(link.startswith("#") for link in links)


def test_another_process_hash_seed_and_time_zone_give_the_same_bytes(tmp_path: Path) -> None:
    write_ods(full_book(), tmp_path / "here.ods")
    program = (
        "import sys, pathlib\nfrom tests.reports.books import full_book\nfrom reports.ods_file import write_ods\n"
        "write_ods(full_book(), pathlib.Path(sys.argv[1]))\n"
    )
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "3",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "PYTHONPATH": str(Path.cwd()),
    }
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "there.ods")], env=environment, check=True)
    digests = {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("here.ods", "there.ods")}
    assert len(digests) == 1


def test_a_long_table_goes_on_in_parts(tmp_path: Path) -> None:
    rows = [(f"L{number}", None, number, number, None, None, None) for number in range(50)]
    with OdsWriter(book(table(rows)), tmp_path / "long.ods", max_sheet_rows=30) as writer:
        writer.add_rows("Spend", rows)
    found = CalamineWorkbook.from_path(str(tmp_path / "long.ods"))
    assert found.sheet_names[2:] == ["Notes", "Spend 1", "Spend 2", "Spend 3"]
    kept = [words(cells[0]) for part in (1, 2, 3) for cells in rows_of(tmp_path / "long.ods", f"Spend {part}")]
    assert [text for text in kept if text != "Total"] == [row[0] for row in rows]


@pytest.mark.parametrize("wrong", [(1, *[None] * 6), ("L1", None, 1.5, *[None] * 4), ("L1", None, 10**15, *[None] * 4)])
def test_a_wrong_value_leaves_no_file_behind(tmp_path: Path, wrong: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"column (reference|lines)"):
        write_ods(book(table([wrong])), tmp_path / "wrong.ods")
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_fails_midway_leaves_no_file_behind(tmp_path: Path) -> None:
    def fail_midway(writer: OdsWriter) -> None:
        writer.add_rows("Spend", [("L1", *[None] * (len(COLUMNS) - 1))])
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"), OdsWriter(full_book(), tmp_path / "half.ods") as writer:
        fail_midway(writer)
    assert list(tmp_path.iterdir()) == []
