"""What is known before a return comes: the recipient's other returns, and what stands from them, in one query."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from grants.domain.earlier_returns import EarlierReturn
from grants.domain.matchings import Remembered
from grants.domain.periods import Period
from grants.domain.return_documents import Documents
from grants.domain.returns import CategoryForecast, CategoryTotal
from grants.store.transaction import Db


@dataclass(frozen=True)
class KnownBefore:
    """What there is beside the return itself.

    `accepted` is what other returns of the award had accepted in the financial year, by category and budget kind.
    `returns` are the recipient's others for which something was sent, by period and award. `matchings` are those in
    force, the last confirmed first. `documents` are what the award's newest accepted return before the period told;
    `forecasts` what its newest of the year expects of the quarters after the period, without their cells.
    """

    accepted: tuple[CategoryTotal, ...]
    returns: tuple[EarlierReturn, ...]
    matchings: tuple[Remembered, ...]
    documents: Documents
    forecasts: tuple[CategoryForecast, ...]


ACCEPTED: Final = """
SELECT e.category, e.budget_kind, sum(CASE WHEN e.target LIKE 'spent:%' THEN e.pence ELSE -e.pence END)::bigint AS pence
FROM entry e JOIN return_version v ON v.id = e.return_version JOIN spend_return r ON r.id = v.return_id
WHERE e.kind = 'spend'
"""
# By the recipient's own versions alone: each one's lines stand together under the key, however many others have.
_RETURNS: Final = """
SELECT r.award, r.period, (SELECT string_agg(DISTINCT v.sha256, ' ') FROM return_version v WHERE v.return_id = r.id) AS files,
    CASE WHEN r.state = 'accepted' THEN (
        SELECT string_agg(int8send(s.fingerprint), ''::bytea) FROM spend_line s JOIN return_version v ON v.id = s.version_id
        WHERE v.return_id = r.id AND v.number = r.version
    ) END AS lines
FROM spend_return r JOIN award a ON a.reference = r.award
WHERE a.recipient_id = $2 AND r.id IS DISTINCT FROM $3 AND r.version > 0
"""
_MATCHINGS: Final = """
SELECT DISTINCT ON (shape) * FROM matching WHERE recipient_id = $2 AND is_example = $6 ORDER BY shape, number DESC
"""
_NEWEST: Final = """
FROM return_version v JOIN spend_return r ON r.id = v.return_id AND r.version = v.number
WHERE r.award = $1 AND r.state = 'accepted' AND r.period < $5 AND r.id IS DISTINCT FROM $3
"""
_KNOWN: Final = f"""
SELECT returns.*,
    (SELECT json_agg(a ORDER BY category, budget_kind)::text FROM (
        {ACCEPTED} AND r.award = $1 AND e.year = $4 AND r.id IS DISTINCT FROM $3 GROUP BY 1, 2
    ) a) AS accepted,
    (SELECT json_agg(json_build_object('id', id, 'matching', matching) ORDER BY confirmed_at DESC, id)::text
     FROM ({_MATCHINGS}) m) AS matchings,
    (SELECT v.documents::text {_NEWEST} AND v.documents IS NOT NULL ORDER BY r.period DESC LIMIT 1) AS documents,
    (SELECT v.forecasts::text {_NEWEST} AND starts_with(r.period, $4 || '-') ORDER BY r.period DESC LIMIT 1) AS forecasts
FROM (
    SELECT array_agg(award ORDER BY period, award) AS awards, array_agg(period ORDER BY period, award) AS periods,
        array_agg(files ORDER BY period, award) AS files, array_agg(lines ORDER BY period, award) AS lines
    FROM ({_RETURNS}) r
) returns
"""  # noqa: S608  put together from our own text


async def known_before(
    db: Db, award: str, recipient: str, period: Period, return_id: UUID | None, *, is_example: bool
) -> KnownBefore:
    """What an award's return for a period is held against; the return itself, `return_id`, is left out."""
    row = await db.fetchrow(_KNOWN, award, recipient, return_id, period.year.code, period.code, is_example)
    if row is None:
        raise LookupError("a row of aggregates is always there")
    others = zip(*(row[name] or () for name in ("awards", "periods", "files", "lines")), strict=True)
    forecasts = msgspec.json.decode(row["forecasts"] or "[]", type=list[CategoryForecast])
    left = {quarter.code for quarter in period.quarters_left()}
    return KnownBefore(
        accepted=msgspec.json.decode(row["accepted"] or "[]", type=tuple[CategoryTotal, ...]),
        returns=tuple(EarlierReturn(of, code, tuple(files.split()), lines or b"") for of, code, files, lines in others),
        matchings=msgspec.json.decode(row["matchings"] or "[]", type=tuple[Remembered, ...]),
        documents=msgspec.json.decode(row["documents"] or "{}", type=Documents),
        forecasts=tuple(msgspec.structs.replace(one, cell="") for one in forecasts if one.quarter in left),
    )
