"""The outbox: notices that wait, are being sent, or were."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Column, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from grants.domain.notices import Notice, NoticeState
from grants.store.tables.columns import holds, identifier, instant, link, one_of, whole, words


class OutboxNotice(SQLModel, table=True):
    """One notice to one person. `sealed` is an invitation's link, until it is sent; words are made when they are sent.

    The database itself adds rows (queue_notices, queue_invitation): see 0012_outbox.sql. `again`: how often an administrator had it sent again.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("what", Notice),
        one_of("state", NoticeState),
        holds("leased_while_sending", "(state = 'sending') = (lease_until IS NOT NULL)"),
        holds("ended_in_the_end", "(state IN ('waiting', 'sending')) = (ended_at IS NULL)"),
        holds("no_secret_in_the_end", "ended_at IS NULL OR sealed IS NULL"),
        UniqueConstraint("what", "about", "person_id", "which", name="one_notice_once"),
        Index("ix_outbox_to_do", "not_before", postgresql_where=sql("state IN ('waiting', 'sending')")),
        Index("ix_outbox_addressed", "ended_at", postgresql_where=sql("address IS NOT NULL")),
        Index("ix_outbox_queued", "queued_at", "id"),
    )

    id: UUID = identifier()
    what: str = words()
    about: UUID
    person_id: UUID = link("person.id")
    which: str = words()
    state: str = words()
    is_example: bool = Field(sa_column=Column(Boolean(), nullable=False))
    queued_at: datetime = instant()
    not_before: datetime = instant()
    attempts: int = whole()
    fence: int = whole()
    again: int | None = whole(null=True)
    lease_until: datetime | None = instant(null=True)
    transport: str | None = words(null=True)
    address: str | None = words(null=True)
    handed_over_at: datetime | None = instant(null=True)
    ended_at: datetime | None = instant(null=True)
    failure: str | None = words(null=True)
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary(), nullable=True))
