"""The journal as auditors read it."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from grants.actions.listing import Page, decode_number, page
from grants.domain.access import Actor, Deed, narrowed_to, require
from grants.domain.errors import NotAllowed, NotFound
from grants.domain.merkle import leaf_hash
from grants.domain.periods import LONDON
from grants.store import ledger
from grants.store.journal import JournalLine, extract
from grants.store.journal_subjects import Known, Subject, known
from grants.store.listing_query import Listed, Wanted
from grants.store.lists import journal as listed
from grants.store.transaction import View


async def journal_page(view: View, subject: str | None, after: str | None, limit: int) -> Page[JournalLine]:
    """Records in order. Only an auditor of everything reads them: a record may be about any programme."""
    require_whole(view.actor)
    found = await extract(view.db, after=decode_number(after), limit=limit + 1, subject=subject)
    return page(found, limit, lambda line: str(line.number))


def require_whole(actor: Actor) -> None:
    """Raises NotAllowed unless the actor may read everybody's records."""
    require(actor, Deed.SEE_JOURNAL)
    if narrowed_to(actor, Deed.SEE_JOURNAL)[0] is not None:
        raise NotAllowed("not_allowed", "The journal is about all programmes: only an auditor of all of them reads it.")


class Record(Struct, frozen=True):
    """A record of the journal in a list. `before` and `after` are JSON; `role` is None where it was not yet recorded."""

    number: int
    at: datetime
    person: str
    role: str | None
    deed: str
    subject_kind: str
    subject: str
    reason: str | None
    before: str | None
    after: str | None
    request_id: str


class WholeRecord(Record, frozen=True):
    """One record. `hash` is the SHA-256 of its leaf in the journal's tree (RFC 9162), in hexadecimal; `newest` the last record's number."""

    hash: str
    newest: int


async def records_listed(view: View, wanted: Wanted, first: date | None, last: date | None) -> Listed[Record]:
    """One page of the records of some days in London, None: of all. Raises NotAllowed as `journal_page` does."""
    require_whole(view.actor)
    until = None if last in (None, date.max) else _midnight(last + timedelta(days=1))
    found = await listed.records(view.db, wanted, None if first is None else _midnight(first), until)
    return found.with_rows(Record(**{name: row[name] for name in Record.__struct_fields__}) for row in found.rows)


async def one_record(view: View, number: int) -> WholeRecord:
    """One record. Raises NotFound, and NotAllowed as `journal_page` does."""
    require_whole(view.actor)
    row = await listed.record(view.db, number)
    if row is None:
        raise NotFound("record", "The journal has no record of this number.")
    facts = {name: row[name] for name in Record.__struct_fields__}
    newest = (await ledger.head(view.db)).journal_no
    return WholeRecord(**facts, hash=leaf_hash(row["leaf"].encode()).hex(), newest=newest)


async def subjects_known(view: View, records: Iterable[Record]) -> dict[Subject, Known]:
    """What the subjects of some records are called, by kind and subject. Raises NotAllowed as `journal_page` does."""
    require_whole(view.actor)
    return await known(view.db, [(one.subject_kind, one.subject) for one in records])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)
