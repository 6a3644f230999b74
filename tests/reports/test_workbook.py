"""The report writer: what is written is what programs read back, the same bytes every time, within Excel's limits."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from grants.domain.periods import LONDON
from reports.archive import content_digest
from reports.book import Book
from reports.text_out import clean, fit_cell
from reports.workbook import XlsxWriter, write_xlsx
from tests.reports.accessibility import problems
from tests.reports.books import COLUMNS, MARKING, ROWS, book, full_book, table
from tests.reports.read_back import body_of, by_calamine, by_openpyxl

NAIVE = datetime(2025, 4, 1)  # noqa: DTZ001 - a time without a zone, which the writer must refuse

texts = st.text(st.characters(), max_size=40) | st.sampled_from(
    [
        "=1+1",
        "+44 20",
        "-5",
        "@SUM(A1)",
        "\t=1",
        "\r\n=1",
        " spaced ",
        "_x0041_",
        "_x005F_",
        "a\x00b\x1f",
        "\ud800",
        "]]>",
    ]
)
pence = st.integers(-(10**15) + 1, 10**15 - 1)
dates = st.dates(date(1900, 3, 1), date(9999, 12, 31))
instants = st.datetimes(datetime(1901, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - st wants naive bounds
    lambda instant: instant.replace(microsecond=0)
)
shares = st.floats(-1e6, 1e6, allow_nan=False)
rows_strategy = st.lists(
    st.tuples(
        st.text("abc", min_size=1),
        st.none() | texts,
        st.none() | pence,
        st.none() | st.integers(-(10**9), 10**9),
        st.none() | dates,
        st.none() | instants,
        st.none() | shares,
    ),
    min_size=1,
    max_size=30,
)


def written(path: Path, described: Book) -> bytes:
    write_xlsx(described, path)
    return path.read_bytes()


def expected(row: Sequence[Any]) -> tuple[Any, ...]:
    """What a reader should find: pounds, naive London times, None for an empty text."""
    reference, payee, lines, net, paid, recorded, share = row
    return (
        reference,
        clean(payee) or None if payee is not None else None,
        lines,
        net if net is None else net / 100,
        None if paid is None else datetime(paid.year, paid.month, paid.day),  # noqa: DTZ001 - a spreadsheet has no zones
        None if recorded is None else recorded.astimezone(LONDON).replace(tzinfo=None),
        share,
    )


@settings(max_examples=60)
@given(rows_strategy)
def test_two_readers_find_what_was_written(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    path = tmp_path / "report.xlsx"
    write_xlsx(book(table(rows)), path)
    wanted = [expected(row) for row in rows]
    found = by_openpyxl(path, "Spend", len(COLUMNS))
    assert len(found) == len(wanted)
    for got, want in zip(found, wanted, strict=True):
        assert got[:5] == want[:5]
        assert (got[5] is None) == (want[5] is None)
        assert want[5] is None or abs(got[5] - want[5]) < timedelta(seconds=1)
        assert got[6] == want[6]
    for row, want in zip(by_calamine(path, "Spend", len(rows)), wanted, strict=True):
        assert row[1] == (want[1] or "")
        assert row[2:4] == ["" if figure is None else figure for figure in want[2:4]]
        assert row[4] == ("" if want[4] is None else want[4].date())


@settings(max_examples=40)
@given(st.lists(st.integers(1, 1500), max_size=4), st.integers(0, 3000))
def test_bytes_do_not_tell_in_which_batches_rows_came(tmp_path: Path, cuts: list[int], count: int) -> None:
    rows = [(f"L{number}", "Payee" * (number % 30), number, number, None, None, None) for number in range(count)]
    whole = written(tmp_path / "whole.xlsx", book(table(rows)))
    with XlsxWriter(book(table(())), tmp_path / "pushed.xlsx") as writer:
        start = 0
        for cut in [*cuts, count]:
            writer.add_rows("Spend", iter(rows[start : start + cut]))
            start += cut
    assert (tmp_path / "pushed.xlsx").read_bytes() == whole


def test_another_process_hash_seed_time_zone_and_day_gives_the_same_bytes(tmp_path: Path) -> None:
    here = hashlib.sha256(written(tmp_path / "here.xlsx", full_book())).hexdigest()
    program = (
        "import sys, pathlib, hashlib\n"
        "from tests.reports.books import full_book\nfrom reports.workbook import write_xlsx\n"
        "path = pathlib.Path(sys.argv[1])\nwrite_xlsx(full_book(), path)\n"
        "print(hashlib.sha256(path.read_bytes()).hexdigest())\n"
    )
    for seed, zone in (("1", "Pacific/Kiritimati"), ("2", "America/New_York")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "PYTHONPATH": str(Path.cwd())}
        command = [sys.executable, "-c", program, str(tmp_path / f"{seed}.xlsx")]
        there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert there.stdout.strip() == here
    with zipfile.ZipFile(tmp_path / "here.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert content_digest(tmp_path / "here.xlsx") == content_digest(tmp_path / "1.xlsx")


def test_a_different_figure_gives_a_different_digest(tmp_path: Path) -> None:
    write_xlsx(book(table([("L1", None, 1, 1, None, None, None)])), tmp_path / "one.xlsx")
    write_xlsx(book(table([("L1", None, 1, 2, None, None, None)])), tmp_path / "two.xlsx")
    assert content_digest(tmp_path / "one.xlsx") != content_digest(tmp_path / "two.xlsx")


@settings(max_examples=12)
@given(st.integers(0, 80), st.integers(14, 40))
def test_more_rows_than_a_sheet_holds_go_on_to_another(tmp_path: Path, count: int, limit: int) -> None:
    rows = [(f"L{number}", "Oldham", 1, number, None, None, None) for number in range(count)]
    path = tmp_path / "split.xlsx"
    with XlsxWriter(book(table(rows)), path, max_sheet_rows=limit) as writer:
        writer.add_rows("Spend", rows)
    assert problems(path, marking=MARKING) == []
    workbook = load_workbook(path, data_only=True)
    spend = [name for name in workbook.sheetnames if name.startswith("Spend")]
    assert spend == (["Spend"] if len(spend) == 1 else [f"Spend {number}" for number in range(1, len(spend) + 1)])
    found = [row[0] for name in spend for row in by_openpyxl(path, name, 1)]
    assert found == ([row[0] for row in rows] or ["No rows: nothing matched"])
    assert all(workbook[name].max_row <= limit for name in spend)
    totals: list[Any] = [workbook[name].cell(workbook[name].max_row, 4).value for name in spend]
    assert round(sum(totals) * 100) == sum(range(count))
    held: dict[Any, Any] = {row[0].value: row[2].value for row in workbook["Contents"].iter_rows(5)}
    assert sum(held[name] for name in spend) == count


def test_a_full_book_keeps_the_whole_checklist(tmp_path: Path) -> None:
    write_xlsx(full_book(), tmp_path / "full.xlsx")
    assert problems(tmp_path / "full.xlsx", marking=MARKING) == []
    workbook = load_workbook(tmp_path / "full.xlsx")
    assert workbook.sheetnames == ["Cover", "Contents", "Notes", "Spend", "Owner's queries", "Sources"]
    notes = [row[1].value for row in workbook["Notes"].iter_rows(7)]
    assert notes == [
        "Figures are on an accruals basis.",
        "As the recipient typed it.",
        "Without VAT that can be recovered.",
    ]
    headings = {cell.value for row in workbook["Spend"].iter_rows() for cell in row}
    assert {"Payee [note 2]", "Net amount [note 3]", "Share of budget [note 2]"} <= headings


def test_figures_dates_and_totals_are_shown_as_people_read_them(tmp_path: Path) -> None:
    write_xlsx(full_book(), tmp_path / "full.xlsx")
    sheet = load_workbook(tmp_path / "full.xlsx")["Spend"]
    first = dict(zip("ABCDEFG", sheet[body_of(sheet)[0]], strict=True))
    assert (first["D"].value, first["D"].number_format) == (1234.1, "[$£-809]#,##0.00_0;\\-[$£-809]#,##0.00_0")
    assert first["E"].number_format == "[$-809]d\\ mmmm\\ yyyy"
    assert first["F"].value == datetime(2025, 7, 1, 0, 30)  # noqa: DTZ001 - London summer time, as a spreadsheet holds it
    total = sheet.cell(sheet.max_row, 4)
    assert total.value == "=SUBTOTAL(109,Spend_table[Net amount '[note 3']])"
    stored = load_workbook(tmp_path / "full.xlsx", data_only=True)["Spend"].cell(sheet.max_row, 4).value
    assert stored == 1229.1


def test_text_cells_are_text_also_when_somebody_edits_them(tmp_path: Path) -> None:
    hostile = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "http://example.org", "<script>"]
    write_xlsx(book(table([(text, text, 0, 0, None, None, None) for text in hostile])), tmp_path / "hostile.xlsx")
    sheet = load_workbook(tmp_path / "hostile.xlsx")["Spend"]
    cells = [sheet.cell(row, 2) for row in body_of(sheet)]
    assert [cell.value for cell in cells] == [clean(text) for text in hostile]
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in cells)
    assert [bool(cell.quotePrefix) for cell in cells] == [True] * 7 + [False] * 2


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    for text in ("x" * 32_767, "x" * 32_768, "😀" * 20_000):
        write_xlsx(book(table([("L1", text, 0, 0, None, None, None)])), tmp_path / "long.xlsx")
        found = by_openpyxl(tmp_path / "long.xlsx", "Spend", 2)[0][1]
        assert found == fit_cell(text)
        assert len(found.encode("utf-16-le")) // 2 <= 32_767
        assert (found == text) or found.endswith("longer than a cell can hold]")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *[(1, 5), (2, 1.0), (2, True), (2, "3"), (3, 12.5), (3, 10**15), (3, -(10**15)), (4, "2025-04-01")],
        *[(4, datetime(2025, 4, 1, tzinfo=UTC)), (5, date(2025, 4, 1)), (5, NAIVE)],
        *[(6, float("nan")), (6, float("inf")), (6, "5%")],
    ],
)
def test_a_value_of_another_kind_is_refused_without_naming_it(tmp_path: Path, place: int, value: object) -> None:
    row = list(ROWS[0])
    row[place] = value
    with pytest.raises(ValueError, match=COLUMNS[place].key) as refused:
        write_xlsx(book(table([row])), tmp_path / "wrong.xlsx")  # type: ignore[list-item]
    assert str(value) not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_row_of_another_length_is_refused(tmp_path: Path) -> None:
    for rows in ([("L1",)], [ROWS[0], ROWS[0][:3]]):
        with pytest.raises(ValueError, match="but there are 7 columns"):
            write_xlsx(book(table(rows)), tmp_path / "short.xlsx")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_failure_midway_leaves_the_earlier_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    before = written(path, full_book())

    def fail_midway(writer: XlsxWriter) -> None:
        writer.add_rows("Spend", [ROWS[0]] * 3000)  # type: ignore[list-item]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"), XlsxWriter(full_book(), path) as writer:
        fail_midway(writer)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.xlsx"]


def test_a_disk_that_takes_no_more_is_an_error_not_a_broken_file(tmp_path: Path) -> None:
    program = (
        "import pathlib, resource, sys\n"
        "from tests.reports.books import ROWS, book, table\nfrom reports.workbook import write_xlsx\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n    write_xlsx(book(table(ROWS * 50_000)), pathlib.Path(sys.argv[1]))\n"
        "except OSError as error:\n    sys.exit(error.strerror)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "report.xlsx")]
    ended = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr.strip()) == (1, "File too large")
    assert list(tmp_path.iterdir()) == []


def test_tables_are_written_in_the_order_of_the_book(tmp_path: Path) -> None:
    with XlsxWriter(full_book(), tmp_path / "pushed.xlsx") as writer:
        writer.add_rows("Owner's queries", [])
        with pytest.raises(ValueError, match="already written"):
            writer.add_rows("Spend", [])
        with pytest.raises(ValueError, match="not in the book"):
            writer.add_rows("Nowhere", [])
    assert (tmp_path / "pushed.xlsx").read_bytes() == written(tmp_path / "pulled.xlsx", full_book())


def test_a_sheet_s_elements_are_in_the_order_that_excel_insists_on(tmp_path: Path) -> None:
    write_xlsx(full_book(), tmp_path / "full.xlsx")
    order = ["sheetPr", "sheetViews", "sheetFormatPr", "cols", "sheetData", "hyperlinks", "pageMargins", "pageSetup",
             "ignoredErrors", "tableParts"]  # fmt: skip
    with zipfile.ZipFile(tmp_path / "full.xlsx") as archive:
        names = set(archive.namelist())
        listed = re.findall(r'PartName="/([^"]+)"', archive.read("[Content_Types].xml").decode())
        assert set(listed) == {name for name in names if not name.endswith(".rels")} - {"[Content_Types].xml"}
        for number in range(1, 7):
            root = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
            found = [name for name in re.findall(r"<(\w+)", root) if name in order]
            assert found == [name for name in order if name in found]
