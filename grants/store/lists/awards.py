"""The list of awards: each with its money over all years and kinds, and how far its returns are."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import asyncpg

from grants.domain.awards import AwardState
from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.lists.sight import Sight
from grants.store.transaction import Db

_TEXT: Final = """
SELECT a.reference, a.recipient_id, c.name AS recipient_name, l.programme, a.funding_line, l.title AS line_title,
    t.terms ->> 'purpose' AS purpose, a.state,
    (SELECT coalesce(sum(p.funded_pence), 0)::bigint FROM position p WHERE p.kind = 'award' AND p.owner = a.reference) AS awarded_pence,
    (SELECT coalesce(sum(p.funded_pence - p.balance_pence), 0)::bigint FROM position p WHERE p.kind = 'award' AND p.owner = a.reference)
        AS paid_pence,
    (SELECT coalesce(sum(p.balance_pence), 0)::bigint FROM position p WHERE p.kind = 'spent' AND p.owner = a.reference) AS spent_pence,
    (SELECT count(*) FROM spend_return r WHERE r.award = a.reference AND r.state = 'accepted') AS returns_accepted,
    (SELECT count(*) FROM spend_return r WHERE r.award = a.reference) AS returns_expected,
    (t.terms ->> 'end')::date AS ends_on, a.is_example
FROM award a JOIN recipient c ON c.id = a.recipient_id JOIN funding_line l ON l.code = a.funding_line
    JOIN award_terms t ON t.award = a.reference AND t.version = a.terms_version
WHERE ($1::text[] IS NULL OR l.programme = ANY($1) OR $2::text[] IS NULL OR a.recipient_id = ANY($2))
    AND ($3::text IS NULL OR a.funding_line = $3) AND ($4::text IS NULL OR a.recipient_id = $4)
    AND ($5::text[] IS NULL OR a.state = ANY($5))
"""
AWARDS: Final = ListQuery(
    _TEXT,
    words=frozenset(
        {
            *("reference", "recipient_id", "recipient_name", "programme", "funding_line", "line_title", "purpose"),
            "state",
        }
    ),
    values=frozenset(
        {
            "awarded_pence",
            "paid_pence",
            "spent_pence",
            "returns_accepted",
            "returns_expected",
            "ends_on",
            "is_example",
        }
    ),
    unique="reference",
)


@dataclass(frozen=True)
class Among:
    """The awards of one funding line, to one recipient, in some states; None: of any."""

    line: str | None = None
    recipient: str | None = None
    states: Collection[AwardState] | None = None


async def awards(db: Db, wanted: Wanted, sight: Sight, among: Among) -> Listed[asyncpg.Record]:
    """One page of the awards of the programmes or of the recipients that may be seen."""
    states = None if among.states is None else sorted(among.states)
    return await listed(db, AWARDS, wanted, [*sight.arguments, among.line, among.recipient, states])


async def funding_lines(db: Db, sight: Sight) -> list[tuple[str, str]]:
    """Codes and titles of the funding lines that have awards, in order of code."""
    rows = await db.fetch(
        "SELECT l.code, l.title FROM funding_line l WHERE EXISTS (SELECT FROM award a WHERE a.funding_line = l.code "
        "AND ($1::text[] IS NULL OR l.programme = ANY($1) OR $2::text[] IS NULL OR a.recipient_id = ANY($2))) ORDER BY l.code",
        *sight.arguments,
    )
    return [(row["code"], row["title"]) for row in rows]
