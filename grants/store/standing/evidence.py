"""Evidence files as they were at a place in the record: attached to a line by then, and not withdrawn."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grants.store.ledger import AsAt
from grants.store.standing.sight import require_sight
from grants.store.transaction import Db


@dataclass(frozen=True)
class EvidenceAt:
    """A file that was attached to a line: its name as its sender gave it, its SHA-256 in hexadecimal."""

    filename: str
    sha256: str


# A file has one record of its coming, and one of its withdrawal, if it was withdrawn.
_FILES: Final = """
WITH asked AS (SELECT * FROM unnest($2::bigint[], $3::bigint[]) AS a(version_id, row))
SELECT a.version_id, a.row, e.filename, e.sha256 FROM asked a
    JOIN return_version v ON v.id = a.version_id JOIN spend_line l ON l.version_id = a.version_id AND l.row = a.row
    JOIN evidence_file e ON e.return_id = v.return_id
        AND (e.line_version = v.number AND e.line_row = l.row OR e.line_reference = l.reference)
    JOIN spend_return s ON s.id = v.return_id
WHERE (SELECT count(*) FROM journal j WHERE j.number > $1 AND j.subject_kind = 'evidence'
    AND j.subject = s.award || '/' || s.period || '/' || e.id) = CASE WHEN e.withdrawn_at IS NULL THEN 0 ELSE 1 END
ORDER BY e.number
"""


async def evidence_at(db: Db, at: AsAt, lines: Sequence[tuple[int, int]]) -> dict[tuple[int, int], list[EvidenceAt]]:
    """The files of each line, which is named by its version's number in the record and its row; in the order in which they came.

    Raises RuleBroken for a reader who may not see all.
    """
    await require_sight(db)
    rows = await db.fetch(_FILES, at.journal_no, [version for version, _ in lines], [row for _, row in lines])
    found: dict[tuple[int, int], list[EvidenceAt]] = defaultdict(list)
    for row in rows:
        found[row["version_id"], row["row"]].append(EvidenceAt(row["filename"], row["sha256"]))
    return found
