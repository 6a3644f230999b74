"""The plan's tables."""

from datetime import date

from sqlmodel import SQLModel

from grants.domain.plan import BudgetKind, Rag, YearBasis
from grants.store.tables.columns import holds, one_of, whole, words


class Programme(SQLModel, table=True):
    """Funding lines that are led together."""

    __tablename__ = "programme"

    code: str = words(key=True)
    title: str = words()
    announced_on: date
    source: str = words()


class FundingLine(SQLModel, table=True):
    """Money with one purpose; changed by decisions only."""

    __tablename__ = "funding_line"
    __table_args__ = (
        one_of("year_basis", YearBasis),
        one_of("budget_kind", BudgetKind),
        holds("announced_not_negative", "announced_pence >= 0"),
    )

    code: str = words(key=True)
    programme: str = words(to="programme.code", index=True)
    title: str = words()
    purpose: str = words()
    announced_pence: int = whole()
    year: str = words()
    year_basis: str = words()
    budget_kind: str = words()
    do_not_publish: str | None = words(null=True)
    source: str = words()
    place: int = whole()


class Milestone(SQLModel, table=True):
    """A date to be met beside the money."""

    __tablename__ = "milestone"
    __table_args__ = (one_of("rag", Rag),)

    code: str = words(key=True)
    programme: str = words(to="programme.code", index=True)
    title: str = words()
    baseline: date | None = None
    forecast: date | None = None
    actual: date | None = None
    rag: str | None = words(null=True)
    comment: str = words()


class HistoryEvent(SQLModel, table=True):
    """Something that happened to the plan, with its source."""

    __tablename__ = "history_event"

    code: str = words(key=True)
    programme: str = words(to="programme.code", index=True)
    on_day: date
    text: str = words()
    source: str = words()
    amount_pence: int | None = whole(null=True)
    funding_line: str | None = words(null=True, to="funding_line.code")
    month_only: bool = False
