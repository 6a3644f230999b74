"""Files that programme leads loaded – registers of awards, payments of the finance system – and what became of each row."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, LargeBinary, Uuid
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from grants.domain.registers import LoadState, Outcome, RegisterKind
from grants.store.tables.columns import document, identifier, instant, link, one_of, texts, whole, words


class RegisterLoad(SQLModel, table=True):
    """A file that was loaded. `number` is the order of loading; `programmes` are those that its rows are about, where all of them could be told."""

    __tablename__ = "register_load"
    __table_args__ = (
        one_of("kind", RegisterKind),
        one_of("state", LoadState),
        Index("ix_register_load_sha256", "kind", "sha256"),
    )

    id: UUID = identifier()
    number: int | None = Field(
        default=None, sa_column=Column(BigInteger(), Identity(always=True), nullable=False, unique=True)
    )
    kind: str = words()
    state: str = words()
    programmes: list[str] = texts()
    filename: str = words()
    sha256: str = words()
    size_bytes: int = whole()
    parser_version: str = words()
    problems: list[Any] = document()
    notices: list[Any] = document()
    loaded_by: UUID = link("person.id")
    loaded_at: datetime = instant()
    is_example: bool = False


class RegisterFile(SQLModel, table=True):
    """The bytes as they came. What they hash to stands with the load."""

    __tablename__ = "register_file"

    load_id: UUID = Field(sa_column=Column(Uuid(), ForeignKey("register_load.id"), primary_key=True))
    content: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))


class RegisterRow(SQLModel, table=True):
    """What became of one row. `decision` is the number of the proposal that it is about; `proposed` rows made theirs."""

    __tablename__ = "register_row"
    __table_args__ = (
        one_of("outcome", Outcome),
        Index(
            "ix_register_row_decision",
            "decision",
            postgresql_where=sql("decision IS NOT NULL"),
        ),
    )

    load_id: UUID = link("register_load.id", key=True)
    number: int = whole(key=True)
    sheet: str = words()
    row: int = whole()
    cell: str = words()
    outcome: str = words()
    message: str = words()
    reference: str = words()
    pence: int = whole()
    award: str | None = words(null=True)
    paid_on: date | None = None
    transaction: str = words()
    decision: int | None = whole(null=True, to="decision.number")
