"""Whether a file is what the service made: its SHA-256 belongs to a run or to what was made by hand, or to none."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from grants.actions.report_scope import check_over
from grants.domain.access import Deed, require
from grants.domain.errors import Invalid, NotFound
from grants.domain.schedules import Filters
from grants.store.report_places import origin_of
from grants.store.transaction import View


class Verified(Struct, frozen=True):
    """A file that the service made, exactly: by which run, or by hand (`run_id` null), when, and from which places in the record."""

    sha256: str
    run_id: UUID | None
    report: str
    format: str
    period: str
    filters: Filters
    entry_no: int | None
    journal_no: int | None
    since_entry_no: int | None
    since_journal_no: int | None
    finished_at: datetime | None
    is_example: bool


async def verify(view: View, sha256: str) -> Verified:
    """What is known of a file, by the SHA-256 of its bytes in hexadecimal.

    Raises NotFound where the service made no such file, or none that the actor may see; Invalid for no SHA-256.
    """
    require(view.actor, Deed.SEE_REPORTS)
    digest = sha256.strip().lower()
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise Invalid("sha256", "A SHA-256 has 64 hexadecimal digits.")
    found = await origin_of(view.db, digest)
    unknown = NotFound("not_made_here", "The service has made no such file: it was changed, or comes from elsewhere.")
    if found is None:
        raise unknown
    try:
        check_over(view.actor, Deed.SEE_REPORTS, found.filters.programme)
    except NotFound:
        raise unknown from None
    at, since = found.at, found.since
    return Verified(
        sha256=digest,
        run_id=found.run_id,
        report=found.report,
        format=found.format,
        period=found.period,
        filters=found.filters,
        entry_no=at.entry_no if at else None,
        journal_no=at.journal_no if at else None,
        since_entry_no=since.entry_no if since else None,
        since_journal_no=since.journal_no if since else None,
        finished_at=found.made_at,
        is_example=found.is_example,
    )
