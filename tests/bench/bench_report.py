"""Reports from the database to a finished workbook: the long one against the fastest writer given the same rows in memory, the
short one with few and with many lines of spend behind it.
"""

import gc
import time
from pathlib import Path
from typing import Any

import rustpy_xlsxwriter

from grants.actions.people import OPERATOR
from grants.domain.checkpoints import Signer
from grants.domain.schedules import Filters
from grants.store.ledger import head
from grants.store.transaction import Gate
from reports.book import Kind
from reports.by_hand import make_report
from reports.catalogue import by_name
from reports.making import place_in_record
from reports.workbook import write_xlsx
from tests.bench.bench_writer import spend_lines, spend_report
from tests.bench.figures import Figure, figure

NAME = "spend-transactions"
AIM = 1.5
POSITION = "allocation-position"
FLAT_AIM = 1.2
_BESIDE_ROWS = 5_000


async def bench_report(gate: Gate, folder: Path, lines: int, runs: int) -> Figure:
    """Seconds of `runs` reports of so many lines."""
    records = await _records(gate)
    if len(records) != lines:
        raise RuntimeError(f"the report has {len(records)} lines, not {lines}")
    ours, floor = [], []
    gc.collect()
    gc.freeze()  # the rows in memory are the floor's: our collections must not walk through them
    try:
        for _ in range(runs):
            start = time.perf_counter()
            rustpy_xlsxwriter.write_worksheet(records, str(folder / "floor.xlsx"))
            floor.append(time.perf_counter() - start)
            start = time.perf_counter()
            written = await make_report(gate, OPERATOR, NAME, output=folder / "ours.xlsx", signer=Signer.new())
            ours.append(time.perf_counter() - start)
            if written.rows != lines:
                raise RuntimeError(f"the report was written with {written.rows} lines, not {lines}")
    finally:
        gc.unfreeze()
    return figure(f"{lines:,} lines to XLSX", ours, floor, "s", AIM)


async def position_runs(gate: Gate, folder: Path, runs: int) -> list[float]:
    """Of each run, how many times as long as a workbook of so many rows from memory the report takes, on the database as it is."""
    book, found = spend_report(spend_lines(_BESIDE_ROWS)), []
    for _ in range(runs + 1):  # the first warms up
        start = time.perf_counter()
        write_xlsx(book, folder / "beside.xlsx")
        beside = time.perf_counter() - start
        start = time.perf_counter()
        await make_report(gate, OPERATOR, POSITION, output=folder / "position.xlsx", signer=Signer.new())
        found.append((time.perf_counter() - start) / beside)
    return found[1:]


def position_figure(few: tuple[int, list[float]], many: tuple[int, list[float]]) -> Figure:
    """The two sizes are measured minutes apart, each beside the same work: so what the machine does meanwhile cancels out."""
    name = f"{POSITION} with {many[0]:,} lines in the database against {few[0]:,}"
    return figure(name, many[1], few[1], "x a workbook", FLAT_AIM)


async def _records(gate: Gate) -> list[dict[str, Any]]:
    """The report's own rows as the floor wants them, pounds for pence."""
    async with gate.reading(OPERATOR) as view:
        place = await place_in_record(view.db, await head(view.db))
        gathered = await by_name()[NAME].gather(view.db, place, Filters())
        rows = [row async for batch in gathered.batches for row in gathered.shape(batch)]
    keys = [column.key for column in gathered.main.columns]
    pence = [at for at, column in enumerate(gathered.main.columns) if column.kind is Kind.PENCE]
    records = []
    for row in rows:
        values: list[Any] = list(row)
        for at in pence:
            values[at] /= 100
        records.append(dict(zip(keys, values, strict=True)))
    return records
