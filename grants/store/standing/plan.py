"""Funding lines and recipients as they were at a place in the record: what was changed since is put back."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from grants.domain.access import Deed
from grants.domain.plan import FundingLine
from grants.domain.schedules import EVERYTHING, Filters
from grants.store import plan
from grants.store.ledger import AsAt
from grants.store.recipients import RecipientRow, every
from grants.store.standing.sight import require_sight
from grants.store.transaction import Db

# Newest first: what the earliest of the changes wrote over is what stood.
_AMENDED: Final = """
SELECT d.subject AS code, j.before::text AS before FROM journal j JOIN decision d ON d.id::text = j.subject
WHERE j.number > $1 AND j.subject_kind = 'decision' AND j.deed = 'decide' AND d.kind = 'amend_line' AND d.state = 'approved'
    AND j.before IS NOT NULL
ORDER BY j.number DESC
"""
_ADDED: Final = """
SELECT d.subject AS code FROM journal j JOIN decision d ON d.id::text = j.subject
WHERE j.number > $1 AND j.subject_kind = 'decision' AND j.deed = 'decide' AND d.kind = 'add_line' AND d.state = 'approved'
UNION SELECT split_part(name, '/', 2) FROM journal j, jsonb_object_keys(j.leaf::jsonb -> 'rows') name
WHERE j.number > $1 AND j.deed = $2 AND j.subject_kind = 'plan' AND j.role IS NOT NULL AND starts_with(name, 'funding_line/')
"""


async def lines_at(db: Db, at: AsAt, filters: Filters = EVERYTHING) -> list[FundingLine]:
    """The funding lines that there were, as they were, in the plan's order; of the filters' programme and line.

    Raises RuleBroken for a reader who may not see all.
    """
    await require_sight(db)
    later = {row["code"] for row in await db.fetch(_ADDED, at.journal_no, Deed.LOAD_PLAN.value)}
    was: dict[str, dict[str, Any]] = {}
    for row in await db.fetch(_AMENDED, at.journal_no):
        was.setdefault(row["code"], {}).update(msgspec.json.decode(row["before"]))
    programmes = None if filters.programme is None else frozenset({filters.programme})
    return [
        _restored(line, was.get(line.code, {}))
        for line in await plan.funding_lines(db, programmes)
        if line.code not in later and filters.funding_line in (None, line.code)
    ]


def _restored(line: FundingLine, was: Mapping[str, Any]) -> FundingLine:
    return msgspec.convert({**vars(line), **was}, FundingLine) if was else line


_NEW_RECIPIENTS: Final = """
SELECT DISTINCT split_part(name, '/', 2) AS id FROM journal j, jsonb_object_keys(j.leaf::jsonb -> 'rows') name
WHERE j.number > $1 AND j.subject_kind = 'recipient' AND j.deed = $2 AND j.role IS NOT NULL AND starts_with(name, 'recipient/')
"""


async def recipients_at(db: Db, at: AsAt) -> list[RecipientRow]:
    """The recipients that there were, in order of identifier: what is known of one never changes.

    Raises RuleBroken for a reader who may not see all.
    """
    await require_sight(db)
    later = {row["id"] for row in await db.fetch(_NEW_RECIPIENTS, at.journal_no, Deed.ADD_RECIPIENT.value)}
    return [recipient for recipient in await every(db) if recipient.id not in later]
