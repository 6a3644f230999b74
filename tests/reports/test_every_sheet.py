"""Every sheet of every report, on the example data: the whole checklist, and the same figures once LibreOffice works them out."""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from grants.actions.example import load_example
from grants.actions.people import OPERATOR
from grants.domain.schedules import Filters
from grants.store import ledger
from importers.example import example_workbook
from importers.sandbox import Reader
from reports.catalogue import all_reports
from reports.making import Order, make
from reports.workbook import write_xlsx
from tests.database import Database, DatabaseServer, looking
from tests.grants.actions import cast
from tests.grants.actions.test_example import prepared
from tests.grants.conftest import elsewhere
from tests.importers.hostile.inspecting import formulas_in, live_in, live_in_csv, live_in_ods, unquoted_in
from tests.reports.accessibility import problems
from tests.reports.books import full_book
from tests.reports.ods_rules import OFFICE, ods_problems, opened
from tests.reports.typed import AMOUNT, HOSTILE, typed_everywhere
from tests.reports.waking import SIGNER
from tests.test_outgoing import OURS

NAMES = [report.name for report in all_reports()]
SHEETS_OF_XLSX_ALONE = {"Charts", "Contents"}
"""The charts are not in an ODS, and so the contents are shorter."""
MISSING = "LibreOffice is missing: install Debian's package libreoffice-calc-nogui, which has the program soffice."
REQUIRED = shutil.which("soffice") or os.environ.get("CI") or os.environ.get("TALLYSTICK_REQUIRE_SOFFICE")


@pytest.fixture(scope="module")
def files(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], Path]:
    """Every report as XLSX and as ODS, from the example data, compared with the empty plan."""
    folder = tmp_path_factory.mktemp("reports")
    (folder / "typed").mkdir()
    with database_server.fresh() as database:
        elsewhere(_make(database, folder))
    return {(name, of_format): folder / f"{name}.{of_format}" for name in NAMES for of_format in ("xlsx", "ods")}


async def _make(database: Database, folder: Path) -> None:
    async with cast.opened(database) as gate:
        await prepared(gate)
        async with looking(gate) as db:
            since = await ledger.head(db)
        async with Reader() as reader:
            await load_example(gate, example_workbook(reader))
        async with gate.reading(OPERATOR) as view:
            at = await ledger.head(view.db)
            for report in all_reports():
                order = Order(report, Filters(), at, ("xlsx", "ods"), SIGNER, since=since)
                await make(view.db, order, folder)
                typed = replace(
                    order, report=typed_everywhere(report), formats=("xlsx", "ods", "csv"), contact=HOSTILE[0]
                )
                await make(view.db, typed, folder / "typed")


def test_each_sheet_keeps_to_the_checklist(files: Mapping[tuple[str, str], Path]) -> None:
    found = {f"{name}.xlsx": problems(files[name, "xlsx"]) for name in NAMES}
    found |= {f"{name}.ods": ods_problems(opened(files[name, "ods"])) for name in NAMES}
    assert {name: faults for name, faults in found.items() if faults} == {}
    charts = {name: charts_of(load_workbook(files[name, "xlsx"])) for name in NAMES}
    kinds = {name: {(kind, len(series)) for kind, series in found} for name, found in charts.items() if found}
    # What was allocated, awarded, paid and spent by line; what was spent to date against the profile.
    assert kinds == {"allocation-position": {("BarChart", 4)}, "quarterly-monitoring": {("LineChart", 2)}}


def charts_of(book: Any) -> list[tuple[str, list[dict[int, float]]]]:
    """The charts of a workbook, and the values that each of their series shows."""
    charts = book["Charts"]._charts if "Charts" in book.sheetnames else []
    return [
        (
            type(chart).__name__,
            [{point.idx: float(point.v) for point in series.val.numRef.numCache.pt} for series in chart.series],
        )
        for chart in charts
    ]


