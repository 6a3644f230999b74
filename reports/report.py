"""What a report is: its name and its words, what it may be narrowed to, and how its rows are gathered."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from grants.domain.publishing import UNNAMED, Publisher
from grants.domain.schedules import Filters, Offer
from grants.store.ledger import AsAt
from grants.store.transaction import Db
from reports.book import Chart, Row, Table
from reports.json_file import JsonShape

EXAMPLE_DATA: Final = "Example data"
EXAMPLE_MARKING: Final = "EXAMPLE DATA – not real."
PRIVATE_MARKING: Final = "DO NOT PUBLISH – some rows are about money whose recipients must not be named."


@dataclass(frozen=True)
class Place:
    """Where in the record a report stands: its numbers, the time of the newest journal record that counts, and who publishes."""

    at: AsAt
    when: datetime
    publisher: Publisher = UNNAMED


@dataclass(frozen=True)
class Gathered:
    """A report's content. `main` is its table, filled from `batches`; `shape` makes rows of a batch, in another thread.

    `more` hold rows of their own. Sheets of sources, and of what changed, follow from the figures that columns name.
    `is_example` and `is_private`: whether any row is example data, or of money that is not to be published. `counted`: the awards
    that the cover's counts are about; None: all that the filters name. `as_json` where the report offers JSON.
    """

    main: Table
    batches: AsyncGenerator[Sequence[Any], None]
    shape: Callable[[Sequence[Any]], Iterable[Row]]
    notes: tuple[str, ...] = ()
    more: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    is_example: bool = False
    is_private: bool = False
    counted: frozenset[str] | None = None
    as_json: JsonShape | None = None

    @property
    def marking(self) -> str | None:
        """What stands on every sheet."""
        said = [EXAMPLE_MARKING] * self.is_example + [PRIVATE_MARKING] * self.is_private
        return " ".join(said) or None


Gather = Callable[[Db, Place, Filters], Awaitable[Gathered]]


@dataclass(frozen=True)
class Report:
    """A report of the catalogue. `gather` reads everything in the caller's one snapshot."""

    offer: Offer
    gather: Gather

    @property
    def name(self) -> str:
        """What it is called in addresses and commands."""
        return self.offer.name

    @property
    def title(self) -> str:
        """What it is called on its cover."""
        return self.offer.title

    @property
    def purpose(self) -> str:
        """What it is for."""
        return self.offer.purpose


async def one_batch(rows: Sequence[Row]) -> AsyncGenerator[Sequence[Row], None]:
    """Rows that are at hand already."""
    yield rows


def as_they_are(rows: Sequence[Row]) -> Iterable[Row]:
    """Rows that need no shaping."""
    return rows


def markings(is_example: bool, do_not_publish: str | None) -> str | None:
    """What a row's own column of markings says."""
    said = [EXAMPLE_DATA] if is_example else []
    if do_not_publish:
        said.append(f"Do not publish: {do_not_publish}")
    return "; ".join(said) or None
