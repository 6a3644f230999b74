"""Keeping an upload: its version, the bytes as they came, what its check came to, its problems and its lines."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from grants.domain.return_documents import Documents
from grants.domain.returns import CategoryForecast, CategoryTotal, Problem, ReturnState
from grants.store.transaction import Tx


@dataclass(frozen=True)
class Arrival:
    """A file as it came, as the version of that number of a return."""

    return_id: UUID
    number: int
    filename: str
    sha256: str
    note: str
    content: bytes


@dataclass(frozen=True)
class Outcome:
    """What the check of a file came to. `total_pence` is net plus irrecoverable VAT; `matching_id` what an extract was read by."""

    line_count: int
    total_pence: int
    totals: tuple[CategoryTotal, ...]
    forecasts: tuple[CategoryForecast, ...]
    header: dict[str, Any]
    parser_version: str
    template_version: str
    documents: Documents | None = None
    matching_id: UUID | None = None


UNCHECKED: Final = Outcome(0, 0, (), (), {}, "", "")

_PIECE_BYTES: Final = 1 << 19

# Each says to the database which version the lines that follow belong to.
_ADD: Final = """
WITH v AS (
    INSERT INTO return_version (return_id, number, state, filename, sha256, size_bytes, note, uploaded_by, uploaded_at, checked_at,
        lease_until, line_count, total_pence, totals, forecasts, header, parser_version, template_version, documents, matching_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15::jsonb, $16::jsonb, $17, $18, $19::jsonb, $20) RETURNING id
)
SELECT id, set_config('tallystick.version_id', id::text, true) FROM v
"""
_SETTLE: Final = """
UPDATE return_version SET state = $2, checked_at = $3, lease_until = NULL, line_count = $4, total_pence = $5, totals = $6::jsonb,
    forecasts = $7::jsonb, header = $8::jsonb, parser_version = $9, template_version = $10, documents = $11::jsonb,
    matching_id = $12
WHERE id = $1 RETURNING set_config('tallystick.version_id', id::text, true)
"""


async def add(tx: Tx, arrival: Arrival, state: ReturnState, outcome: Outcome, lease_until: datetime | None) -> int:
    """Adds a version and its bytes; its identifier. `lease_until` is when an unfinished check may be taken over."""
    version_id: int = await tx.db.fetchval(
        _ADD,
        arrival.return_id,
        arrival.number,
        state.value,
        arrival.filename,
        arrival.sha256,
        len(arrival.content),
        arrival.note,
        tx.actor.id,
        tx.now,
        tx.now if lease_until is None else None,
        lease_until,
        *_columns(outcome),
    )
    await tx.db.execute("INSERT INTO workbook (version_id, content) VALUES ($1, $2)", version_id, arrival.content)
    return version_id


async def settle(tx: Tx, version_id: int, state: ReturnState, outcome: Outcome) -> None:
    """Ends the check of a version that was added without its outcome."""
    await tx.db.execute(_SETTLE, version_id, state.value, tx.now, *_columns(outcome))


def _columns(outcome: Outcome) -> tuple[object, ...]:
    return (
        outcome.line_count,
        outcome.total_pence,
        _json(outcome.totals),
        _json(outcome.forecasts),
        _json(outcome.header),
        outcome.parser_version,
        outcome.template_version,
        None if outcome.documents is None else _json(outcome.documents),
        outcome.matching_id,
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_ADD_PROBLEMS: Final = """
INSERT INTO return_problem (version_id, code, severity, sheet, cell, value, message, number)
SELECT $1, found.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY AS found
"""


async def copy_lines(tx: Tx, lines: bytes, columns: tuple[str, ...]) -> None:
    """Takes lines in, as PostgreSQL's COPY text, for the version that `add` or `settle` named in this transaction.

    The version comes from there, never from the lines.
    """
    if lines:
        await tx.db.execute("SELECT lines_arrive()")
        await tx.db.copy_to_table(
            "arriving_line", schema_name="pg_temp", source=_pieces(lines), columns=columns, format="text"
        )
        named = ", ".join(columns)  # of our own table, never what somebody typed
        await tx.db.execute(f"INSERT INTO spend_line ({named}) SELECT {named} FROM pg_temp.arriving_line")  # noqa: S608


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    """Of a size that goes out at once. A file's reading would be left to a thread, and waited for."""
    for start in range(0, len(content), _PIECE_BYTES):
        yield content[start : start + _PIECE_BYTES]


async def add_problems(tx: Tx, version_id: int, problems: tuple[Problem, ...]) -> None:
    """Keeps a version's problems, in reading order."""
    if problems:
        names = ("code", "severity", "sheet", "cell", "value", "message")
        columns = [[str(getattr(problem, name)) for problem in problems] for name in names]
        await tx.db.execute(_ADD_PROBLEMS, version_id, *columns)
