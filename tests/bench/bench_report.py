"""The report spend-transactions from the database to a finished workbook, against the fastest writer given the same rows in memory."""

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
from tests.bench.figures import Figure, figure

NAME = "spend-transactions"
AIM = 3.0


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
    return figure(f"{NAME} of {lines:,} lines", ours, floor, "s", AIM)


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
