"""How everything stood at a place in the record: lines, recipients, awards, decisions and returns, the same for ever."""

from grants.store.standing.awards import AwardAt, awards_at
from grants.store.standing.decisions import DecisionAt, decisions_at
from grants.store.standing.plan import lines_at, recipients_at
from grants.store.standing.returns import EventAt, ReturnAt, VersionAt, returns_at
from grants.store.standing.sight import seeing_all

__all__ = [
    "AwardAt",
    "DecisionAt",
    "EventAt",
    "ReturnAt",
    "VersionAt",
    "awards_at",
    "decisions_at",
    "lines_at",
    "recipients_at",
    "returns_at",
    "seeing_all",
]
