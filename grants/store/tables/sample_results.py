"""What auditors found when they tested the items of a sample."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import SQLModel

from grants.domain.samples import Outcome
from grants.store.tables.columns import holds, identifier, instant, link, one_of, whole, words


class SampleResult(SQLModel, table=True):
    """One result of one item of a run's sample. A later one of the same item takes its place; both are kept.

    `pence` is the amount that the auditor found, where it is another.
    """

    __tablename__ = "sample_result"
    __table_args__ = (
        one_of("outcome", Outcome),
        holds("amounts_that_differ", "pence IS NULL OR outcome = 'differs'"),
        Index("ix_sample_result_item", "item", "journal_no"),
        Index("ix_sample_result_run", "run_id", "journal_no"),
    )

    id: UUID = identifier()
    run_id: UUID = link("report_run.id")
    item: str = words()
    outcome: str = words()
    finding: str = words()
    pence: int | None = whole(null=True)
    recorded_by: UUID = link("person.id")
    recorded_at: datetime = instant()
    journal_no: int = whole(to="journal.number", at_end=True)
