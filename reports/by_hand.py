"""A report made at once, into a file: what the command line does."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from grants.actions.report_scope import settled, with_seed
from grants.actions.reports import check_since, offered, place_now
from grants.domain.access import Actor, Deed, require
from grants.domain.checkpoints import Signer
from grants.domain.publishing import UNNAMED, Publisher
from grants.domain.schedules import Filters, check_formats
from grants.store.journal import record
from grants.store.ledger import place_of
from grants.store.transaction import Gate
from reports.catalogue import by_name, offers
from reports.making import DEFAULT_CONTACT, Order, make


@dataclass(frozen=True)
class Made:
    """A file that was written: its SHA-256 in hexadecimal, the place in the record, the rows of data in it."""

    sha256: str
    entry_no: int
    journal_no: int
    rows: int
    is_example: bool


async def make_report(
    gate: Gate,
    actor: Actor,
    name: str,
    *,
    output: Path,
    signer: Signer,
    format: str = "xlsx",  # noqa: A002 – as the command line calls it
    filters: Filters | None = None,
    entry_no: int | None = None,
    journal_no: int | None = None,
    contact: str = DEFAULT_CONTACT,
    publisher: Publisher = UNNAMED,
    since: tuple[int, int | None] | None = None,
) -> Made:
    """Writes a report as the record stands now, or as it was at an entry number, with its figures compared with those `since` an
    entry and journal number; the journal notes what was made. `signer` signs the checkpoint on its cover.

    Raises NotFound for an unknown report or filter, Invalid, NotAllowed, OSError; leaves no half file behind.
    """
    require(actor, Deed.MAKE_REPORT)
    offer = offered(offers(), name)
    check_formats((format,), offer.formats)
    async with gate.reading(actor) as view:
        wanted = await settled(view, Deed.MAKE_REPORT, offer, filters or Filters())
        at = None if entry_no is None else await place_of(view.db, entry_no, journal_no)
        before = None if since is None else await place_of(view.db, *since)
    if at is None:
        # Left without a seed, a report of an earlier place has that place's: the same bytes again.
        wanted = with_seed(offer, wanted)
        async with gate.deed(actor) as tx:
            at = await place_now(tx, "report", name, {"report": name, "filters": wanted, "format": format})
    if before is not None:
        check_since(at, before)
    order = Order(by_name()[name], wanted, at, (format,), signer, contact, publisher, before)
    with tempfile.TemporaryDirectory(prefix=".tallystick-", dir=output.parent) as folder:
        async with gate.reading(actor) as view:
            made = await make(view.db, order, Path(folder))
        facts = {"report": name, "filters": wanted, "format": format, "sha256": made.sha256[format]}
        facts |= {"entry_no": at.entry_no, "journal_no": at.journal_no, "is_example": made.is_example}
        facts |= {} if before is None else {"since": [before.entry_no, before.journal_no]}
        async with gate.deed(actor) as tx:
            await record(tx, Deed.MAKE_REPORT, "report", name, after=facts)
        made.files[format].replace(output)
    return Made(made.sha256[format], at.entry_no, at.journal_no, made.rows, made.is_example)
