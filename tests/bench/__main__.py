"""make bench: measures everything once, prints the table of ratios, and writes bench.json."""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from grants.actions.people import OPERATOR, ensure_service_actors
from grants.store import embedded, migrate
from grants.store.transaction import Gate
from tests.bench.bench_annotate import bench_annotate
from tests.bench.bench_background import bench_background
from tests.bench.bench_journal import bench_appends, bench_verify
from tests.bench.bench_once import bench_once
from tests.bench.bench_pages import page_figures, page_runs
from tests.bench.bench_plan import Effort, plan_figures, plan_runs
from tests.bench.bench_report import bench_report, position_figure, position_runs
from tests.bench.bench_upload import bench_memory, bench_upload, filled
from tests.bench.bench_writer import bench_writer
from tests.bench.figures import Figure, figure, table, write_json
from tests.bench.ground import ROOT, Ground, service
from tests.bench.record import BIG_AWARDS, QUARTERS, Cast, accept_returns, add_lines, more_awards, open_record
from tests.reports.upheaval import Trial


@dataclass(frozen=True)
class Sizes:
    """How large everything is. Lines are those of the whole database; each is a multiple of the number of returns."""

    awards: int = 20
    all_awards: int = 2_000
    """So many there are for the pages, with those of the uploads."""
    page_requests: int = 40
    few_lines: int = 10_000
    report_lines: int = 1_000_000
    writer_lines: int = 200_000
    many_lines: int = 2_000_000
    uploads: tuple[tuple[int, int, int], ...] = ((500, 23, 6), (100_000, 5, 2))
    """Lines of a return, how often one is uploaded, and for how many awards in turn."""
    report_runs: int = 3
    position_runs: int = 9
    idle: int = 200
    """Questions to a service that does nothing else."""
    annotated: tuple[int, int] = (1_000, 10_000)
    """Problems, and the lines among which they are."""
    appends: int = 2_000
    records: int = 1_000_000
    effort: Effort = field(default_factory=Effort)


async def measure(ground: Ground, gate: Gate, sizes: Sizes) -> list[Figure]:
    """All figures, on a database that has the newest schema and nothing else in it."""
    cast = await open_record(gate, sizes.awards)
    returns = sizes.awards * len(QUARTERS)
    versions = await accept_returns(gate, cast, sizes.awards, sizes.report_lines // returns)
    _say(f"GET /plan with {sizes.few_lines:,} lines")
    await add_lines(ground, versions, 0, sizes.few_lines // returns)
    few = await plan_runs(ground, cast, sizes.effort)
    few_positions = await position_runs(gate, ground.folder, sizes.position_runs)
    _say(f"spend-transactions of {sizes.report_lines:,} lines")
    await add_lines(ground, versions, sizes.few_lines // returns, sizes.report_lines // returns)
    reports = [await bench_report(gate, ground.folder, sizes.report_lines, sizes.report_runs)]
    reports += await bench_background(ground, cast, sizes.report_lines, sizes.idle)
    _say(f"GET /plan with {sizes.many_lines:,} lines")
    await add_lines(ground, versions, sizes.report_lines // returns, sizes.many_lines // returns)
    many = await plan_runs(ground, cast, sizes.effort)
    plans = plan_figures((sizes.few_lines, few), (sizes.many_lines, many))
    many_positions = await position_runs(gate, ground.folder, sizes.position_runs)
    reports.append(position_figure((sizes.few_lines, few_positions), (sizes.many_lines, many_positions)))
    uploads = await _uploads(ground, gate, cast, sizes)
    pages = await _pages(ground, gate, cast, sizes)
    return [*uploads, *plans, *reports, *pages, _writer(sizes), _annotated(sizes)]


async def _pages(ground: Ground, gate: Gate, cast: Cast, sizes: Sizes) -> list[Figure]:
    _say(f"{sizes.all_awards:,} awards, and every page")
    await more_awards(ground, gate, cast, sizes.awards + len(BIG_AWARDS), sizes.all_awards)
    runs = await page_runs(ground, gate, cast, sizes.page_requests)
    slowest, heaviest = (sorted(runs.weights, key=by, reverse=True)[:5] for by in (runs.p95, runs.weights.__getitem__))
    for kind in dict.fromkeys([*slowest, *heaviest]):
        _say(f"  of {len(runs.weights)} pages {kind}: p95 {runs.p95(kind):.0f} ms, {runs.weights[kind]:,} bytes")
    return page_figures(runs, sizes.all_awards, sizes.many_lines)


async def _uploads(ground: Ground, gate: Gate, cast: Cast, sizes: Sizes) -> list[Figure]:
    figures: list[Figure] = []
    for lines, runs, returns in sizes.uploads:
        _say(f"upload of {lines:,} lines")
        files = await filled(gate, cast, lines, returns)
        figures.append(await bench_upload(ground, cast, files, runs))
        if lines == max(size for size, _, _ in sizes.uploads):
            figures += await bench_memory(ground, cast, files[0])
    return figures


def _writer(sizes: Sizes) -> Figure:
    _say("the writer alone")
    ours, floor = bench_writer(sizes.writer_lines, sizes.report_runs)
    return figure(f"workbook of {sizes.writer_lines:,} lines from memory", [ours], [floor], "s")


def _annotated(sizes: Sizes) -> Figure:
    _say("an annotated copy")
    problems, lines = sizes.annotated
    ours, floor = bench_annotate(lines, problems)
    return figure(f"annotated copy, {problems:,} problems in {lines:,} lines", [ours], [floor], "s", 1.5)


async def prove(ground: Ground, gate: Gate, sizes: Sizes) -> list[Figure]:
    """The journal's figures, on a database of their own: they fill it up."""
    _say("the journal")
    async with gate.deed(OPERATOR) as tx:
        await ensure_service_actors(tx)
    appends = await bench_appends(gate, ground.owner_dsn, sizes.appends, 3)
    return [appends, await bench_verify(gate, ground.owner_dsn, sizes.records, 1)]


async def once(folder: Path, trial: Trial) -> list[Figure]:
    """Exactly once, on a database that is killed."""
    _say("exactly once")
    return await bench_once(folder, trial)


@asynccontextmanager
async def _ground(folder: Path) -> AsyncIterator[tuple[Ground, Gate]]:
    """A PostgreSQL that waits for the disk, the service on it, and a way into it."""
    async with await embedded.start(folder / "data") as server:
        await asyncio.to_thread(migrate.upgrade, server.owner_dsn)
        gate = await Gate.open(server.service_dsn)
        try:
            async with service(server.service_dsn, folder) as served:
                ground = Ground(server.owner_dsn, server.service_dsn, server.superuser_dsn, folder, served)
                yield ground, gate
        finally:
            await gate.close()


async def _run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as name:
        folder = Path(name)
        for inside in (folder, folder / "journal", folder / "once"):
            inside.mkdir(exist_ok=True)
            inside.chmod(0o711)  # where root runs this, another account runs PostgreSQL inside
        async with _ground(folder) as (ground, gate):
            figures = await measure(ground, gate, Sizes())
        async with _ground(folder / "journal") as (ground, gate):
            figures += await prove(ground, gate, Sizes())
        return [*figures, *await once(folder / "once", Trial())]


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Exits 0 where everything could be measured, whatever it came to."""
    figures = uvloop.run(_run())
    write_json(figures, ROOT / "bench.json")
    print(table(figures))


if __name__ == "__main__":
    main()
