"""The kinds of column that the tables share, and the constraints that go with them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Dialect, ForeignKey, Text, TypeDecorator, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field


class _Whole(TypeDecorator[int]):
    """A bigint that takes whole numbers only: the driver would cut 10.5 down to 10 without a word."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """The number as it is. Raises TypeError for anything else."""
        if value is not None and type(value) is not int:
            raise TypeError("a whole number is needed")
        return value


def identifier() -> Any:
    """A random primary key: one that people may see and cannot guess."""
    return Field(default_factory=uuid4, sa_column=Column(Uuid(), primary_key=True))


def words(
    *, key: bool = False, null: bool = False, to: str | None = None, unique: bool = False, index: bool = False
) -> Any:
    """A text column; `to` names the column that it refers to."""
    links = [ForeignKey(to)] if to else []
    column: Column[str] = Column(
        Text(), *links, primary_key=key, nullable=null and not key, unique=unique or None, index=index or None
    )
    return Field(default=None, sa_column=column) if null else Field(sa_column=column)


def link(to: str, *, key: bool = False, null: bool = False, index: bool = False, unique: bool = False) -> Any:
    """A column that refers to a random identifier."""
    column: Column[UUID] = Column(
        Uuid(), ForeignKey(to), primary_key=key, nullable=null and not key, index=index or None, unique=unique or None
    )
    return Field(default=None, sa_column=column) if null else Field(sa_column=column)


def whole(
    *,
    key: bool = False,
    null: bool = False,
    to: str | None = None,
    at_end: bool = False,
    unique: bool = False,
    index: bool = False,
) -> Any:
    """A whole number: pence, a count, or a number in a sequence that the code gives.

    With `at_end` what it refers to is asked for when the transaction ends.
    """
    links = [ForeignKey(to, deferrable=at_end or None, initially="DEFERRED" if at_end else None)] if to else []
    column: Column[int] = Column(
        _Whole(),
        *links,
        primary_key=key,
        nullable=null and not key,
        autoincrement=False if key else "auto",
        unique=unique or None,
        index=index or None,
    )
    return Field(default=None, sa_column=column) if null else Field(sa_column=column)


def instant(*, null: bool = False) -> Any:
    """A moment, in UTC."""
    column: Column[datetime] = Column(DateTime(timezone=True), nullable=null)
    return (
        Field(default=None, sa_column=column)
        if null
        else Field(default_factory=lambda: datetime.now(UTC), sa_column=column)
    )


def document(*, null: bool = False) -> Any:
    """A JSON document."""
    column: Column[Any] = Column(JSONB(none_as_null=True), nullable=null)
    return Field(default=None, sa_column=column) if null else Field(sa_column=column)


def texts(*, null: bool = False) -> Any:
    """A list of texts."""
    return Field(default=None, sa_column=Column(ARRAY(Text()), nullable=null))


def one_of(column: str, values: type[StrEnum] | Iterable[str], *, null: bool = False) -> CheckConstraint:
    """The column holds one of the values. `null` is for the reader: SQL's CHECK lets NULL through."""
    names = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({names})", name=f"{column}_known")


def holds(name: str, condition: str) -> CheckConstraint:
    """A named condition that every row keeps."""
    return CheckConstraint(condition, name=name)
