"""Spend returns: their states and who may move them, their lines, and the problems found in them."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from msgspec import Struct

from grants.domain.awards import AwardMilestone, BudgetLine, CostCategory, SpendDetail
from grants.domain.earlier_returns import EarlierReturn
from grants.domain.errors import Conflict
from grants.domain.matchings import Remembered
from grants.domain.plan import BudgetKind
from grants.domain.return_documents import Documents


class ReturnState(StrEnum):
    """Where a return stands. `submitted` is another word for certified."""

    DUE = "due"
    CHECKING = "checking"
    HAS_PROBLEMS = "has_problems"
    READY = "ready_to_certify"
    CERTIFIER_DECLINED = "certifier_declined"
    CERTIFIED = "certified"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    ACCEPTED = "accepted"
    REOPENED = "reopened"


class ReturnDeed(StrEnum):
    """What moves a return from one state to another."""

    UPLOAD = "upload"
    CHECKED_BAD = "checked_bad"
    CHECKED_GOOD = "checked_good"
    GIVE_UP = "give_up"
    CERTIFY = "certify"
    DECLINE = "decline_to_certify"
    START_REVIEW = "start_review"
    REQUEST_CHANGES = "request_changes"
    ACCEPT = "accept"
    REOPEN = "reopen"


_S, _D = ReturnState, ReturnDeed
TAKES_UPLOAD: Final = frozenset(
    {_S.DUE, _S.HAS_PROBLEMS, _S.READY, _S.CERTIFIER_DECLINED, _S.CHANGES_REQUESTED, _S.REOPENED}
)
SUBMITTED: Final = frozenset({_S.CERTIFIED, _S.IN_REVIEW, _S.ACCEPTED})
_MOVES: Final[dict[ReturnDeed, tuple[frozenset[ReturnState], ReturnState]]] = {
    _D.UPLOAD: (TAKES_UPLOAD, _S.CHECKING),
    _D.CHECKED_BAD: (frozenset({_S.CHECKING}), _S.HAS_PROBLEMS),
    _D.CHECKED_GOOD: (frozenset({_S.CHECKING}), _S.READY),
    _D.GIVE_UP: (frozenset({_S.CHECKING}), _S.HAS_PROBLEMS),
    _D.CERTIFY: (frozenset({_S.READY}), _S.CERTIFIED),
    _D.DECLINE: (frozenset({_S.READY}), _S.CERTIFIER_DECLINED),
    _D.START_REVIEW: (frozenset({_S.CERTIFIED}), _S.IN_REVIEW),
    _D.REQUEST_CHANGES: (frozenset({_S.CERTIFIED, _S.IN_REVIEW}), _S.CHANGES_REQUESTED),
    _D.ACCEPT: (frozenset({_S.CERTIFIED, _S.IN_REVIEW}), _S.ACCEPTED),
    _D.REOPEN: (frozenset({_S.ACCEPTED}), _S.REOPENED),
}
_WAIT_FOR: Final = {
    _S.DUE: "It is waiting for a workbook.",
    _S.CHECKING: "A workbook is being checked. Wait until that has ended.",
    _S.HAS_PROBLEMS: "It has problems. Upload a corrected workbook first.",
    _S.READY: "It is waiting to be certified.",
    _S.CERTIFIER_DECLINED: "The certifier declined it. Upload a corrected workbook first.",
    _S.CERTIFIED: "It has been certified and is waiting for review.",
    _S.IN_REVIEW: "It is being reviewed.",
    _S.CHANGES_REQUESTED: "Changes were requested. Upload a corrected workbook first.",
    _S.ACCEPTED: "It has been accepted and is locked. A programme lead can reopen it.",
    _S.REOPENED: "It was reopened. Upload a corrected workbook first.",
}


def move(state: ReturnState, deed: ReturnDeed) -> ReturnState:
    """The state after the deed. Raises Conflict `return_state`, with what the return is waiting for."""
    allowed, target = _MOVES[deed]
    if state not in allowed:
        raise Conflict("return_state", f"This return cannot do that now. {_WAIT_FOR[state]}", state=state.value)
    return target


class Severity(StrEnum):
    """An error stops a return; a warning asks for a reason in words, which stays with it."""

    ERROR = "error"
    WARNING = "warning"


class Problem(Struct, frozen=True):
    """Something wrong in a spreadsheet: a value, never an exception.

    `cell` is a cell or a range, "G17" or "G17:G40"; empty where a whole sheet is meant.
    `value` is what was typed, and never goes to a log; `message` says what is wrong and what to type.
    """

    code: str
    severity: Severity
    sheet: str
    cell: str
    message: str
    value: str = ""

    @property
    def place(self) -> str:
        """Spend!G17, or Spend."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


