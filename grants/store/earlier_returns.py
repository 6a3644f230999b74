"""Queries of what a recipient's other returns hold: their files and lines, and the forecast that stands."""

from typing import Final
from uuid import UUID

import msgspec

from grants.domain.earlier_returns import EarlierReturn
from grants.domain.periods import Period
from grants.domain.returns import CategoryForecast
from grants.store.transaction import Db

# By the recipient's own versions alone: each one's lines stand together under the key, however many others have.
_EARLIER: Final = """
SELECT r.award, r.period, array(SELECT DISTINCT v.sha256 FROM return_version v WHERE v.return_id = r.id ORDER BY 1) AS files,
    CASE WHEN r.state = 'accepted' THEN (
        SELECT string_agg(int8send(s.fingerprint), ''::bytea) FROM spend_line s JOIN return_version v ON v.id = s.version_id
        WHERE v.return_id = r.id AND v.number = r.version
    ) END AS lines
FROM spend_return r JOIN award a ON a.reference = r.award
WHERE a.recipient_id = $1 AND r.id IS DISTINCT FROM $2 AND r.version > 0
ORDER BY r.period, r.award
"""


async def earlier_returns(db: Db, recipient_id: str, return_id: UUID | None) -> tuple[EarlierReturn, ...]:
    """The recipient's other returns for which something was sent, by period and award; `return_id` is left out."""
    rows = await db.fetch(_EARLIER, recipient_id, return_id)
    return tuple(EarlierReturn(row["award"], row["period"], tuple(row["files"]), row["lines"] or b"") for row in rows)


_STANDING: Final = """
SELECT v.forecasts::text FROM return_version v JOIN spend_return r ON r.id = v.return_id AND r.version = v.number
WHERE r.award = $1 AND r.state = 'accepted' AND starts_with(r.period, $2 || '-') AND r.period < $3 AND r.id IS DISTINCT FROM $4
ORDER BY r.period DESC LIMIT 1
"""


async def standing_forecasts(
    db: Db, award: str, period: Period, return_id: UUID | None
) -> tuple[CategoryForecast, ...]:
    """What the award's newest accepted return of the year expects of the quarters after `period`, without their cells."""
    found = await db.fetchval(_STANDING, award, period.year.code, period.code, return_id)
    typed = msgspec.json.decode(found, type=list[CategoryForecast]) if found else []
    left = {quarter.code for quarter in period.quarters_left()}
    return tuple(msgspec.structs.replace(one, cell="") for one in typed if one.quarter in left)
