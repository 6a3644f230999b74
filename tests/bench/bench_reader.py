"""How long the reader's own work takes, against the bare reading of the same file by the library below it."""

import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable
from io import BytesIO

from python_calamine import CalamineWorkbook

from importers.answer import Checked, CheckRequest
from importers.checking import check
from importers.limits import Limits
from tests.bench.big_return import big_award, big_return

RUNS = {500: 15}


def bench_read(lines: int) -> tuple[float, float]:
    """Seconds for bytes to a checked answer, and seconds for calamine's bare read: medians, in turn."""
    context = big_award()
    data = big_return(lines, context)

    def ours() -> None:
        answer = check(CheckRequest(data, None, context), Limits())
        if not isinstance(answer, Checked) or answer.errors or answer.line_count != lines:
            raise RuntimeError("the long return was not read as meant")

    def bare() -> None:
        CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_name("Spend").to_python()

    gc.disable()  # as the reader does, which lives for one file
    runs = RUNS.get(lines, 5)
    pairs = [(_seconds(ours), _seconds(bare)) for _ in range(runs)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    for count in map(int, sys.argv[1:] or ("500", "100000")):
        mine, floor = bench_read(count)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{count} lines: {mine:.4f} s against {floor:.4f} s, {mine / floor:.2f}x; peak {peak} MB")