class SpendLine(Struct, frozen=True):
    """One line of spend. Its amount is net plus irrecoverable VAT; `cell` is where the net amount stands."""

    row: int
    cell: str
    reference: str
    category: CostCategory
    description: str
    payee: str
    spent_on: date
    budget_kind: BudgetKind
    net_pence: int
    vat_pence: int
    accrual: bool
    evidence: str

    @property
    def pence(self) -> int:
        """What the line counts for, in pence; below zero for a credit."""
        return self.net_pence + self.vat_pence


class CategoryTotal(Struct, frozen=True):
    """The accepted or claimed spend of one cost category and budget kind, in pence."""

    category: CostCategory
    budget_kind: BudgetKind
    pence: int


def in_postable_order(totals: Sequence[CategoryTotal], accounted: Mapping[BudgetKind, int]) -> list[CategoryTotal]:
    """Totals in an order in which each can enter the ledger, if the return as a whole can; empty ones are left out.

    A credit that today's `accounted` pence cover comes first and makes room; one that they do not waits for the claims.
    """
    left = dict(accounted)
    early, late = [], []
    for total in totals:
        if total.pence < 0 and left.get(total.budget_kind, 0) + total.pence >= 0:
            left[total.budget_kind] += total.pence
            early.append(total)
        elif total.pence < 0:
            late.append(total)
    return [*early, *(total for total in totals if total.pence > 0), *late]


class CategoryForecast(Struct, frozen=True):
    """What a recipient expects to spend in a later quarter of the same year; `cell` is where it was typed."""

    category: CostCategory
    budget_kind: BudgetKind
    quarter: str
    pence: int
    cell: str


class ReturnContext(Struct, frozen=True):
    """All that a return is checked against: the award as it stands before this return.

    `budget` holds the lines of the return's financial year; `accepted` what earlier returns of that year had
    accepted, this return's own earlier versions not counted. `earlier` are the recipient's other returns. `acts_for` are the
    recipients whose returns the sender may upload, by identifier and name; empty where nobody in particular sends it.
    `matchings` are the recipient's newest, by which extracts of its finance system are read.
    `before` is what the award's newest accepted return told of milestones and assets, `forecasts` what it expects of the
    quarters left of the year. Thresholds are in pence; what is
    None is not asked for, and without `today` nothing is held against the calendar.
    """

    award: str
    recipient_id: str
    recipient_name: str
    delivery_body: str
    period: str
    award_start: date
    award_end: date
    budget: tuple[BudgetLine, ...]
    accepted: tuple[CategoryTotal, ...] = ()
    ineligible: tuple[str, ...] = ()
    virement_percent: int = 10
    amber_percent: int = 5
    earlier: tuple[EarlierReturn, ...] = ()
    is_example: bool = False
    acts_for: tuple[tuple[str, str], ...] = ()
    matchings: tuple[Remembered, ...] = ()
    detail: SpendDetail = SpendDetail.TRANSACTIONS
    asset_threshold_pence: int | None = None
    evidence_from_pence: int | None = None
    milestones: tuple[AwardMilestone, ...] = ()
    before: Documents = Documents()
    forecasts: tuple[CategoryForecast, ...] = ()
    today: date | None = None
