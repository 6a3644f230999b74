"""The report writer against the fastest writer known: spend transactions to XLSX, the same rows from memory."""

import gc
import random
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import rustpy_xlsxwriter

from reports.book import Book, Cell, Column, Cover, Kind, Table
from reports.workbook import write_xlsx

_KINDS = {
    "version": Kind.WHOLE,
    "entry": Kind.WHOLE,
    "net": Kind.PENCE,
    "vat": Kind.PENCE,
    "date": Kind.DATE,
}
_KEYS = [
    "award",
    "recipient",
    "recipient_id",
    "line",
    "year",
    "period",
    "return",
    "version",
    "reference",
    "category",
    "description",
    "payee",
    "date",
    "net",
    "vat",
    "kind",
    "accrual",
    "evidence",
    "sheet",
    "cell",
    "file",
    "entry",
]
_CATEGORIES = (
    "staff pay",
    "overtime",
    "on-costs",
    "travel and subsistence",
    "training",
    "equipment",
    "ICT",
    "premises",
)
_PAYEES = ("Oldham Council", "Smith & Sons Ltd", "Greater Manchester Police", "Victim Support", "Café Nero", "BT plc")


def spend_lines(count: int) -> list[tuple[Cell, ...]]:
    """Accepted lines as oversight gets them: 22 columns, the texts as repetitive and as varied as real ones."""
    chance = random.Random(20250401)
    lines: list[tuple[Cell, ...]] = []
    for number in range(count):
        a_return, row = divmod(number, 500)
        lines.append(
            (
                f"LI-OLDHAM-{a_return % 60:02d}",
                "Oldham Council" if a_return % 2 else "Police and Crime Commissioner for West Yorkshire",
                "GB-LAE-OLD",
                "LOCAL-INQUIRIES",
                "2025-26",
                f"2025-26-Q{a_return % 4 + 1}",
                f"R-{a_return:06d}",
                a_return % 3 + 1,
                f"L{row + 1}",
                chance.choice(_CATEGORIES),
                f"{chance.choice(('Salary', 'Course', 'Fare'))} {chance.choice(('week', 'month'))} {chance.randint(1, 99_999)}",
                chance.choice(_PAYEES),
                date(2025, 4, 1) + timedelta(days=chance.randint(0, 364)),
                chance.randint(-5_000, 2_000_000),
                chance.randint(0, 40_000),
                "resource" if number % 9 else "capital",
                "no" if number % 7 else "yes",
                f"INV-{chance.randint(1, 10**7)}",
                "Spend",
                f"G{row + 12}",
                sha256(str(a_return).encode()).hexdigest(),
                a_return + 1,
            )
        )
    return lines


def spend_report(lines: list[tuple[Cell, ...]]) -> Book:
    """The lines as a whole report, with its cover, contents, totals and mark-up."""
    columns = tuple(
        Column(
            key=key,
            heading=key.replace("_", " ").capitalize(),
            kind=_KINDS.get(key, Kind.TEXT),
            total=key in ("net", "vat"),
        )
        for key in _KEYS
    )
    table = Table(sheet="Spend transactions", title="Spend transactions", columns=columns, rows=lines)
    cover = Cover(
        title="Spend transactions", purpose="Benchmark", audience="Engineers", marking="Example data – not real"
    )
    return Book(cover=cover, tables=(table,), created=datetime(2025, 11, 1, tzinfo=UTC))


def bench_writer(rows: int = 200_000, rounds: int = 3) -> tuple[float, float]:
    """Seconds for ours and for the floor, medians, in turn. The floor's rows are ready-made dicts of its own value types."""
    lines = spend_lines(rows)
    records = [
        {key: value / 100 if _KINDS.get(key) is Kind.PENCE else value for key, value in zip(_KEYS, line, strict=True)}  # type: ignore[operator]
        for line in lines
    ]
    book = spend_report(lines)
    gc.collect()
    gc.freeze()  # the rows in memory are the benchmark's, not the writer's: its collections must not walk through them
    ours, floor = [], []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        for _ in range(rounds):
            start = time.perf_counter()
            rustpy_xlsxwriter.write_worksheet(records, str(path))
            floor.append(time.perf_counter() - start)
            start = time.perf_counter()
            write_xlsx(book, path)
            ours.append(time.perf_counter() - start)
    gc.unfreeze()
    return statistics.median(ours), statistics.median(floor)


if __name__ == "__main__":
    ours_s, floor_s = bench_writer()
    print(f"ours {ours_s:.2f} s, floor {floor_s:.2f} s, ratio {ours_s / floor_s:.2f}")
