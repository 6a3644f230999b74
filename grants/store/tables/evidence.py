"""Evidence files of returns, their bytes in pieces, and what scans for viruses have said of files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from grants.domain.evidence import EvidenceKind
from grants.store.tables.columns import holds, identifier, instant, link, one_of, whole, words


class EvidenceFile(SQLModel, table=True):
    """A file that was attached to a return, or to one of its lines: by reference, or by version and row."""

    __tablename__ = "evidence_file"
    __table_args__ = (
        one_of("kind", EvidenceKind),
        UniqueConstraint("return_id", "number", name="one_file_a_number"),
        holds("row_of_a_version", "(line_version IS NULL) = (line_row IS NULL)"),
        holds("one_way_to_a_line", "line_reference IS NULL OR line_row IS NULL"),
        holds(
            "withdrawn_by_somebody",
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL)",
        ),
    )

    id: UUID = identifier()
    return_id: UUID = link("spend_return.id")
    number: int = whole()
    line_reference: str | None = words(null=True)
    line_version: int | None = whole(null=True)
    line_row: int | None = whole(null=True)
    filename: str = words()
    kind: str = words()
    sha256: str = words()
    size_bytes: int = whole()
    uploaded_by: UUID = link("person.id")
    uploaded_at: datetime = instant()
    withdrawn_by: UUID | None = link("person.id", null=True)
    withdrawn_at: datetime | None = instant(null=True)
    withdrawal_reason: str | None = words(null=True)


class EvidenceContent(SQLModel, table=True):
    """A piece of a file's bytes. The same bytes are kept once for a return, however often they are attached."""

    __tablename__ = "evidence_content"

    return_id: UUID = link("spend_return.id", key=True)
    sha256: str = words(key=True)
    piece: int = Field(sa_column=Column(Integer(), primary_key=True, autoincrement=False))
    content: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))


class VirusScan(SQLModel, table=True):
    """What the newest scan of some bytes of a return came to; those that were not scanned yet have no row."""

    __tablename__ = "virus_scan"
    __table_args__ = (
        one_of("state", ("clean", "infected", "failed")),
        holds("tried_again_after_failure", "(state = 'failed') = (next_try_at IS NOT NULL)"),
        holds("virus_has_a_name", "(state = 'infected') = (virus IS NOT NULL)"),
        Index("ix_virus_scan_failed", "next_try_at", postgresql_where=sql("state = 'failed'")),
    )

    return_id: UUID = link("spend_return.id", key=True)
    sha256: str = words(key=True)
    state: str = words()
    engine: str | None = words(null=True)
    virus: str | None = words(null=True)
    scanned_at: datetime = instant()
    attempts: int = whole()
    next_try_at: datetime | None = instant(null=True)
