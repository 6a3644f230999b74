"""People, their roles, their tokens, and the answers that a repeated request gets again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from grants.domain.access import Role
from grants.store.tables.columns import holds, identifier, instant, link, one_of, texts, words


class Person(SQLModel, table=True):
    """Somebody, or one of the service's own actors, who does deeds."""

    __tablename__ = "person"
    __table_args__ = (holds("email_lower", "email = lower(email)"),)

    id: UUID = identifier()
    email: str = words(unique=True)
    name: str = words()
    active: bool = True
    is_example: bool = False
    created_at: datetime = instant()
    ended_at: datetime | None = instant(null=True)


class RoleGrant(SQLModel, table=True):
    """A role that a person holds; `over` names recipients or programmes, NULL means all."""

    __tablename__ = "role_grant"
    __table_args__ = (
        one_of("role", Role),
        holds("not_by_oneself", "granted_by IS DISTINCT FROM person_id"),
        Index("ix_role_grant_person", "person_id", postgresql_where=sql("ended_at IS NULL")),
    )

    id: UUID = identifier()
    person_id: UUID = link("person.id")
    role: str = words()
    over: list[str] | None = texts(null=True)
    granted_by: UUID | None = link("person.id", null=True)
    granted_at: datetime = instant()
    ended_at: datetime | None = instant(null=True)


class ApiToken(SQLModel, table=True):
    """A token's SHA-256; the token itself is shown once and never kept. `deeds` NULL: all that its person may do."""

    __tablename__ = "api_token"

    id: UUID = identifier()
    person_id: UUID = link("person.id", index=True)
    sha256: bytes = Field(sa_column=Column(LargeBinary(), nullable=False, unique=True))
    label: str = words()
    created_at: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(null=True)
    deeds: list[str] | None = texts(null=True)
    last_used_at: datetime | None = instant(null=True)


class IdempotentAnswer(SQLModel, table=True):
    """What a request with an Idempotency-Key was answered, kept in the deed's own transaction."""

    __tablename__ = "idempotent_answer"

    person_id: UUID = link("person.id", key=True)
    key: str = words(key=True)
    fingerprint: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    answer: bytes | None = Field(default=None, sa_column=Column(LargeBinary(), nullable=True))
    created_at: datetime = instant()
