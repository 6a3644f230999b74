"""What accepted returns told of milestones and assets."""

from typing import Final
from uuid import UUID

import msgspec

from grants.domain.return_documents import Documents
from grants.store.transaction import Db

_NEWEST: Final = """
SELECT v.documents::text FROM return_version v JOIN spend_return r ON r.id = v.return_id AND r.version = v.number
WHERE r.award = $1 AND r.state = 'accepted' AND r.period < $2 AND r.id IS DISTINCT FROM $3 AND v.documents IS NOT NULL
ORDER BY r.period DESC LIMIT 1
"""


async def newest_accepted(db: Db, award: str, period: str, return_id: UUID | None) -> Documents:
    """What the award's newest accepted return before the period told; nothing where none did."""
    found = await db.fetchval(_NEWEST, award, period, return_id)
    return msgspec.json.decode(found, type=Documents) if found else Documents()
