"""How people prove who they are: passwords, second factors, providers, invitations, sessions, and limits on trying."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from grants.store.tables.columns import holds, identifier, instant, link, one_of, whole, words

INVITED_TO = ("join", "password", "second_factor")
SIGNED_IN_BY = ("password", "provider", "example")


def _bytes(*, key: bool = False, null: bool = False, unique: bool = False) -> Column[bytes]:
    return Column(LargeBinary(), primary_key=key, nullable=null and not key, unique=unique or None)


class Credential(SQLModel, table=True):
    """A person's password as argon2id keeps it, and their second factor, sealed with the service's key."""

    __tablename__ = "credential"

    person_id: UUID = link("person.id", key=True)
    password_hash: str | None = words(null=True)
    password_set_at: datetime | None = instant(null=True)
    totp_sealed: bytes | None = Field(default=None, sa_column=_bytes(null=True))
    totp_confirmed_at: datetime | None = instant(null=True)
    totp_last_step: int | None = whole(null=True)


class RecoveryCode(SQLModel, table=True):
    """The SHA-256 of a code that stands in for a second factor, once."""

    __tablename__ = "recovery_code"

    person_id: UUID = link("person.id", key=True)
    sha256: bytes = Field(sa_column=_bytes(key=True))
    created_at: datetime = instant()
    used_at: datetime | None = instant(null=True)


class ProviderIdentity(SQLModel, table=True):
    """Who a person is to an identity provider: one subject of each issuer."""

    __tablename__ = "provider_identity"
    __table_args__ = (UniqueConstraint("issuer", "person_id"),)

    issuer: str = words(key=True)
    subject: str = words(key=True)
    person_id: UUID = link("person.id", index=True)
    linked_at: datetime = instant()


class Invitation(SQLModel, table=True):
    """A link that works once; its SHA-256 is kept."""

    __tablename__ = "invitation"
    __table_args__ = (one_of("purpose", INVITED_TO),)

    id: UUID = identifier()
    person_id: UUID = link("person.id", index=True)
    sha256: bytes = Field(sa_column=_bytes(unique=True))
    purpose: str = words()
    created_by: UUID = link("person.id")
    created_at: datetime = instant()
    expires_at: datetime = instant()
    used_at: datetime | None = instant(null=True)
    revoked_at: datetime | None = instant(null=True)


class BrowserSession(SQLModel, table=True):
    """A browser in which somebody signed in; of its cookie the SHA-256 is kept. `factors` says how many were shown."""

    __tablename__ = "session"
    __table_args__ = (one_of("signed_in_by", SIGNED_IN_BY), holds("factors_counted", "factors BETWEEN 1 AND 2"))

    id: UUID = identifier()
    person_id: UUID = link("person.id", index=True)
    sha256: bytes = Field(sa_column=_bytes(unique=True))
    signed_in_by: str = words()
    factors: int = Field(sa_column=Column(SmallInteger(), nullable=False))
    browser: str = words()
    created_at: datetime = instant()
    seen_at: datetime = instant()
    ends_at: datetime = instant()
    ended_at: datetime | None = instant(null=True)
    ended_because: str | None = words(null=True)


class SignInTry(SQLModel, table=True):
    """Failures for one key – an account or an address, as a SHA-256 – and when it may be tried again."""

    __tablename__ = "sign_in_try"
    __table_args__ = (holds("failures_counted", "failures >= 0"),)

    key: bytes = Field(sa_column=_bytes(key=True))
    failures: int = whole()
    not_before: datetime = instant()
    tried_at: datetime = instant()


class ProviderFlow(SQLModel, table=True):
    """A sign-in that an identity provider is asked about: what must come back, once, in the same browser."""

    __tablename__ = "provider_flow"
    __table_args__ = (Index("ix_provider_flow_expires_at", "expires_at"),)

    state_sha256: bytes = Field(sa_column=_bytes(key=True))
    browser_sha256: bytes = Field(sa_column=_bytes())
    provider: str = words()
    nonce: str = words()
    verifier: str = words()
    created_at: datetime = instant()
    expires_at: datetime = instant()


class RequestBudget(SQLModel, table=True):
    """How many requests the replicas have claimed for a person in one window of time. It need not survive a crash."""

    __tablename__ = "request_budget"
    __table_args__ = (holds("claimed_counted", "claimed >= 0"), {"prefixes": ["UNLOGGED"]})

    person_id: UUID = link("person.id", key=True)
    window_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    claimed: int = whole()
