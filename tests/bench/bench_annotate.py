"""How long an annotated copy takes, against openpyxl's own loading and saving of the same file."""

import gc
import statistics
import time
from collections.abc import Callable
from io import BytesIO

from openpyxl import load_workbook

from grants.domain.returns import Problem
from importers.annotate import annotate
from importers.layouts import CURRENT
from importers.messages import problem
from tests.bench.big_return import big_return

RUNS = 3


def bench_annotate(lines: int, count: int) -> tuple[float, float]:
    """Seconds for a copy with `count` problems in `lines` lines, and seconds for a bare load and save: medians, in turn."""
    data = big_return(lines)
    problems = _problems(lines, count)

    def ours() -> None:
        annotate(data, problems)

    def bare() -> None:
        load_workbook(BytesIO(data)).save(BytesIO())

    gc.collect()
    pairs = [(_seconds(ours), _seconds(bare)) for _ in range(RUNS)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def _problems(lines: int, count: int) -> list[Problem]:
    """In columns that take turns, spread over all lines."""
    first, letters = CURRENT.spend_heading_row + 1, "ABCDEFGHIJ"
    return [
        problem("blank", CURRENT.spend_sheet, f"{letters[at % 10]}{first + at * lines // count}", heading="cell")
        for at in range(count)
    ]


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    mine, floor = bench_annotate(10_000, 1_000)
    print(f"1,000 problems in 10,000 lines: {mine:.3f} s against {floor:.3f} s, {mine / floor:.2f}x")
