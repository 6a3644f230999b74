"""The benchmarks themselves, in a tiny size: each figure can be measured, and is told as the outside face has it."""

from pathlib import Path

import msgspec
import pytest

from grants.store.transaction import Gate
from tests.bench.__main__ import Sizes, measure
from tests.bench.bench_plan import Effort
from tests.bench.figures import Figure, counted, figure, table, write_json
from tests.bench.ground import Ground, service
from tests.database import Database

TINY = Sizes(
    awards=1,
    all_awards=9,
    page_requests=1,
    few_lines=8,
    report_lines=40,
    writer_lines=40,
    many_lines=80,
    uploads=((20, 1, 1),),
    report_runs=1,
    position_runs=1,
    idle=20,
    annotated=(5, 20),
    effort=Effort(rounds=1, requests=2, seconds=0.02, deeds=1),
)


async def test_each_figure_can_be_measured(fresh_database: Database, tmp_path: Path) -> None:
    gate = await Gate.open(fresh_database.service_dsn, connections=2)
    try:
        async with service(fresh_database.service_dsn, tmp_path) as served:
            ground = Ground(fresh_database.owner_dsn, fresh_database.service_dsn, None, tmp_path, served)
            figures = await measure(ground, gate, TINY)
    finally:
        await gate.close()
    names = [found.name for found in figures]
    assert len(set(names)) == len(names)
    aimed_at = {found.name: found.aim for found in figures if found.aim is not None}
    assert aimed_at == {
        "20-line return, upload to checked and stored": 4,
        "20-line return, peak memory of its reader, of 400 MB": 1,
        "GET /plan with 8 spend lines": 2,
        "GET /plan with 8 spend lines, 8 at once": 2,
        "GET /plan with 80 spend lines": 2,
        "GET /plan with 80 spend lines, 8 at once": 2,
        "GET /plan, 80 spend lines against 8": 1.2,
        "GET /plan, 80 spend lines against 8, first after a deed": 1.2,
        "40 lines to XLSX": 1.5,
        "40 lines to XLSX, peak memory of the service, of 300 MB": 1,
        "allocation-position with 80 lines in the database against 8": 1.2,
        "slowest page with 9 awards and 80 lines, p95, of 150 ms": 1,
        "middle of all pages with 9 awards and 80 lines, p95, of 150 ms": 1,
        "first page with its assets, as sent, of 300 KB": 1,
        "heaviest page after it, as sent, of 30 KB": 1,
        "annotated copy, 5 problems in 20 lines": 1.5,
    }
    assert all(found.ours > 0 and found.floor > 0 for found in figures)


@pytest.mark.parametrize(("ours", "holds"), [(19.0, True), (20.0, True), (20.1, False)])
def test_an_aim_holds_up_to_its_ratio(ours: float, holds: bool) -> None:
    assert figure("a", [ours], [10.0], "s", aim=2).holds is holds


@pytest.mark.parametrize(("wrong", "holds"), [(0, True), (1, False)])
def test_none_may_be_wrong_where_they_are_counted(wrong: int, holds: bool) -> None:
    assert counted("a", wrong, 500, "periods").holds is holds


def test_a_figure_is_the_median_of_its_runs() -> None:
    found = figure("a", [100.0, 3.0, 2.0], [1.0, 2.0, 60.0], "s", aim=1.5)
    assert (found.ours, found.floor, found.ratio, found.holds) == (3.0, 2.0, 1.5, True)


def test_a_missed_aim_is_said(tmp_path: Path) -> None:
    figures = [figure("long", [9.0], [3.0], "s", aim=2.5), figure("bare", [1.0], [1.0], "MB")]
    head, first, second = table(figures).splitlines()
    assert first.split() == ["long", "9", "3", "s", "3.00x", "2.5x", "short"]
    assert second.split() == ["bare", "1", "1", "MB", "1.00x"]
    assert head.index("ours") + len("ours") == first.index("9") + 1
    write_json(figures, tmp_path / "bench.json")
    assert msgspec.json.decode((tmp_path / "bench.json").read_bytes(), type=list[Figure]) == figures
    assert '"holds": null' in (tmp_path / "bench.json").read_text()
