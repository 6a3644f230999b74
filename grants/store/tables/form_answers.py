"""What forms were answered, for who goes back to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from grants.store.tables.columns import identifier, instant


class FormAnswer(SQLModel, table=True):
    """A page that a form was answered with, sealed with a key that one browser alone has. `person_id`: zeros before anybody signed in."""

    __tablename__ = "form_answer"
    __table_args__ = (Index("ix_form_answer_person_id_created_at", "person_id", "created_at"),)

    id: UUID = identifier()
    person_id: UUID = Field(nullable=False)
    sealed: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    created_at: datetime = instant()
