"""A return from upload to checked and stored, against a bare reading of the same file and a bare COPY of the same rows."""

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from python_calamine import CalamineWorkbook

from grants.actions.submissions import context_for_upload
from grants.store.transaction import Gate
from importers.layouts import CURRENT
from tests.bench.big_return import big_return
from tests.bench.figures import Figure, figure
from tests.bench.ground import ROOT, Ground
from tests.bench.reader_memory import peak_of_reader
from tests.bench.record import BIG_AWARDS, QUARTERS, Cast
from tests.bench.traffic import Client, request

AIM, AIM_OF_FEW, FEW_LINES = 2.0, 4.0, 1_000
"""Few lines have the reader's start to carry."""
READER_MB_MAX = 400.0
_PERIOD = QUARTERS[-1]
_TABLE = "bench_lines"
_STORED = "SELECT count(*) FROM spend_line WHERE version_id = (SELECT max(id) FROM return_version)"
_COLUMNS = (
    "reference text, category text, description text, payee text, spent_on date, kind text, net float8, vat float8, accrual text, "
    "evidence text"
)
_READ_PEAK = (
    "import os, sys; from python_calamine import CalamineWorkbook as W; from tests.bench.reader_memory import peak_megabytes; "
    "w = W.from_path(sys.argv[1]); rows = [w.get_sheet_by_name(name).to_python() for name in w.sheet_names]; "
    "print(peak_megabytes(os.getpid()))"
)


@dataclass(frozen=True)
class Filled:
    """A return of so many lines, filled in, and the award that it is for."""

    award: str
    data: bytes
    lines: int


async def filled(gate: Gate, cast: Cast, lines: int, returns: int) -> list[Filled]:
    """Returns for as many awards."""
    async with gate.reading(cast.officer.actor) as view:
        contexts = [await context_for_upload(view, award, _PERIOD) for award in BIG_AWARDS[:returns]]
    return [Filled(context.award, big_return(lines, context), lines) for context in contexts]


async def bench_upload(ground: Ground, cast: Cast, files: list[Filled], runs: int) -> Figure:
    """Seconds of `runs` uploads, of one file after the other: a return has few versions, and so it is here."""
    lines = files[0].lines
    client = await Client.connect(ground.service.port)
    owner = await asyncpg.connect(ground.owner_dsn)
    ours, floor = [], []
    try:
        await owner.execute(f"DROP TABLE IF EXISTS {_TABLE}")
        await owner.execute(f"CREATE TABLE {_TABLE} ({_COLUMNS})")
        for run in range(runs + 1):
            file = files[run % len(files)]
            bare, mine = await _bare(owner, file), await _upload(client, cast, file)
            if run:  # the first of each warms up
                floor.append(bare)
                ours.append(mine)
        stored = await owner.fetchval(_STORED)
        if stored != lines:
            raise RuntimeError(f"{stored} of {lines} lines were stored")
    finally:
        client.close()
        await owner.close()
    return figure(
        f"{lines:,}-line return, upload to checked and stored",
        ours,
        floor,
        "s",
        AIM if lines > FEW_LINES else AIM_OF_FEW,
    )


async def bench_memory(ground: Ground, cast: Cast, file: Filled) -> list[Figure]:
    """MB at the peak of the process that reads a return; nothing where the system does not tell."""
    client = await Client.connect(ground.service.port)
    try:
        peak = await peak_of_reader(ground.service.pid, _upload(client, cast, file))
    finally:
        client.close()
    if peak is None:
        return []
    least = await asyncio.to_thread(_bare_peak, file.data, ground.folder)
    name = f"{file.lines:,}-line return, peak memory of its reader"
    return [
        figure(name, [peak], [least], "MB"),
        figure(f"{name}, of {READER_MB_MAX:g} MB", [peak], [READER_MB_MAX], "MB", 1.0),
    ]


async def _upload(client: Client, cast: Cast, file: Filled) -> float:
    """Seconds from the first byte sent until the return is known to be ready to certify."""
    mark = uuid4().hex
    part = (
        f'--{mark}\r\nContent-Disposition: form-data; name="workbook"; filename="return.xlsx"\r\n'
        "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\r\n\r\n"
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}", "Idempotency-Key": mark}
    body = b"".join((part.encode(), file.data, f"\r\n--{mark}--\r\n".encode()))
    post = request("POST", f"/api/v1/awards/{file.award}/returns/{_PERIOD}", cast.officer.token, headers, body)
    start = time.perf_counter()
    answer = await client.ask(post)
    found = answer.json()
    while answer.status == 202 or found.get("state") == "checking":
        await asyncio.sleep(0.02)
        answer = await client.ask(request("GET", f"/api/v1/returns/{found['id']}", cast.officer.token))
        found = answer.json()
    seconds = time.perf_counter() - start
    if found.get("state") != "ready_to_certify" or found["versions"][-1]["line_count"] != file.lines:
        raise RuntimeError(f"the return was not taken as meant: {answer.status} {answer.body[:500]!r}")
    return seconds


async def _bare(owner: "asyncpg.Connection[Any]", file: Filled) -> float:
    """Seconds of the floor: all sheets to Python, and the lines as they are into a table that checks nothing."""
    start = time.perf_counter()
    book = CalamineWorkbook.from_filelike(BytesIO(file.data))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    rows = [row[:10] for row in sheets["Spend"] if isinstance(row[4], date)]
    await owner.copy_records_to_table(_TABLE, records=rows)
    seconds = time.perf_counter() - start
    if len(rows) != file.lines:
        raise RuntimeError(f"the floor read {len(rows)} of {file.lines} lines from row {CURRENT.spend_heading_row}")
    return seconds


def _bare_peak(data: bytes, folder: Path) -> float:
    """MB that a process needs which reads the file and does nothing else."""
    path = folder / "return.xlsx"
    path.write_bytes(data)
    command = [sys.executable, "-c", _READ_PEAK, str(path)]
    return float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
