"""Recipients, their awards, the terms of each, and payments."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from grants.domain.awards import AwardState
from grants.domain.plan import BudgetKind
from grants.domain.recipients import RecipientKind
from grants.store.tables.columns import document, holds, identifier, instant, link, one_of, whole, words


class Recipient(SQLModel, table=True):
    """An organisation that money goes to. `id` is its identifier in the register of its kind."""

    __tablename__ = "recipient"
    __table_args__ = (one_of("kind", RecipientKind),)

    id: str = words(key=True)
    name: str = words(index=True)
    kind: str = words()
    identifiers: dict[str, str] = document()
    is_example: bool = False


class Award(SQLModel, table=True):
    """Money promised to one recipient from one funding line. `removed_on`: when what was personal in it outlived its years."""

    __tablename__ = "award"
    __table_args__ = (one_of("state", AwardState),)

    reference: str = words(key=True)
    funding_line: str = words(to="funding_line.code", index=True)
    recipient_id: str = words(to="recipient.id", index=True)
    state: str = words()
    terms_version: int = whole()
    is_example: bool = False
    created_at: datetime = instant()
    removed_on: date | None = None


class AwardTermsVersion(SQLModel, table=True):
    """The terms of an award from one decision to the next; the newest are in force."""

    __tablename__ = "award_terms"

    award: str = words(key=True, to="award.reference")
    version: int = whole(key=True)
    terms: dict[str, Any] = document()
    decision_id: UUID = link("decision.id")


class Payment(SQLModel, table=True):
    """Money paid to a recipient, against an instalment of the profile or a claim: one of the two, never neither."""

    __tablename__ = "payment"
    __table_args__ = (
        one_of("budget_kind", BudgetKind),
        holds("amount_positive", "pence > 0"),
        holds("profile_or_claim", "(instalment IS NULL) <> (claim IS NULL)"),
    )

    id: UUID = identifier()
    award: str = words(to="award.reference", index=True)
    decision_id: UUID = link("decision.id", unique=True)
    entry_no: int = whole(to="entry.number", unique=True)
    year: str = words()
    budget_kind: str = words()
    pence: int = whole()
    instalment: int | None = whole(null=True)
    claim: UUID | None = link("spend_return.id", null=True, index=True)
    paid_on: date
