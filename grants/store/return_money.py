"""What one return is held beside: its own totals, what earlier periods of its year had accepted, and the period before."""

from dataclasses import dataclass
from typing import Final

import msgspec

from grants.domain.returns import CategoryForecast, CategoryTotal
from grants.store.earlier_returns import ACCEPTED
from grants.store.returns import ReturnRow
from grants.store.transaction import Db


@dataclass(frozen=True)
class KnownMoney:
    """Totals by cost category and budget kind. `version_id` is None, and `this` empty, where nothing was uploaded.

    `earlier` is how many returns the award has for earlier periods of the year, `accepted` how many of them `before` counts.
    """

    version_id: int | None
    this: tuple[CategoryTotal, ...]
    forecasts: tuple[CategoryForecast, ...]
    before: tuple[CategoryTotal, ...]
    previous: tuple[CategoryTotal, ...]
    previous_period: str
    earlier: int
    accepted: int


_MONEY: Final = f"""
SELECT v.id, v.totals::text AS totals, v.forecasts::text AS forecasts,
    (SELECT json_agg(a ORDER BY category, budget_kind)::text FROM (
        {ACCEPTED} AND r.award = $2 AND e.year = $3 AND r.period < $4 GROUP BY 1, 2
    ) a) AS before,
    p.totals::text AS previous, p.period AS previous_period, n.earlier, n.accepted
FROM (SELECT) one LEFT JOIN return_version v ON v.return_id = $1 AND v.number = $5
    LEFT JOIN LATERAL (
        SELECT pv.totals, pr.period FROM spend_return pr JOIN return_version pv ON pv.return_id = pr.id AND pv.number = pr.version
        WHERE pr.award = $2 AND pr.state = 'accepted' AND pr.period < $4 ORDER BY pr.period DESC LIMIT 1
    ) p ON true
    CROSS JOIN LATERAL (
        SELECT count(*) AS earlier, count(*) FILTER (WHERE nr.state = 'accepted') AS accepted FROM spend_return nr
        WHERE nr.award = $2 AND nr.period < $4 AND starts_with(nr.period, $3 || '-')
    ) n
"""  # noqa: S608  put together from our own text


async def money(db: Db, found: ReturnRow) -> KnownMoney:
    """The money of a return's newest version, and what it is held beside."""
    row = await db.fetchrow(_MONEY, found.id, found.award, found.period.year.code, found.period.code, found.version)
    if row is None:
        raise LookupError("a row of one is always there")
    totals = {
        name: msgspec.json.decode(row[name] or "[]", type=tuple[CategoryTotal, ...])
        for name in ("totals", "before", "previous")
    }
    return KnownMoney(
        version_id=row["id"],
        this=totals["totals"],
        forecasts=msgspec.json.decode(row["forecasts"] or "[]", type=tuple[CategoryForecast, ...]),
        before=totals["before"],
        previous=totals["previous"],
        previous_period=row["previous_period"] or "",
        earlier=row["earlier"],
        accepted=row["accepted"],
    )
