"""Accepted spend lines at a place in the record, streamed: the evidence below the ledger."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
import msgspec

from grants.domain.awards import CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.schedules import Filters
from grants.store.ledger import AsAt
from grants.store.standing import AwardAt, awards_at
from grants.store.transaction import Db

_BATCH: Final = 500
_CHUNK_LINES: Final = 20_000
"""Lines of the versions that one cursor goes through: enough to spare round trips, few enough to sort in memory."""

_AMOUNTS_AT_ONCE: Final = 5_000

Part = tuple[str, str]
"""A cost category and a budget kind."""
_PARTS: Final = [(category.value, kind.value) for category in CostCategory for kind in BudgetKind]


class Counted(msgspec.Struct, frozen=True):
    """An entry that a version's lines of one category and budget kind came to; `pence` below zero for a credit."""

    category: str
    budget_kind: str
    number: int
    pence: int
    counts: bool


@dataclass(frozen=True)
class VersionInForce:
    """A version of a return whose lines count, or some of them where the place lies inside its acceptance.

    `entries` holds the entries that count, by category and budget kind; lines of a part that came to nothing have none.
    """

    id: int
    number: int
    award: str
    period: str
    year: str
    funding_line: str
    programme: str
    recipient_id: str
    recipient_name: str
    sha256: str
    line_count: int
    accepted: bool
    is_example: bool
    do_not_publish: str | None
    entries: dict[Part, Counted]
    posted: frozenset[Part]

    def counted(self, part: Part) -> tuple[bool, int | None]:
        """Whether lines of the part count, and the entry that they are counted in; none where they came to nothing."""
        if part in self.entries:
            return True, self.entries[part].number
        return self.accepted and part not in self.posted, None

    def left_out(self) -> list[Part]:
        """The parts whose lines do not count, where there may be any."""
        if self.accepted and self.posted <= self.entries.keys():
            return []
        return [part for part in _PARTS if not self.counted(part)[0]]


def spent_by_line(versions: Iterable[VersionInForce]) -> list[tuple[str, str, BudgetKind, int]]:
    """Funding line, financial year, budget kind, and the pence that the entries of the versions come to, in that order."""
    sums: Counter[tuple[str, str, BudgetKind]] = Counter()
    for version in versions:
        for entry in version.entries.values():
            sums[version.funding_line, version.year, BudgetKind(entry.budget_kind)] += entry.pence
    return [(*key, pence) for key, pence in sorted(sums.items(), key=lambda found: (*found[0][:2], found[0][2].label))]


_VERSIONS: Final = """
WITH posted AS (
    SELECT e.return_version, json_agg(json_build_object('category', e.category, 'budget_kind', e.budget_kind, 'number', e.number,
        'pence', CASE WHEN e.target LIKE 'spent:%' THEN e.pence ELSE -e.pence END,
        'counts', e.number <= $1 AND NOT coalesce(r.number <= $1, false)) ORDER BY e.number) AS entries,
        bool_or(e.number <= $1 AND NOT coalesce(r.number <= $1, false)) AS counts
    FROM entry e LEFT JOIN entry r ON r.reverses = e.number
    WHERE e.kind = 'spend' AND e.reverses IS NULL AND e.return_version IS NOT NULL GROUP BY 1
), newest AS (
    SELECT DISTINCT ON (return_id) return_id, version, state FROM return_event WHERE journal_no <= $2
    ORDER BY return_id, journal_no DESC
)
SELECT v.id, v.number, a.reference AS award, s.period, split_part(s.period, '-', 1) || '-' || split_part(s.period, '-', 2) AS year,
    l.code AS funding_line, l.programme, c.id AS recipient_id, c.name AS recipient_name, v.sha256, v.line_count,
    coalesce(n.state = 'accepted' AND n.version = v.number, false) AS accepted, a.is_example OR s.is_example OR c.is_example AS is_example,
    coalesce(p.entries::text, '[]') AS entries
FROM return_version v JOIN spend_return s ON s.id = v.return_id JOIN award a ON a.reference = s.award
    JOIN funding_line l ON l.code = a.funding_line JOIN recipient c ON c.id = a.recipient_id
    LEFT JOIN posted p ON p.return_version = v.id LEFT JOIN newest n ON n.return_id = s.id
WHERE (p.counts OR n.state = 'accepted' AND n.version = v.number) AND ($3::text IS NULL OR l.programme = $3)
    AND ($4::text IS NULL OR l.code = $4) AND ($5::text IS NULL OR c.id = $5)
    AND ($6::text IS NULL OR s.period = $6 OR starts_with(s.period, $6 || '-'))
ORDER BY l.programme, l.place, a.reference, s.period, v.number
"""


