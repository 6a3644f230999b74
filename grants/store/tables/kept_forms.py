"""Forms that came after their session had ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from grants.store.tables.columns import identifier, instant, link


class KeptForm(SQLModel, table=True):
    """A form of one person, sealed with a key that their browser alone has. `sent_at`: they went on with it."""

    __tablename__ = "kept_form"
    __table_args__ = (Index("ix_kept_form_created_at", "created_at"),)

    id: UUID = identifier()
    person_id: UUID = link("person.id", index=True)
    sealed: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    created_at: datetime = instant()
    sent_at: datetime | None = instant(null=True)
