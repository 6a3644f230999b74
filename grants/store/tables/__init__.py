"""Every table: SQLModel columns and database constraints, nothing else."""

from grants.store.tables.awards import Award, AwardTermsVersion, Payment, Recipient
from grants.store.tables.decisions import Decision
from grants.store.tables.evidence import EvidenceContent, EvidenceFile, VirusScan
from grants.store.tables.form_answers import FormAnswer
from grants.store.tables.kept_forms import KeptForm
from grants.store.tables.ledger import AwardCover, Entry, Forecast, JournalHead, JournalRecord, LedgerHead, Position
from grants.store.tables.matchings import MatchingRecord
from grants.store.tables.outbox import OutboxNotice
from grants.store.tables.people import ApiToken, IdempotentAnswer, Person, RoleGrant
from grants.store.tables.plan import FundingLine, HistoryEvent, Milestone, Programme
from grants.store.tables.register_loads import RegisterFile, RegisterLoad, RegisterRow
from grants.store.tables.reports import ReportAttempt, ReportFile, ReportPiece, ReportRun, ReportSchedule
from grants.store.tables.returns import (
    CollectionRound,
    ReturnEvent,
    ReturnProblem,
    ReturnVersion,
    SpendLine,
    SpendReturn,
    Workbook,
)
from grants.store.tables.sample_results import SampleResult
from grants.store.tables.signing_in import (
    BrowserSession,
    Credential,
    Invitation,
    ProviderFlow,
    ProviderIdentity,
    RecoveryCode,
    RequestBudget,
    SignInTry,
)

__all__ = [
    "ApiToken",
    "Award",
    "AwardCover",
    "AwardTermsVersion",
    "BrowserSession",
    "CollectionRound",
    "Credential",
    "Decision",
    "Entry",
    "EvidenceContent",
    "EvidenceFile",
    "Forecast",
    "FormAnswer",
    "FundingLine",
    "HistoryEvent",
    "IdempotentAnswer",
    "Invitation",
    "JournalHead",
    "JournalRecord",
    "KeptForm",
    "LedgerHead",
    "MatchingRecord",
    "Milestone",
    "OutboxNotice",
    "Payment",
    "Person",
    "Position",
    "Programme",
    "ProviderFlow",
    "ProviderIdentity",
    "Recipient",
    "RecoveryCode",
    "RegisterFile",
    "RegisterLoad",
    "RegisterRow",
    "ReportAttempt",
    "ReportFile",
    "ReportPiece",
    "ReportRun",
    "ReportSchedule",
    "RequestBudget",
    "ReturnEvent",
    "ReturnProblem",
    "ReturnVersion",
    "RoleGrant",
    "SampleResult",
    "SignInTry",
    "SpendLine",
    "SpendReturn",
    "VirusScan",
    "Workbook",
]
