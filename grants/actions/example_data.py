"""What the file of example data holds."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from grants.domain.access import Role
from grants.domain.awards import AwardState, AwardTerms, CostCategory
from grants.domain.decisions import DecisionState, DecisionTerms
from grants.domain.plan import BudgetKind, Rag
from grants.domain.recipients import NewRecipient
from grants.domain.returns import ReturnState
from grants.domain.schedules import Filters, Rule

_FILE: Final = Path(__file__).resolve().parent.parent / "data" / "example.toml"


class ExamplePerson(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody with one role; `over` names the recipient or programme that it is held for."""

    name: str
    email: str
    role: Role
    over: str | None = None

    @property
    def roles(self) -> tuple[tuple[Role, str | None], ...]:
        """The role and what it is held for."""
        return ((self.role, self.over),)


class ExampleAward(Struct, frozen=True, forbid_unknown_fields=True):
    """An award and the state that it is brought to."""

    reference: str
    funding_line: str
    recipient_id: str
    terms: AwardTerms
    state: AwardState = AwardState.ACTIVE


class ExampleRound(Struct, frozen=True, forbid_unknown_fields=True):
    """A collection round to open."""

    programme: str
    period: str


class ExampleLine(Struct, frozen=True, array_like=True):
    """A line of spend as a person types it: `net` is text, and need not be an amount."""

    reference: str
    category: CostCategory
    description: str
    payee: str
    spent_on: date
    net: str
    evidence: str
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class ExampleMilestone(Struct, frozen=True, forbid_unknown_fields=True):
    """How a milestone of the award stands in one return."""

    title: str
    forecast: date | None = None
    actual: date | None = None
    rag: Rag | None = None
    comment: str = ""


class ExampleAsset(Struct, frozen=True, array_like=True):
    """An asset that one return adds; `cost` is text, as a person types it."""

    reference: str
    description: str
    acquired_on: date
    cost: str
    location: str
    serial: str


class ExampleReturn(Struct, frozen=True, forbid_unknown_fields=True):
    """A return, as a person fills it in, and the state that it is brought to.

    `forecast` is what is typed for each quarter that is left, by category; 0 where it names none. `message` is what
    whoever sends it back says.
    """

    award: str
    period: str
    state: ReturnState
    lines: tuple[ExampleLine, ...]
    forecast: dict[CostCategory, str] = {}
    reason: str = ""
    message: str = ""
    milestones: tuple[ExampleMilestone, ...] = ()
    assets: tuple[ExampleAsset, ...] = ()


class ExampleDecision(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision and the state that it is brought to; `answer` is what the second person says."""

    state: DecisionState
    reason: str
    terms: DecisionTerms
    answer: str = ""


class ExampleSchedule(Struct, frozen=True, forbid_unknown_fields=True):
    """A report schedule; `receivers` are addresses of example people."""

    report: str
    title: str
    rule: Rule
    filters: Filters = Filters()
    receivers: tuple[str, ...] = ()


class ExampleData(Struct, frozen=True, forbid_unknown_fields=True):
    """All of it, in the order in which it happens."""

    person: tuple[ExamplePerson, ...]
    recipient: tuple[NewRecipient, ...]
    award: tuple[ExampleAward, ...]
    round: tuple[ExampleRound, ...]
    returns: tuple[ExampleReturn, ...] = msgspec.field(name="return")
    decision: tuple[ExampleDecision, ...] = ()
    schedule: tuple[ExampleSchedule, ...] = ()


@cache
def example_data() -> ExampleData:
    """The example data that comes with the service."""
    return msgspec.toml.decode(_FILE.read_bytes(), type=ExampleData)
