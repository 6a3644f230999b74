"""Matchings of extracts, by recipient and shape."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from grants.store.tables.columns import document, identifier, instant, link, whole, words


class MatchingRecord(SQLModel, table=True):
    """How tables of one shape are read, as somebody of the recipient confirmed it. The highest number is in force."""

    __tablename__ = "matching"
    __table_args__ = (UniqueConstraint("recipient_id", "shape", "is_example", "number", name="one_matching_a_number"),)

    id: UUID = identifier()
    recipient_id: str = words(to="recipient.id")
    shape: str = words()
    number: int = whole()
    matching: dict[str, Any] = document()
    confirmed_by: UUID = link("person.id")
    confirmed_at: datetime = instant()
    is_example: bool
