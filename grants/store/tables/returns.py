"""Collection rounds, spend returns, their versions, workbooks, problems and lines."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from grants.domain.awards import CostCategory, Frequency
from grants.domain.plan import BudgetKind
from grants.domain.returns import ReturnDeed, ReturnState, Severity
from grants.domain.rounds import RoundState
from grants.store.tables.columns import document, holds, identifier, instant, link, one_of, whole, words


class CollectionRound(SQLModel, table=True):
    """One period's collection: it opens, creates the returns that are due, and closes."""

    __tablename__ = "collection_round"
    __table_args__ = (
        one_of("state", RoundState),
        one_of("frequency", Frequency),
        UniqueConstraint("programme", "period", name="one_round_a_period"),
    )

    id: UUID = identifier()
    programme: str = words(to="programme.code")
    period: str = words()
    frequency: str = words()
    opens_on: date
    due_on: date
    state: str = words()
    is_example: bool = False
    reminders: dict[str, Any] | None = document(null=True)


class SpendReturn(SQLModel, table=True):
    """What one award must account for in one period. Its state is the newest event's."""

    __tablename__ = "spend_return"
    __table_args__ = (
        one_of("state", ReturnState),
        UniqueConstraint("award", "period", name="one_return_a_period"),
        Index("ix_spend_return_state", "state"),
    )

    id: UUID = identifier()
    award: str = words(to="award.reference")
    period: str = words()
    round_id: UUID = link("collection_round.id", index=True)
    due_on: date
    state: str = words()
    version: int = whole()
    is_example: bool = False


class ReturnVersion(SQLModel, table=True):
    """One upload: the file's facts, what it came to, who certified it.

    `documents` are its milestones, assets and declarations; none for a file that has no sheets for them.
    """

    __tablename__ = "return_version"
    __table_args__ = (
        one_of("state", ReturnState),
        UniqueConstraint("return_id", "number", name="one_version_a_number"),
        holds("three_people", "certified_by IS DISTINCT FROM uploaded_by"),
        Index("ix_return_version_checking", "uploaded_at", "id", postgresql_where=sql("state = 'checking'")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger(), Identity(always=True), primary_key=True))
    return_id: UUID = link("spend_return.id")
    number: int = whole()
    state: str = words()
    filename: str = words()
    sha256: str = words()
    size_bytes: int = whole()
    parser_version: str = words()
    template_version: str = words()
    note: str = words()
    uploaded_by: UUID = link("person.id")
    uploaded_at: datetime = instant()
    checked_at: datetime | None = instant(null=True)
    lease_until: datetime | None = instant(null=True)
    line_count: int = whole()
    total_pence: int = whole()
    totals: list[Any] = document()
    forecasts: list[Any] = document()
    header: dict[str, Any] = document()
    documents: dict[str, Any] | None = document(null=True)
    certified_by: UUID | None = link("person.id", null=True)
    certified_name: str | None = words(null=True)
    certified_role: str | None = words(null=True)
    certified_at: datetime | None = instant(null=True)
    matching_id: UUID | None = link("matching.id", null=True)


class Workbook(SQLModel, table=True):
    """The bytes as they came. What they hash to stands with the version."""

    __tablename__ = "workbook"

    version_id: int = Field(
        sa_column=Column(BigInteger(), ForeignKey("return_version.id"), primary_key=True, autoincrement=False)
    )
    content: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))


class ReturnEvent(SQLModel, table=True):
    """One step in a return's life, in the order of the journal."""

    __tablename__ = "return_event"
    __table_args__ = (one_of("deed", [*ReturnDeed, "opened"]), one_of("state", ReturnState))

    return_id: UUID = link("spend_return.id", key=True)
    journal_no: int = whole(key=True, to="journal.number", at_end=True)
    deed: str = words()
    state: str = words()
    version: int = whole()
    person_id: UUID = link("person.id")
    at: datetime = instant()
    message: str = words()


class ReturnProblem(SQLModel, table=True):
    """A problem of one version; `reason` is what the recipient says to a warning."""

    __tablename__ = "return_problem"
    __table_args__ = (
        one_of("severity", Severity),
        holds("reasons_for_warnings", "reason IS NULL OR severity = 'warning'"),
    )

    version_id: int = Field(
        sa_column=Column(BigInteger(), ForeignKey("return_version.id"), primary_key=True, autoincrement=False)
    )
    number: int = whole(key=True)
    code: str = words()
    severity: str = words()
    sheet: str = words()
    cell: str = words()
    value: str = words()
    message: str = words()
    reason: str | None = words(null=True)
    reason_by: UUID | None = link("person.id", null=True)


class SpendLine(SQLModel, table=True):
    """One line of one version: the evidence below the ledger. Filled by COPY alone.

    `version_id` takes its value from the transaction that copies, so that what a reader of a stranger's file hands
    over cannot name another return. That the version exists is asked once a statement, by a trigger.
    """

    __tablename__ = "spend_line"
    __table_args__ = (
        PrimaryKeyConstraint("version_id", "row", postgresql_include=["fingerprint"]),
        Index(
            "ix_spend_line_reference",
            "reference",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
            postgresql_ops={"reference": "text_bloom_ops (n_distinct_per_range='2400', false_positive_rate='0.005')"},
        ),
        holds("category_known", "category IN ({})".format(", ".join(f"'{value}'" for value in CostCategory))),
        holds("budget_kind_known", "budget_kind IN ({})".format(", ".join(f"'{value}'" for value in BudgetKind))),
    )

    version_id: int = Field(
        sa_column=Column(
            BigInteger(),
            primary_key=True,
            autoincrement=False,
            server_default=sql("(current_setting('tallystick.version_id')::bigint)"),
        )
    )
    row: int = Field(sa_column=Column(Integer(), primary_key=True, autoincrement=False))
    sheet: str = words()
    cell: str = words()
    reference: str = words()
    category: str = words()
    description: str = words()
    payee: str = words()
    spent_on: date
    budget_kind: str = words()
    net_pence: int = whole()
    vat_pence: int = whole()
    accrual: bool = Field(default=False)
    evidence: str = words()
    fingerprint: int = whole()