def test_what_is_typed_into_any_cell_of_any_report_is_words_and_an_amount_below_zero_is_a_number(
    files: Mapping[tuple[str, str], Path],
) -> None:
    counted = 0
    for name in NAMES:
        path = files[name, "xlsx"].parent / "typed" / f"{name}.xlsx"
        book = path.read_bytes()
        assert live_in(book) == []
        assert unquoted_in(book) == []
        assert [formula for formula in formulas_in(book) if not OURS.fullmatch(formula)] == []
        assert live_in_ods(path.with_suffix(".ods").read_bytes()) == []
        assert live_in_csv(path.with_suffix(".csv").read_bytes()) == []
        amounts = [
            cell.value
            for sheet in load_workbook(path)
            for row in sheet.iter_rows()
            for cell in row
            if "£" in cell.number_format and cell.data_type != "f" and cell.value is not None
        ]
        assert set(amounts) <= {AMOUNT / 100}
        counted += len(amounts)
        by_ods = [
            cell.get(f"{OFFICE}value")
            for tab in opened(path.with_suffix(".ods")).tabs
            for row in tab.body
            for cell in row
            if cell.get(f"{OFFICE}currency")
        ]
        assert by_ods == [f"{AMOUNT / 100:.2f}"] * len(amounts)
    assert counted > 100


def bare(path: Path, folder: Path) -> Path:
    """The file without what it stores of totals and charts: who shows them has worked them out."""
    copy = folder / f"{path.stem}-{path.suffix[1:]}{path.suffix}"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w") as bared:
        for part in archive.infolist():
            content = archive.read(part)
            content = re.sub(rb"</f><v>[^<]*</v>", b"</f>", content)
            content = re.sub(rb"<c:(num|str)Cache>.*?</c:\1Cache>", b"", content)
            content = re.sub(
                rb'(table:formula="[^"]*") office:value-type=[^>]*><text:p>[^<]*</text:p>', rb"\1>", content
            )
            bared.writestr(part, content)
    return copy


def recalculated(paths: list[Path], folder: Path) -> dict[str, Path]:
    """The files as LibreOffice saves them as XLSX, by stem."""
    assert shutil.which("soffice"), MISSING
    bared = [bare(path, folder) for path in paths]
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to"]
    command += ["xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"), *map(str, bared)]
    subprocess.run(command, check=True, capture_output=True)
    return {path.stem: folder / "out" / f"{path.stem}.xlsx" for path in bared}


def values(path: Path) -> dict[str, list[list[Any]]]:
    """What each sheet holds. LibreOffice writes 15 digits of a share; an empty text is an empty cell."""
    book = load_workbook(path, data_only=True)
    return {sheet.title: [[_rounded(cell.value) for cell in row] for row in sheet.iter_rows()] for sheet in book}


def _rounded(value: Any) -> Any:
    return round(value, 12) if isinstance(value, float) else None if value == "" else value


if REQUIRED:

    def test_libreoffice_works_out_the_same_figures(files: Mapping[tuple[str, str], Path], tmp_path: Path) -> None:
        write_xlsx(full_book(), tmp_path / "full.xlsx")
        theirs = recalculated([*files.values(), tmp_path / "full.xlsx"], tmp_path)
        sources = {**{name: files[name, "xlsx"] for name in NAMES}, "full": tmp_path / "full.xlsx"}
        for name, path in sources.items():
            assert values(theirs[f"{name}-xlsx"]) == values(path)
            assert charts_of(load_workbook(theirs[f"{name}-xlsx"])) == charts_of(load_workbook(path))
        for name in NAMES:
            ours, found = values(files[name, "xlsx"]), values(theirs[f"{name}-ods"])
            assert list(found) == [sheet for sheet in ours if sheet != "Charts"]
            for sheet in set(found) - SHEETS_OF_XLSX_ALONE:
                assert found[sheet] == ours[sheet]
