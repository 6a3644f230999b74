"""Whether a file is what the service made: its SHA-256 belongs to a run, or to none."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from grants.actions.report_scope import check_over
from grants.domain.access import Deed, require
from grants.domain.errors import Invalid, NotFound
from grants.store.reports import run_of_file
from grants.store.transaction import View


class Verified(Struct, frozen=True):
    """A file that the service made, exactly: by which run, when, and from which place in the record."""

    sha256: str
    run_id: UUID
    report: str
    format: str
    period: str
    entry_no: int | None
    journal_no: int | None
    finished_at: datetime | None
    is_example: bool


async def verify(view: View, sha256: str) -> Verified:
    """The run behind a file, by the SHA-256 of its bytes in hexadecimal.

    Raises NotFound where no run made it, or none that the actor may see; Invalid for no SHA-256.
    """
    require(view.actor, Deed.SEE_REPORTS)
    digest = sha256.strip().lower()
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise Invalid("sha256", "A SHA-256 has 64 hexadecimal digits.")
    found = await run_of_file(view.db, digest)
    unknown = NotFound("not_made_here", "The service has made no such file: it was changed, or comes from elsewhere.")
    if found is None:
        raise unknown
    run, file = found
    try:
        check_over(view.actor, Deed.SEE_REPORTS, run.filters.programme)
    except NotFound:
        raise unknown from None
    return Verified(
        digest,
        run.id,
        run.report,
        file.format,
        run.period,
        run.entry_no,
        run.journal_no,
        run.finished_at,
        run.is_example,
    )
