"""Report schedules, their runs, each attempt, and the files."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Index, Integer, LargeBinary, UniqueConstraint, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from grants.store.tables.columns import document, holds, identifier, instant, link, one_of, texts, whole, words

RUN_STATES = ("due", "running", "done", "failed")


class ReportSchedule(SQLModel, table=True):
    """Which report is made, of what, when; `receivers` are people, who are told when it is there."""

    __tablename__ = "report_schedule"
    __table_args__ = (one_of("state", ("active", "paused")),)

    id: UUID = identifier()
    report: str = words()
    title: str = words()
    filters: dict[str, Any] = document()
    formats: list[str] = texts()
    rule: dict[str, Any] = document()
    starts_on: date
    receivers: list[UUID] | None = Field(default=None, sa_column=Column(ARRAY(Uuid()), nullable=True))
    state: str = words()
    created_by: UUID = link("person.id")
    created_at: datetime = instant()
    is_example: bool = False


class ReportRun(SQLModel, table=True):
    """One report to be made once. `fence` grows with each claim: who holds an older one has lost the run.

    `since_…`: the place of the schedule's run before it, which its figures are held against; none for the first.
    """

    __tablename__ = "report_run"
    __table_args__ = (
        one_of("state", RUN_STATES),
        UniqueConstraint("schedule_id", "period", name="one_run_a_period"),
        holds("since_whole", "(since_entry_no IS NULL) = (since_journal_no IS NULL)"),
        Index("ix_report_run_open", "not_before", postgresql_where=sql("state IN ('due', 'running', 'failed')")),
        Index("ix_report_run_requested", "requested_at"),
    )

    id: UUID = identifier()
    schedule_id: UUID | None = link("report_schedule.id", null=True)
    period: str = words()
    report: str = words()
    filters: dict[str, Any] = document()
    formats: list[str] = texts()
    state: str = words()
    attempts: int = whole()
    fence: int = whole()
    not_before: datetime = instant()
    lease_until: datetime | None = instant(null=True)
    entry_no: int | None = whole(null=True)
    journal_no: int | None = whole(null=True)
    since_entry_no: int | None = whole(null=True)
    since_journal_no: int | None = whole(null=True)
    rows_done: int = whole()
    requested_by: UUID = link("person.id")
    requested_at: datetime = instant()
    finished_at: datetime | None = instant(null=True)
    is_example: bool = False


class ReportAttempt(SQLModel, table=True):
    """One try at a run: when, how long, how it ended."""

    __tablename__ = "report_attempt"

    run_id: UUID = link("report_run.id", key=True)
    number: int = whole(key=True)
    started_at: datetime = instant()
    ended_at: datetime | None = instant(null=True)
    failure: str | None = words(null=True)


class ReportFile(SQLModel, table=True):
    """A finished file; its bytes are in pieces."""

    __tablename__ = "report_file"

    run_id: UUID = Field(sa_column=Column(Uuid(), ForeignKey("report_run.id"), primary_key=True))
    format: str = words(key=True)
    filename: str = words()
    sha256: str = words()
    size_bytes: int = whole()


class ReportPiece(SQLModel, table=True):
    """A piece of a finished file, kept as it was made."""

    __tablename__ = "report_piece"
    __table_args__ = (ForeignKeyConstraint(["run_id", "format"], ["report_file.run_id", "report_file.format"]),)

    run_id: UUID = Field(sa_column=Column(Uuid(), primary_key=True))
    format: str = words(key=True)
    piece: int = Field(sa_column=Column(Integer(), primary_key=True, autoincrement=False))
    content: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
