"""Awards as they were at a place in the record: their terms then, their state then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import asyncpg
import msgspec

from grants.domain.awards import AwardState, AwardTerms
from grants.domain.decisions import DecisionKind
from grants.domain.periods import london_day
from grants.domain.plan import FundingLine
from grants.domain.recipients import RecipientKind
from grants.domain.schedules import EVERYTHING, Filters
from grants.store.ledger import AsAt
from grants.store.standing.plan import lines_at
from grants.store.transaction import Db


@dataclass(frozen=True)
class AwardAt:
    """An award as it was. `do_not_publish` is the line's reason, or else the award's own; `made_on` is a day in London.

    `decision_no` and `decision_kind` are those of the decision that made its terms.
    """

    reference: str
    programme: str
    funding_line: str
    line_title: str
    recipient_id: str
    recipient_name: str
    recipient_kind: RecipientKind
    state: AwardState
    terms: AwardTerms
    terms_version: int
    decision_no: int
    decision_kind: DecisionKind
    made_on: date
    is_example: bool
    do_not_publish: str | None


_AWARDS: Final = """
WITH later AS (
    SELECT number, deed, subject_kind, subject, before FROM journal
    WHERE number > $1 AND (subject_kind = 'decision' AND deed = 'decide' OR subject_kind = 'award' AND deed = 'move_award')
), moved AS (
    SELECT DISTINCT ON (reference) reference, state FROM (
        SELECT number, subject AS reference, before ->> 'state' AS state FROM later WHERE subject_kind = 'award'
        UNION ALL SELECT x.number, d.subject, x.before ->> 'state' FROM later x JOIN decision d ON d.id::text = x.subject
        WHERE d.kind = 'withdraw' AND d.state = 'approved'
    ) moves WHERE state IS NOT NULL ORDER BY reference, number
), terms AS (
    SELECT DISTINCT ON (award) award, version, terms, decision_id FROM award_terms t
    WHERE NOT EXISTS (SELECT FROM later x WHERE x.subject_kind = 'decision' AND x.subject = t.decision_id::text)
    ORDER BY award, version DESC
)
SELECT a.reference, a.funding_line, a.recipient_id, c.name AS recipient_name, c.kind AS recipient_kind,
    coalesce(m.state, a.state) AS state, t.terms::text AS terms, t.version AS terms_version, a.created_at, d.number AS decision_no, d.kind AS decision_kind,
    a.is_example OR c.is_example AS is_example
FROM award a JOIN terms t ON t.award = a.reference JOIN decision d ON d.id = t.decision_id JOIN recipient c ON c.id = a.recipient_id LEFT JOIN moved m ON m.reference = a.reference
WHERE ($2::text IS NULL OR a.recipient_id = $2) AND ($3::text IS NULL OR a.funding_line = $3)
ORDER BY a.reference
"""


async def awards_at(db: Db, at: AsAt, filters: Filters = EVERYTHING) -> list[AwardAt]:
    """The awards that had been made, of the filters' programme, line and recipient, by line in the plan's order and reference.

    Raises RuleBroken for a reader who may not see all.
    """
    lines = {line.code: line for line in await lines_at(db, at, filters)}
    rows = await db.fetch(_AWARDS, at.journal_no, filters.recipient, filters.funding_line)
    place = {code: number for number, code in enumerate(lines)}
    found = [_award(row, lines) for row in rows if row["funding_line"] in lines]
    return sorted(found, key=lambda award: (award.programme, place[award.funding_line], award.reference))


def _award(row: asyncpg.Record, lines: Mapping[str, FundingLine]) -> AwardAt:
    facts = dict(row)
    line, terms = lines[row["funding_line"]], msgspec.json.decode(row["terms"], type=AwardTerms)
    made_on = london_day(facts.pop("created_at"))
    return AwardAt(
        **{
            **facts,
            "programme": line.programme,
            "line_title": line.title,
            "recipient_kind": RecipientKind(row["recipient_kind"]),
            "state": AwardState(row["state"]),
            "terms": terms,
            "decision_kind": DecisionKind(row["decision_kind"]),
            "made_on": made_on,
            "do_not_publish": line.do_not_publish or terms.do_not_publish,
        }
    )
