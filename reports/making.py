"""Making one report: its cover, its rows as they come from the database, its files, written in a thread of their own."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from grants.actions.checkpoints import sign
from grants.domain.checkpoints import Signer
from grants.domain.periods import show_instant
from grants.domain.publishing import UNNAMED, Publisher
from grants.domain.schedules import Filters
from grants.store import tree
from grants.store.ledger import AsAt
from grants.store.reports import FileRow
from grants.store.return_progress import accepted_of_expected
from grants.store.transaction import Db
from reports.book import Book, Cover, Row, Table
from reports.book_writer import BookWriter
from reports.changes import WHAT_CHANGED, Told, change_rows, changes_table, told, with_parts
from reports.csv_file import CsvWriter
from reports.json_file import JsonWriter
from reports.ods_file import OdsWriter
from reports.report import Gathered, Place, Report
from reports.shown import Shown, has_figures
from reports.sources_sheet import SOURCES, TABLE, source_rows
from reports.workbook import XlsxWriter

DEFAULT_CONTACT: Final = "The grants team of the programme's department"
BEFORE_ANY_RECORD: Final = datetime(2000, 4, 1, tzinfo=UTC)
"""The time of a report on an empty journal: it has to have one."""
MEDIA_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "json": "application/json",
}
_FILTER_WORDS: Final = {
    "programme": "Programme",
    "funding_line": "Funding line",
    "recipient": "Recipient",
    "period": "Period",
}


@dataclass(frozen=True)
class Order:
    """What is to be made: a report, narrowed by filters, as at a place, in formats. `signer` signs the cover's checkpoint.

    `since` is the place that its figures are compared with; None: there is no earlier run.
    """

    report: Report
    filters: Filters
    at: AsAt
    formats: tuple[str, ...]
    signer: Signer
    contact: str = DEFAULT_CONTACT
    publisher: Publisher = UNNAMED
    since: AsAt | None = None


@dataclass(frozen=True)
class MadeFiles:
    """Finished files by format, the rows of data in them, and whether any is example data. Hashes are SHA-256 in hexadecimal."""

    files: dict[str, Path]
    sha256: dict[str, str]
    rows: int
    is_example: bool

    def file_row(self, of_format: str, filename: str) -> FileRow:
        """The facts of one file, under the name that it is downloaded with."""
        return FileRow(of_format, filename, self.sha256[of_format], self.files[of_format].stat().st_size)


async def place_in_record(db: Db, at: AsAt) -> Place:
    """A place with the time of the newest journal record that counts."""
    return Place(at, await tree.time_of(db, at.journal_no) or BEFORE_ANY_RECORD)


async def make(db: Db, order: Order, folder: Path, progress: Callable[[int], None] = lambda rows: None) -> MadeFiles:
    """Writes the order's files into the folder, from the one snapshot that `db` reads. `progress` hears how many rows are done.

    Raises ValueError where a value cannot be written, OSError where the disk fails, Conflict where the journal is damaged;
    leaves no half file behind.
    """
    place = replace(await place_in_record(db, order.at), publisher=order.publisher)
    gathered = await order.report.gather(db, place, order.filters)
    # Each format reads them, and so do the figures: what can be read once would be empty in all but the first.
    gathered = replace(gathered, more=tuple(replace(table, rows=list(table.rows)) for table in gathered.more))
    if order.report.offer.open_data and (gathered.is_private or has_figures(_tables(gathered))):
        raise ValueError("open data tell of nothing that is private, nor where their figures come from")
    since = None if order.since is None else replace(await place_in_record(db, order.since), publisher=order.publisher)
    book = await _book(db, order, place, gathered, since)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="report") as thread:
        files = await loop.run_in_executor(thread, _Files, order, book, gathered, folder)
        try:
            await _fill(gathered.batches, files, thread, progress)
            if files.books and has_figures(_tables(gathered)):
                now = await with_parts(db, place, order.filters, gathered, files.shown)
                before = None if since is None else await told(db, order.report, since, order.filters)
                await loop.run_in_executor(thread, files.add_figures, now, before)
            hashes = await loop.run_in_executor(thread, files.finish)
        finally:
            thread.submit(files.abandon)
    return MadeFiles(files.paths, hashes, files.rows, gathered.is_example)


async def _fill(
    batches: AsyncGenerator[Sequence[Any], None],
    files: "_Files",
    thread: ThreadPoolExecutor,
    progress: Callable[[int], None],
) -> None:
    """While the thread writes one batch, the next is fetched."""
    writing = None
    async with aclosing(batches) as incoming:
        async for batch in incoming:
            if writing is not None:
                await asyncio.wrap_future(writing)
                progress(files.rows)
            writing = thread.submit(files.add, batch)
    if writing is not None:
        await asyncio.wrap_future(writing)
        progress(files.rows)


class _Files:
    """The files under way. Everything here runs in the one thread that writes."""

    def __init__(self, order: Order, book: Book, gathered: Gathered, folder: Path) -> None:
        self.paths = {name: folder / f"{order.report.name}.{name}" for name in order.formats}
        self.rows = 0
        self._gathered = gathered
        self.shown = Shown()
        self.books: list[BookWriter] = []
        self._open = ExitStack()
        self._adders: list[Callable[[list[Row]], None]] = []
        for name, writer in (("xlsx", XlsxWriter), ("ods", OdsWriter)):
            if name in self.paths:
                written: BookWriter = self._open.enter_context(writer(book, self.paths[name]))
                self.books.append(written)
                self._adders.append(partial(written.add_rows, gathered.main.sheet))
        if "csv" in self.paths:
            csv = CsvWriter(gathered.main, self.paths["csv"], marking=gathered.marking)
            self._adders.append(self._open.enter_context(csv).add_rows)
        if "json" in self.paths and gathered.as_json is not None:
            json = JsonWriter(gathered.as_json, self.paths["json"])
            self._adders.append(self._open.enter_context(json).add_rows)

    def add(self, batch: Sequence[Any]) -> None:
        rows = list(self._gathered.shape(batch))
        self.shown.add(self._gathered.main, rows)
        for add in self._adders:
            add(rows)
        self.rows += len(rows)

    def add_figures(self, now: Told, before: Told | None) -> None:
        for book in self.books:
            book.add_rows(WHAT_CHANGED, change_rows(now, before))
            book.add_rows(SOURCES, source_rows(now.parts, now.shown, now.place.at))

    def finish(self) -> dict[str, str]:
        self._open.close()
        return {name: file_digest(path) for name, path in self.paths.items()}

    def abandon(self) -> None:
        """Nothing, where the files are finished; otherwise the writers remove what they have begun."""
        self._open.__exit__(InterruptedError, InterruptedError("the report was not finished"), None)


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tables(gathered: Gathered) -> tuple[Table, ...]:
    return (gathered.main, *gathered.more)


async def _book(db: Db, order: Order, place: Place, gathered: Gathered, since: Place | None) -> Book:
    offer = order.report.offer
    accepted, expected = await accepted_of_expected(db, place.at, order.filters, gathered.counted)
    # Its time is the record's: the same run made again gives the same bytes.
    signed = await sign(db, order.signer, place.at, place.when)
    cover = Cover(
        title=offer.title,
        purpose=offer.purpose,
        audience=offer.audience,
        marking=gathered.marking,
        facts=(
            ("Report", offer.name),
            ("As at", f"{show_instant(place.when)}, London time"),
            ("Newest ledger entry that counts", str(place.at.entry_no)),
            ("Newest journal record that counts", str(place.at.journal_no)),
            ("Narrowed to", _filter_words(order.filters)),
            *_compared(since, gathered),
            ("Completeness", f"{accepted} of {expected} returns accepted"),
            *gathered.facts,
            (
                "Sign convention",
                "A variance is forecast or actual minus budget: above zero is over budget. Credits are below zero.",
            ),
            ("Marking", gathered.marking or "None: no example data, and nothing that must not be published"),
            ("Contact", order.contact),
            ("Root of the journal’s tree", signed.root),
            ("Public key of the journal", signed.key),
            ("Signed checkpoint of the journal", signed.note),
        ),
    )
    figures = has_figures(_tables(gathered))
    return Book(
        cover=cover,
        tables=(gathered.main, *gathered.more, *((changes_table(since),) if figures else ())),
        created=place.when,
        notes=gathered.notes,
        sources=TABLE if figures else None,
        charts=gathered.charts,
    )


def _compared(since: Place | None, gathered: Gathered) -> Iterator[tuple[str, str]]:
    if has_figures(_tables(gathered)):
        where = since and f"Entry {since.at.entry_no}, journal record {since.at.journal_no}, {show_instant(since.when)}"
        yield "Compared with", where or "Nothing: there is no earlier run"


def _filter_words(filters: Filters) -> str:
    said = [f"{words}: {getattr(filters, name)}" for name, words in _FILTER_WORDS.items() if getattr(filters, name)]
    return "; ".join(said) or "Nothing: all programmes, funding lines, recipients and periods"
