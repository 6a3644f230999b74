"""Feeds: a report's main table as the record stands now, as CSV or JSON, at an address that spreadsheets and tools read by themselves."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from grants.actions.people import SCHEDULER
from grants.actions.report_scope import settled
from grants.actions.reports import offered
from grants.domain.access import Actor, Deed, require
from grants.domain.errors import NotFound
from grants.domain.publishing import UNNAMED, Publisher
from grants.domain.schedules import Filters
from grants.store.ledger import AsAt, head
from grants.store.transaction import Gate
from reports.book import Row, Table
from reports.catalogue import by_name, offers
from reports.csv_file import CsvWriter
from reports.json_file import JsonShape, JsonWriter
from reports.making import place_in_record
from reports.report import Gathered, Place

FORMATS: Final = ("csv", "json")
_VERSION: Final = version("tallystick")


@dataclass(frozen=True)
class Feed:
    """A feed that somebody may read: what it is of, and a tag that changes whenever it could."""

    report: str
    format: str
    filters: Filters
    at: AsAt
    publisher: Publisher

    @property
    def tag(self) -> str:
        """The same for the same place in the record, filters, format and release."""
        about = [self.report, self.format, self.filters, self.at.entry_no, self.at.journal_no, _VERSION]
        return hashlib.sha256(msgspec.json.encode([*about, str(self.publisher)])).hexdigest()[:32]


async def feed_of(gate: Gate, actor: Actor, name: str, filters: Filters, publisher: Publisher = UNNAMED) -> Feed:
    """The feed of a name like allocation-position.csv. Raises NotFound, Invalid, NotAllowed as looking at the report does."""
    require(actor, Deed.SEE_REPORTS)
    report, _, of_format = name.rpartition(".")
    if of_format not in FORMATS:
        raise NotFound("feed", "A feed's address ends with .csv or .json, after the name of a report.")
    offer = offered(offers(), report)
    async with gate.reading(actor) as view:
        wanted = await settled(view, Deed.SEE_REPORTS, offer, filters)
        return Feed(report, of_format, wanted, await head(view.db), publisher)


@asynccontextmanager
async def written(gate: Gate, found: Feed) -> AsyncIterator[IO[bytes]]:
    """The feed's content, in a file that is gone when the context ends. Written in threads, a batch at a time.

    It is made as a run's file is: who may see how much was settled with the feed's filters.
    """
    with tempfile.TemporaryDirectory(prefix="tallystick-feed-") as folder:
        path = Path(folder) / f"feed.{found.format}"
        async with gate.reading(SCHEDULER) as view:
            place = replace(await place_in_record(view.db, found.at), publisher=found.publisher)
            gathered = await by_name()[found.report].gather(view.db, place, found.filters)
            with _writer(found, place, gathered, path) as writer:
                async for batch in gathered.batches:
                    await asyncio.to_thread(_add, writer, gathered, batch)
        with path.open("rb") as content:
            yield content


def _add(writer: CsvWriter | JsonWriter, gathered: Gathered, batch: Sequence[Any]) -> None:
    writer.add_rows(gathered.shape(batch))


@contextmanager
def _writer(found: Feed, place: Place, gathered: Gathered, path: Path) -> Iterator[CsvWriter | JsonWriter]:
    """An error of the rows passes through, and leaves no file."""
    opened: CsvWriter | JsonWriter
    if found.format == "csv":
        opened = CsvWriter(gathered.main, path, marking=gathered.marking)
    else:
        opened = JsonWriter(gathered.as_json or _shape(found, place, gathered), path)
    with opened as writer:
        yield writer


def _shape(found: Feed, place: Place, gathered: Gathered) -> JsonShape:
    about: dict[str, Any] = {
        "report": found.report,
        "title": gathered.main.title,
        "as_at": place.when.isoformat(),
        "entry_no": place.at.entry_no,
        "journal_no": place.at.journal_no,
        "filters": found.filters,
        "marking": gathered.marking,
        "columns": [
            {"key": column.key, "heading": column.heading, "kind": column.kind.value}
            for column in gathered.main.columns
        ],
    }
    return JsonShape(about, "rows", _Item(gathered.main))


class _Item:
    """A row as an object: amounts in whole pence, dates and instants in ISO 8601, null for an empty cell."""

    def __init__(self, table: Table) -> None:
        self._keys = [column.key for column in table.columns]

    def __call__(self, row: Row) -> Mapping[str, Any]:
        return dict(zip(self._keys, row, strict=True))
