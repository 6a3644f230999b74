"""A table as a file: the same rows, in the same order, as whoever asks sees them on the page."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from litestar import Request, Response

from grants.actions.downloads import headers_for
from grants.domain.periods import london_day, show_instant
from grants.pages.rows_at_hand import value_of
from grants.pages.table_view import filters_in_words, in_words, order_in_words
from grants.pages.tables import FILE_ROWS_MAX, Column, Kind, TableState
from grants.store.listing_query import Listed

EXAMPLE: Final = "is_example"
_IN_WORDS: Final = frozenset({Kind.TAG, Kind.YES_NO})


@dataclass(frozen=True)
class FileTable:
    """What a spreadsheet of a table holds. Values are of their columns' kinds, those of tags and of yes and no in words.

    `facts` are labels and words for the cover: as at when, narrowed to what, and whether rows are missing.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]
    facts: tuple[tuple[str, str], ...]
    made_at: datetime
    is_example: bool


class Spreadsheets(Protocol):
    """What writes tables as files. The application has one at `app.state.spreadsheets`."""

    def write(self, table: FileTable, of_format: str) -> bytes:
        """The file's bytes, of xlsx or csv. It blocks while it writes."""


async def table_file(
    request: Request[Any, Any, Any], state: TableState, found: Listed[Any], *, title: str = ""
) -> Response[bytes]:
    """The table as a download, all rows of it. `found` are those that `state.wanted` asks for."""
    now: datetime = request.app.state.gate.clock()
    spreadsheets: Spreadsheets = request.app.state.spreadsheets
    table = file_table(state, found, now, title or state.spec.caption)
    content = await asyncio.to_thread(spreadsheets.write, table, state.download)
    filename = f"{table.name}-{london_day(now)}.{state.download}"
    headers = headers_for(filename, hashlib.sha256(content).hexdigest())
    return Response(content, headers=headers, media_type="application/octet-stream")


def file_table(state: TableState, found: Listed[Any], now: datetime, title: str) -> FileTable:
    """What the file holds of a table."""
    columns = tuple(column for column in state.spec.columns if column.in_file)
    facts = [
        ("As at", f"{show_instant(now)}, London time"),
        ("Rows", f"{len(found.rows):,}"),
        *filters_in_words(state),
        ("Sorted by", order_in_words(state)),
    ]
    if found.is_more:
        facts.append(("Rows that are missing", f"There are more than the {FILE_ROWS_MAX:,} rows that a file can have."))
    return FileTable(
        name=state.spec.name,
        title=title,
        columns=columns,
        rows=[[_value(column, row) for column in columns] for row in found.rows],
        facts=tuple(facts),
        made_at=now,
        is_example=any(_has(row, EXAMPLE) and value_of(row, EXAMPLE) for row in found.rows),
    )


def _value(column: Column, row: Any) -> Any:
    value = value_of(row, column.key)
    if value is None:
        return None
    if column.kind in _IN_WORDS:
        return in_words(column, value)
    return str(value) if column.kind in (Kind.TEXT, Kind.PERIOD) else value


def _has(row: Any, key: str) -> bool:
    return key in row.keys() if hasattr(row, "keys") else hasattr(row, key)  # noqa: SIM118  a record is no dict
