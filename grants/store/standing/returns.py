"""Returns as they were at a place in the record: their versions, and the steps of their life until then."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from grants.domain.periods import london_day
from grants.domain.return_documents import Documents
from grants.domain.returns import SUBMITTED, CategoryForecast, CategoryTotal, ReturnDeed, ReturnState
from grants.domain.schedules import EVERYTHING, Filters
from grants.store.ledger import AsAt
from grants.store.standing.awards import AwardAt, awards_at
from grants.store.transaction import Db

_REVIEW: Final = frozenset({"start_review", "request_changes", "accept", "reopen"})
_CHECKED: Final = frozenset({"checked_good", "checked_bad", "give_up"})


@dataclass(frozen=True)
class EventAt:
    """A step in a return's life, and who took it. `message` is what they said to it."""

    journal_no: int
    deed: str
    state: ReturnState
    version: int
    person_id: UUID
    person: str
    at: datetime
    message: str


@dataclass(frozen=True)
class VersionAt:
    """One upload. What it came to, in pence, is nothing while it was being checked; who certified it, None until somebody had."""

    id: int
    number: int
    filename: str
    sha256: str
    uploader_id: UUID
    uploaded_by: str
    uploaded_at: datetime
    line_count: int
    total_pence: int
    totals: tuple[CategoryTotal, ...]
    forecasts: tuple[CategoryForecast, ...]
    documents: Documents | None
    certifier_id: UUID | None
    certifier: str | None
    certifier_role: str | None
    certified_at: datetime | None


@dataclass(frozen=True)
class ReturnAt:
    """A return that had been asked for. `versions` and `events` are in order; the last event says where it stood."""

    id: UUID
    award: AwardAt
    period: str
    due_on: date
    versions: tuple[VersionAt, ...]
    events: tuple[EventAt, ...]
    is_example: bool

    @property
    def state(self) -> ReturnState:
        """Where it stood."""
        return self.events[-1].state

    @property
    def version(self) -> int:
        """The number of its newest version; 0 before any upload."""
        return self.events[-1].version

    @property
    def newest(self) -> VersionAt | None:
        """Its newest version."""
        return next((found for found in self.versions if found.number == self.version), None)

    @property
    def accepted(self) -> VersionAt | None:
        """The version that was accepted and is in force; None where none is."""
        return self.newest if self.state is ReturnState.ACCEPTED else None

    @property
    def submitted_at(self) -> datetime | None:
        """When its newest version was certified, while that stands."""
        return self.newest.certified_at if self.newest and self.state in SUBMITTED else None

    @property
    def certifier(self) -> str | None:
        """Who certified its newest version, as they wrote their name."""
        return self.newest.certifier if self.newest else None

    @property
    def certifier_role(self) -> str | None:
        """In which office."""
        return self.newest.certifier_role if self.newest else None

    @property
    def reviewer(self) -> str | None:
        """Who last reviewed its newest version."""
        found = [event.person for event in self.events if event.deed in _REVIEW and event.version == self.version]
        return found[-1] if found else None

    def days_late(self, on: date) -> int:
        """Calendar days from the due date to the day of submission; to `on` while it is not submitted. 0: in time."""
        reached = london_day(self.submitted_at) if self.submitted_at else on
        return max((reached - self.due_on).days, 0)


_EVENTS: Final = """
SELECT e.return_id, e.journal_no, e.deed, e.state, e.version, e.person_id, p.name AS person, e.at, e.message
FROM return_event e JOIN person p ON p.id = e.person_id WHERE e.journal_no <= $1 ORDER BY e.return_id, e.journal_no
"""
_VERSIONS: Final = """
SELECT v.return_id, v.id, v.number, v.filename, v.sha256, v.uploaded_by AS uploader_id, p.name AS uploaded_by, v.uploaded_at, v.line_count,
    v.total_pence, v.totals::text AS totals, v.forecasts::text AS forecasts, v.documents::text AS documents,
    v.certified_by AS certifier_id, v.certified_name AS certifier, v.certified_role AS certifier_role, v.certified_at
FROM return_version v JOIN person p ON p.id = v.uploaded_by ORDER BY v.return_id, v.number
"""
_RETURNS: Final = """
SELECT id, award, period, due_on, is_example FROM spend_return
WHERE $1::text IS NULL OR period = $1 OR starts_with(period, $1 || '-') ORDER BY award, period
"""


async def returns_at(db: Db, at: AsAt, filters: Filters = EVERYTHING) -> list[ReturnAt]:
    """The returns that had been asked for, of the filters' programme, line, recipient and period, in order of award and period.

    Awards come in the order of `awards_at`. Raises RuleBroken for a reader who may not see all.
    """
    awards = {award.reference: award for award in await awards_at(db, at, filters)}
    events: dict[UUID, list[EventAt]] = defaultdict(list)
    for row in await db.fetch(_EVENTS, at.journal_no):
        facts = dict(row)
        of = facts.pop("return_id")
        events[of].append(EventAt(**{**facts, "state": ReturnState(facts["state"])}))
    versions: dict[UUID, list[VersionAt]] = defaultdict(list)
    for row in await db.fetch(_VERSIONS):
        if any(event.version >= row["number"] for event in events[row["return_id"]]):
            versions[row["return_id"]].append(_version(row, events[row["return_id"]]))
    rows = [row for row in await db.fetch(_RETURNS, filters.period) if row["award"] in awards and events[row["id"]]]
    place = {reference: number for number, reference in enumerate(awards)}
    return [
        ReturnAt(
            id=row["id"],
            award=awards[row["award"]],
            period=row["period"],
            due_on=row["due_on"],
            versions=tuple(versions[row["id"]]),
            events=tuple(events[row["id"]]),
            is_example=row["is_example"] or awards[row["award"]].is_example,
        )
        for row in sorted(rows, key=lambda row: (place[row["award"]], row["period"]))
    ]


def _version(row: asyncpg.Record, events: Sequence[EventAt]) -> VersionAt:
    facts = dict(row)
    del facts["return_id"]
    done = {event.deed for event in events if event.version == row["number"]}
    if not done & _CHECKED:
        facts |= {"line_count": 0, "total_pence": 0, "totals": "[]", "forecasts": "[]", "documents": None}
    if ReturnDeed.CERTIFY not in done:
        facts |= dict.fromkeys(("certifier_id", "certifier", "certifier_role", "certified_at"))
    documents = facts["documents"]
    return VersionAt(
        **{
            **facts,
            "totals": msgspec.json.decode(facts["totals"], type=tuple[CategoryTotal, ...]),
            "forecasts": msgspec.json.decode(facts["forecasts"], type=tuple[CategoryForecast, ...]),
            "documents": None if documents is None else msgspec.json.decode(documents, type=Documents),
        }
    )
