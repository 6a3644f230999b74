"""Every table: SQLModel columns and database constraints, nothing else."""

from grants.store.tables.awards import Award, AwardTermsVersion, Payment, Recipient
from grants.store.tables.decisions import Decision
from grants.store.tables.ledger import AwardCover, Entry, Forecast, JournalHead, JournalRecord, LedgerHead, Position
from grants.store.tables.people import ApiToken, IdempotentAnswer, Person, RoleGrant
from grants.store.tables.plan import FundingLine, HistoryEvent, Milestone, Programme
from grants.store.tables.reports import ReportAttempt, ReportFile, ReportRun, ReportSchedule
from grants.store.tables.returns import (
    CollectionRound,
    ReturnEvent,
    ReturnProblem,
    ReturnVersion,
    SpendLine,
    SpendReturn,
    Workbook,
)

__all__ = [
    "ApiToken",
    "Award",
    "AwardCover",
    "AwardTermsVersion",
    "CollectionRound",
    "Decision",
    "Entry",
    "Forecast",
    "FundingLine",
    "HistoryEvent",
    "IdempotentAnswer",
    "JournalHead",
    "JournalRecord",
    "LedgerHead",
    "Milestone",
    "Payment",
    "Person",
    "Position",
    "Programme",
    "Recipient",
    "ReportAttempt",
    "ReportFile",
    "ReportRun",
    "ReportSchedule",
    "ReturnEvent",
    "ReturnProblem",
    "ReturnVersion",
    "RoleGrant",
    "SpendLine",
    "SpendReturn",
    "Workbook",
]
