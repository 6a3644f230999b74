"""A long report made by the service in the background: how much memory that takes, and how quickly the service answers meanwhile."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import quantiles

import msgspec

from tests.bench.bench_report import NAME
from tests.bench.figures import Figure, figure
from tests.bench.ground import Ground
from tests.bench.reader_memory import children, peak_megabytes
from tests.bench.record import Cast
from tests.bench.traffic import Client, request

MB_MAX = 300.0
_READY = request("GET", "/health/ready")
_PAUSE_SECONDS = 0.02
_LOOKS_BETWEEN = 25
"""Every so many questions, one is how far the report is."""


async def bench_background(ground: Ground, cast: Cast, lines: int, idle: int) -> list[Figure]:
    """MB at the peak of the service's process, where the system tells, and the 95th percentile of GET /health/ready while the
    report is made, in ms, beside that of `idle` questions before. Raises RuntimeError where no progress is seen, or it fails.
    """
    client = await Client.connect(ground.service.port)
    try:
        before = [await _ask(client) for _ in range(idle)]
        _forget_peaks(ground.service.pid)
        during, progress = await _make(client, cast)
        peak = max(map(peak_megabytes, _processes(ground.service.pid)), default=0.0)
    finally:
        client.close()
    if progress[-1] != lines or (len(during) > 10 * _LOOKS_BETWEEN and len(set(progress)) < 3):
        raise RuntimeError(f"the progress of {lines} lines was {progress}")
    name = f"{lines:,} lines to XLSX"
    answering = figure(f"{name}, GET /health/ready meanwhile, p95", [_p95(during)], [_p95(before)], "ms")
    if not peak:
        return [answering]
    return [answering, figure(f"{name}, peak memory of the service, of {MB_MAX:g} MB", [peak], [MB_MAX], "MB", 1.0)]


async def _ask(client: Client) -> float:
    await asyncio.sleep(_PAUSE_SECONDS)
    return await client.timed(_READY) * 1000


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


async def _make(client: Client, cast: Cast) -> tuple[list[float], list[int]]:
    """Milliseconds of each question while the report was made, and how many rows were done at each look."""
    body = msgspec.json.encode({"report": NAME, "formats": ["xlsx"]})
    headers = {"Content-Type": "application/json"}
    asked = await client.ask(request("POST", "/api/v1/report-runs", cast.lead.token, headers, body))
    if asked.status != 202:
        raise RuntimeError(f"the report was not taken on: {asked.status}")
    look = request("GET", f"/api/v1/report-runs/{asked.json()['id']}", cast.lead.token)
    times, progress = [], []
    while True:
        times += [await _ask(client) for _ in range(_LOOKS_BETWEEN)]
        found = (await client.ask(look)).json()
        progress.append(found["rows_done"])
        if found["state"] == "done":
            return times, progress
        if found["state"] == "failed":
            raise RuntimeError(f"the report failed: {found['attempts'][-1]['failure']}")


def _processes(service: int) -> Iterator[int]:
    yield service
    for child in children(service):
        yield from _processes(child)


def _forget_peaks(service: int) -> None:
    """From now on, each process's peak is that of what comes."""
    for process in _processes(service):
        with suppress(OSError):
            Path(f"/proc/{process}/clear_refs").write_text("5")
