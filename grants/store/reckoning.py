"""The ledger added up again: positions, covers and heads against the entries that they came from."""

from typing import Final

from grants.store.ledger import REPLAYED
from grants.store.transaction import Db

_HEADS: Final = """
SELECT '{table}' AS name, h.last_no, count(r.number) AS records, coalesce(max(r.number), 0) AS newest
FROM {table}_head h LEFT JOIN {rows} r ON true GROUP BY h.last_no
"""
_FIGURES: Final = "coalesce({0}.balance_pence || ' pence, ' || {0}.funded_pence || ' funded (' || concat_ws(' ', {0}.kind, {0}.owner, {0}.year) || ')', 'nothing')"
_POSITIONS: Final = f"""
SELECT coalesce(p.account, r.account) AS account, coalesce(p.budget_kind, r.budget_kind) AS budget_kind,
    {_FIGURES.format("p")} AS kept, {_FIGURES.format("r")} AS reckoned
FROM position p FULL JOIN ({REPLAYED}) r USING (account, budget_kind)
WHERE (p.kind, p.owner, p.year, p.balance_pence, p.funded_pence)
    IS DISTINCT FROM (r.kind, r.owner, r.year, r.balance_pence, r.funded_pence) ORDER BY 1, 2
"""  # noqa: S608 - put together from our own SQL
_TWICE: Final = """
SELECT 'position of' AS what, account AS name, budget_kind FROM position GROUP BY 2, 3 HAVING count(*) > 1
UNION ALL SELECT 'cover of award', award, budget_kind FROM award_cover GROUP BY 2, 3 HAVING count(*) > 1 ORDER BY 1, 2, 3
"""
_COVERS: Final = """
WITH side AS (
    SELECT source AS account, target AS other, budget_kind, -pence AS change FROM entry
    UNION ALL SELECT target, source, budget_kind, pence FROM entry
), reckoned AS (
    SELECT split_part(account, ':', 2) AS award, budget_kind,
        coalesce(sum(change) FILTER (WHERE account LIKE 'award:%' AND other LIKE 'line:%'), 0) AS awarded_pence,
        coalesce(sum(change) FILTER (WHERE account LIKE 'spent:%'), 0) AS spent_pence
    FROM side WHERE account LIKE 'spent:%' OR account LIKE 'award:%' AND other LIKE 'line:%' GROUP BY 1, 2
)
SELECT coalesce(c.award, r.award) AS award, coalesce(c.budget_kind, r.budget_kind) AS budget_kind,
    c.awarded_pence AS kept_awarded, c.spent_pence AS kept_spent, r.awarded_pence, r.spent_pence
FROM award_cover c FULL JOIN reckoned r USING (award, budget_kind)
WHERE (c.awarded_pence, c.spent_pence) IS DISTINCT FROM (r.awarded_pence, r.spent_pence) ORDER BY 1, 2
"""


async def faults(db: Db) -> list[str]:
    """Each place where what the database keeps is not what its entries come to, in one sentence; amounts in pence."""
    return [*await _heads(db), *await _twice(db), *await _positions(db), *await _covers(db)]


async def _twice(db: Db) -> list[str]:
    """What a key forbids, unless somebody took the key away."""
    rows = await db.fetch(_TWICE)
    return [f"The {row['budget_kind']} {row['what']} {row['name']} is there twice." for row in rows]


async def _heads(db: Db) -> list[str]:
    found = []
    for head, table, name in (("ledger", "entry", "entries"), ("journal", "journal", "journal records")):
        rows = await db.fetch(_HEADS.format(table=head, rows=table))
        if len(rows) != 1:
            found.append(f"The {head}'s head is missing.")
            continue
        last_no, records, newest = rows[0]["last_no"], rows[0]["records"], rows[0]["newest"]
        if not last_no == records == newest:
            found.append(
                f"The {head}'s head stands at {last_no}, but there are {records} {name} and the newest is number {newest}."
            )
    return found


async def _positions(db: Db) -> list[str]:
    last_no = await db.fetchval("SELECT coalesce(max(number), 0) FROM entry")
    return [
        f"The {row['budget_kind']} position of {row['account']} is kept as {row['kept']}, but its entries come to {row['reckoned']}."
        for row in await db.fetch(_POSITIONS, last_no)
    ]


async def _covers(db: Db) -> list[str]:
    return [
        f"The {row['budget_kind']} cover of award {row['award']} is kept as {row['kept_awarded']} pence awarded and "
        f"{row['kept_spent']} spent, but its entries come to {row['awarded_pence']} and {row['spent_pence']}."
        for row in await db.fetch(_COVERS)
    ]
