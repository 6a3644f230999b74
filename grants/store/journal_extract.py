"""The journal's records between two moments, in batches, and what each is about: money that is private, or an example."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import asyncpg

from grants.store.ledger import AsAt
from grants.store.transaction import Db

_BATCH: Final = 500
_EVER: Final = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)

# A record is about an award or a funding line, by itself or by way of its decision; a virement, about the line that gains as well.
_ABOUT: Final = """
JOIN person p ON p.id = j.person_id
    LEFT JOIN decision d ON d.id = CASE j.subject_kind WHEN 'decision' THEN j.subject::uuid END
    LEFT JOIN entry e ON e.number = CASE d.kind WHEN 'reverse' THEN d.subject::bigint END
    LEFT JOIN collection_round r ON r.id = CASE j.subject_kind WHEN 'round' THEN j.subject::uuid END
    LEFT JOIN recipient c ON c.id = CASE j.subject_kind WHEN 'recipient' THEN j.subject END
    CROSS JOIN LATERAL (SELECT CASE
        WHEN e.number IS NOT NULL THEN coalesce(nullif(split_part(e.source, ':', 2), ''), split_part(e.target, ':', 2))
        WHEN d.id IS NOT NULL THEN d.subject
        WHEN j.subject_kind IN ('award', 'return', 'evidence') THEN split_part(j.subject, '/', 1) END AS holder,
        d.terms ->> 'to_line' AS gainer, p.is_example OR coalesce(d.is_example, r.is_example, c.is_example, false) AS is_example) about
"""
# A batch is cut before anything is joined to it: each costs the same, however many there are.
_CUT: Final = """
FROM (SELECT * FROM journal WHERE number > $1 AND number <= $2 AND at >= $3 AND at < $4 ORDER BY number LIMIT $5) j
"""
_WHOLE: Final = "FROM (SELECT * FROM journal WHERE number > $1 AND number <= $2 AND at >= $3 AND at < $4) j"
_BATCH_OF: Final = f"""
SELECT j.number, j.at, p.name AS person, j.role, j.deed, j.subject_kind, j.subject, j.before::text AS before, j.after::text AS after,
    j.reason, j.request_id, about.holder, about.gainer, about.is_example {_CUT} {_ABOUT} ORDER BY j.number
"""
_ALL_TOGETHER: Final = f"""
SELECT array_agg(DISTINCT about.holder) || array_agg(DISTINCT about.gainer) AS holders,
    coalesce(bool_or(about.is_example), false) AS any_example {_WHOLE} {_ABOUT}
"""


@dataclass(frozen=True)
class Span:
    """The records up to a place, of the days from `first` until before `until`; None: of all days."""

    at: AsAt
    first: datetime | None = None
    until: datetime | None = None

    @property
    def asked(self) -> tuple[int, datetime, datetime]:
        """What the queries are asked with."""
        return self.at.journal_no, self.first or _EVER[0], self.until or _EVER[1]


@dataclass(frozen=True)
class About:
    """What the records are about: awards and funding lines by name, and whether any of the records is an example by itself."""

    holders: frozenset[str]
    any_example: bool


async def about(db: Db, span: Span) -> About:
    """What the records of a span are about, all of them together."""
    row = await db.fetchrow(_ALL_TOGETHER, 0, *span.asked)
    holders = frozenset(name for name in (row["holders"] or ()) if name) if row else frozenset()
    return About(holders, bool(row and row["any_example"]))


async def stream(db: Db, span: Span) -> AsyncGenerator[Sequence[asyncpg.Record], None]:
    """The records of a span in order, in batches: memory stays the same however many there are."""
    after = 0
    while batch := await db.fetch(_BATCH_OF, after, *span.asked, _BATCH):
        yield batch
        after = batch[-1]["number"]