async def versions_in_force(db: Db, at: AsAt, filters: Filters) -> list[VersionInForce]:
    """The versions whose lines count at a place in the record, by programme, funding line, award and period.

    Raises RuleBroken for a reader who may not see all.
    """
    awards = {award.reference: award for award in await awards_at(db, at, filters)}
    rows = await db.fetch(
        _VERSIONS,
        at.entry_no,
        at.journal_no,
        filters.programme,
        filters.funding_line,
        filters.recipient,
        filters.period,
    )
    return [_version(row, awards[row["award"]]) for row in rows]


def _version(row: asyncpg.Record, award: AwardAt) -> VersionInForce:
    facts = dict(row)
    posted = msgspec.json.decode(facts.pop("entries"), type=list[Counted])
    return VersionInForce(
        **facts,
        do_not_publish=award.do_not_publish,
        entries={(entry.category, entry.budget_kind): entry for entry in posted if entry.counts},
        posted=frozenset((entry.category, entry.budget_kind) for entry in posted),
    )


_LINES: Final = """
SELECT version_id, row, sheet, cell, reference, category, description, payee, spent_on, budget_kind, net_pence, vat_pence, accrual,
    evidence
FROM spend_line WHERE version_id = ANY($1::bigint[]) ORDER BY array_position($1::bigint[], version_id), row
"""


async def stream(db: Db, versions: Sequence[VersionInForce]) -> AsyncGenerator[list[asyncpg.Record], None]:
    """The lines of the versions, in the order of the versions and then of the file, in batches: memory stays the same."""
    for chunk in _chunks(versions):
        cursor = await db.cursor(_LINES, [version.id for version in chunk])
        while batch := await cursor.fetch(_BATCH):
            yield batch


_AMOUNTS: Final = """
SELECT version_id, row, net_pence + vat_pence AS pence FROM spend_line l
WHERE version_id = ANY($1::bigint[]) AND NOT EXISTS (
    SELECT FROM unnest($2::bigint[], $3::text[], $4::text[]) AS o(version_id, category, budget_kind)
    WHERE o.version_id = l.version_id AND o.category = l.category AND o.budget_kind = l.budget_kind
)
ORDER BY version_id, row
"""
_CHOSEN: Final = """
SELECT version_id, row, sheet, cell, reference, category, description, payee, spent_on, budget_kind, net_pence + vat_pence AS pence, evidence
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS chosen(version_id, row, place) JOIN spend_line USING (version_id, row)
ORDER BY place
"""


async def amounts(db: Db, versions: Sequence[VersionInForce]) -> AsyncGenerator[list[asyncpg.Record], None]:
    """The `version_id`, `row` and `pence` of every line that counts, in order of these numbers, in batches."""
    for chunk in _chunks(sorted(versions, key=lambda version: version.id)):
        out = [(version.id, *part) for version in chunk for part in version.left_out()]
        ids, categories, kinds = ([each[column] for each in out] for column in range(3))
        cursor = await db.cursor(_AMOUNTS, [version.id for version in chunk], ids, categories, kinds)
        while batch := await cursor.fetch(_AMOUNTS_AT_ONCE):
            yield batch


async def chosen(db: Db, lines: Sequence[tuple[int, int]]) -> list[asyncpg.Record]:
    """Lines by version and row, in that order."""
    found: list[asyncpg.Record] = await db.fetch(_CHOSEN, [line[0] for line in lines], [line[1] for line in lines])
    return found


def _chunks(versions: Sequence[VersionInForce]) -> Iterator[list[VersionInForce]]:
    chunk: list[VersionInForce] = []
    lines = 0
    for version in versions:
        if chunk and lines + version.line_count > _CHUNK_LINES:
            yield chunk
            chunk, lines = [], 0
        chunk.append(version)
        lines += version.line_count
    if chunk:
        yield chunk
