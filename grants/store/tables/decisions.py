"""Decisions: what one person proposes and another approves or declines."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from grants.domain.decisions import DecisionKind, DecisionState
from grants.store.tables.columns import document, holds, identifier, instant, link, one_of, whole, words


class Decision(SQLModel, table=True):
    """A proposal and what became of it. `number` is the order in which proposals were made."""

    __tablename__ = "decision"
    __table_args__ = (
        one_of("kind", DecisionKind),
        one_of("state", DecisionState),
        holds("two_people", "decided_by IS DISTINCT FROM proposed_by"),
        holds(
            "decided_whole",
            "(state = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)",
        ),
        Index("ix_decision_proposed", "number", postgresql_where=sql("state = 'proposed'")),
    )

    id: UUID = identifier()
    number: int | None = Field(
        default=None, sa_column=Column(BigInteger(), Identity(always=True), nullable=False, unique=True)
    )
    kind: str = words()
    state: str = words()
    programme: str = words(to="programme.code", index=True)
    subject: str = words(index=True)
    recipient_id: str | None = words(null=True, to="recipient.id")
    terms: dict[str, Any] = document()
    based_on: int | None = whole(null=True)
    reason: str = words()
    proposed_by: UUID = link("person.id")
    proposed_at: datetime = instant()
    decided_by: UUID | None = link("person.id", null=True)
    decided_at: datetime | None = instant(null=True)
    decision_reason: str | None = words(null=True)
    is_example: bool = False
