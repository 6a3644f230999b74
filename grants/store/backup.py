"""Everything in one file, and back: every table as one moment saw it, restored whole or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg
from sqlmodel import SQLModel

from grants.store import ledger, reckoning
from grants.store.backup_file import FORMAT, BackupError, BackupReader, BackupWriter, Manifest, Part
from grants.store.migrate import newest
from grants.store.tables import JournalHead, JournalRecord, LedgerHead, Person
from grants.store.transaction import Db

__all__ = ["BackupError", "Summary", "back_up", "restore"]

Progress = Callable[[str, int], None]
"""Told the table at work and how many of its rows are done."""

_ON_THE_WAY_OUT: Final = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lock_timeout": "60s",
}
_FROM_THE_START: Final = {
    LedgerHead.__tablename__: "last_no = 0",
    JournalHead.__tablename__: "last_no <= 1",
    JournalRecord.__tablename__: "subject_kind = 'person' AND subject = 'service'",
    Person.__tablename__: "email LIKE '%@service.invalid'",
}
"""Rows that an empty database has, which a backup brings again: the service's own actors, and that they were added."""


@dataclass(frozen=True)
class Summary:
    """What was backed up or restored. `size_bytes` is the file's."""

    path: Path
    made_at: datetime
    schema: str
    entry_no: int
    journal_no: int
    tables: int
    rows: int
    size_bytes: int


async def back_up(owner_dsn: str, path: Path, progress: Progress | None = None) -> Summary:
    """Writes every table, as one moment saw it, into a new file that only its owner can read. The service may go on meanwhile.

    It holds people's names, recipients' files and hashes of tokens, but no secret of the data folder.
    Raises BackupError.
    """
    tell = progress or _nobody
    async with _connected(owner_dsn) as db, db.transaction(isolation="repeatable_read", readonly=True):
        await _require_newest(db)
        with BackupWriter(path) as writer:
            await _require_all_shown(db)
            parts = [await _copy_out(db, writer, table, tell) for table in _tables()]
            at = await ledger.head(db)
            manifest = Manifest(
                format=FORMAT,
                made_at=await db.fetchval("SELECT now()"),
                schema=newest(),
                entry_no=at.entry_no,
                journal_no=at.journal_no,
                sequences=await _sequences(db),
                parts=tuple(parts),
            )
            return _summary(path, manifest, writer.finish(manifest))


async def restore(owner_dsn: str, path: Path, progress: Progress | None = None) -> Summary:
    """Brings a backup into an empty database of the same schema; whatever goes wrong, the database stays empty.

    The figures are reckoned again from the entries before anything is kept. Raises BackupError.
    """
    tell = progress or _nobody
    with BackupReader(path) as reader:
        manifest = reader.manifest()
        await asyncio.to_thread(reader.check, manifest)
        async with _connected(owner_dsn) as db, db.transaction():
            await _require_newest(db)
            if manifest.schema != newest():
                raise BackupError(
                    f"{path} was made at schema {manifest.schema} and the database is at {newest()}: restore it with the "
                    "Tallystick that made it, then bring that database to the newest schema."
                )
            await _bring_in(db, reader, manifest, tell)
            for name, value in manifest.sequences.items():  # last of all: a sequence does not roll back
                await db.execute("SELECT setval($1::text::regclass, $2)", name, value)
        return _summary(path, manifest, reader.size_bytes)


async def _bring_in(db: Db, reader: BackupReader, manifest: Manifest, tell: Progress) -> None:
    tables = _tables()
    if sorted(part.table for part in manifest.parts) != sorted(tables):
        raise BackupError("The backup does not have the tables of this schema.")
    await db.execute(f"LOCK TABLE {', '.join(_quoted(table) for table in tables)} IN ACCESS EXCLUSIVE MODE")
    await _require_empty(db, tables)
    await db.execute(
        "SET CONSTRAINTS ALL IMMEDIATE"
    )  # what still has to be asked would keep the triggers from changing
    # What numbers, adds up and refuses must stand aside for rows that were numbered and added up before; and COPY goes into
    # no table whose rules bind its owner.
    for table in tables:
        await db.execute(f"ALTER TABLE {_quoted(table)} DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY")
    for table in _FROM_THE_START:
        await db.execute(f"DELETE FROM {_quoted(table)}")  # noqa: S608 - our own tables' names
    parts = {part.table: part for part in manifest.parts}
    for table in tables:
        await _copy_in(db, reader, parts[table], tell)
    for table in tables:
        await db.execute(f"ALTER TABLE {_quoted(table)} ENABLE TRIGGER USER, FORCE ROW LEVEL SECURITY")
    await _require_sound(db, manifest)


async def _copy_out(db: Db, writer: BackupWriter, table: str, tell: Progress) -> Part:
    columns = await _columns(db, table)
    with writer.part(table, columns) as part:
        failure: list[Exception] = []

        async def take(piece: bytes) -> None:
            if failure:
                return
            try:
                part.write(piece)
                tell(table, part.rows)
            except Exception as error:  # noqa: BLE001 - raised below: an error in here leaves asyncpg waiting for ever
                failure.append(error)

        await db.copy_from_table(
            table, schema_name="public", columns=columns, output=take, format="text", encoding="utf-8"
        )
        if failure:
            raise failure[0]
        tell(table, part.rows)
        return part.part()


async def _copy_in(db: Db, reader: BackupReader, part: Part, tell: Progress) -> None:
    if set(part.columns) != set(await _columns(db, part.table)):
        raise BackupError(f"The backup's table {part.table} does not have the columns of this schema.")

    async def pieces() -> AsyncIterator[bytes]:
        rows = 0
        for piece in reader.pieces(part):
            yield piece
            rows += piece.count(b"\n")
            tell(part.table, rows)

    done: str = await db.copy_to_table(
        part.table, schema_name="public", columns=part.columns, source=pieces(), format="text", encoding="utf-8"
    )
    if done != f"COPY {part.rows}":
        raise BackupError(f"The backup promised {part.rows} rows of {part.table} and did not bring them.")


async def _require_newest(db: Db) -> None:
    known = await db.fetchval("SELECT to_regclass('public.alembic_version') IS NOT NULL")
    if not known or await db.fetchval("SELECT version_num FROM alembic_version") != newest():
        raise BackupError("The database is not at the newest schema: run tallystick migrate first.")


_UNGUARDED: Final = "SELECT count(*) FROM pg_class WHERE oid = ANY($1::text[]::regclass[]) AND NOT (relrowsecurity AND relforcerowsecurity)"
_HIDING: Final = """
SELECT c.relname FROM pg_class c JOIN pg_roles me ON me.rolname = current_user
WHERE c.oid = ANY($1::text[]::regclass[]) AND c.relrowsecurity AND NOT (me.rolsuper OR me.rolbypassrls) AND (
    NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
        AND p.polroles = ARRAY[me.oid] AND pg_get_expr(p.polqual, c.oid) = 'true')
    OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive)
) ORDER BY 1
"""


async def _require_all_shown(db: Db) -> None:
    """A rule that hid rows would make a backup with holes: a refusal is better."""
    hiding = await db.fetch(_HIDING, [_quoted(table) for table in _tables()])
    if hiding:
        raise BackupError(
            f"The database does not show all rows of {hiding[0]['relname']}: connect as the owner of its tables."
        )


async def _require_empty(db: Db, tables: list[str]) -> None:
    for table in tables:
        expected = _FROM_THE_START.get(table, "false")
        if await db.fetchval(f"SELECT EXISTS (SELECT FROM {_quoted(table)} WHERE NOT ({expected}))"):  # noqa: S608
            raise BackupError("The database is not empty: restore into a new one, so that nothing is written over.")


async def _require_sound(db: Db, manifest: Manifest) -> None:
    at = await ledger.head(db)
    if (at.entry_no, at.journal_no) != (manifest.entry_no, manifest.journal_no):
        raise BackupError("The backup's heads of ledger and journal are not those that it promised.")
    if found := await reckoning.faults(db):
        raise BackupError(f"The backup's figures do not add up. {found[0]}")
    off = await db.fetchval("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'")
    if off:
        raise BackupError("The database's guards could not be set again.")
    if await db.fetchval(_UNGUARDED, [_quoted(table) for table in _tables()]):
        raise BackupError("The database's rules of who sees what could not be set again.")


async def _columns(db: Db, table: str) -> tuple[str, ...]:
    """The columns that hold something of their own, in the table's order."""
    rows = await db.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = '' ORDER BY attnum",
        _quoted(table),
    )
    return tuple(row["attname"] for row in rows)


async def _sequences(db: Db) -> dict[str, int]:
    rows = await db.fetch(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename) AS name, last_value FROM pg_sequences "
        "WHERE schemaname = 'public' AND last_value IS NOT NULL ORDER BY 1"
    )
    return {row["name"]: row["last_value"] for row in rows}


def _tables() -> list[str]:
    """Every table but the schema's own version, those first that others refer to."""
    return [str(table.name) for table in SQLModel.metadata.sorted_tables]


def _quoted(table: str) -> str:
    return f'public."{table}"'


def _summary(path: Path, manifest: Manifest, size_bytes: int) -> Summary:
    rows = sum(part.rows for part in manifest.parts)
    tables = len(manifest.parts)
    at = (manifest.made_at, manifest.schema, manifest.entry_no, manifest.journal_no)
    return Summary(path, *at, tables, rows, size_bytes)


def _nobody(table: str, rows: int) -> None:
    """Nobody watches."""


@asynccontextmanager
async def _connected(owner_dsn: str) -> AsyncIterator[Db]:
    """A connection as the tables' owner; what goes wrong on it becomes one sentence, without the values of any row."""
    try:
        connection = await asyncpg.connect(
            owner_dsn, server_settings={**_ON_THE_WAY_OUT, "application_name": "tallystick"}
        )
        try:
            yield connection
        finally:
            await connection.close(timeout=10)
    except asyncpg.InsufficientPrivilegeError as error:
        raise BackupError("The database refused: connect as the owner of its tables.") from error
    except asyncpg.PostgresError as error:
        place = " ".join(filter(None, (getattr(error, "table_name", None), getattr(error, "constraint_name", None))))
        raise BackupError(f"The database refused: {type(error).__name__} {place}".rstrip() + ".") from error
    except OSError as error:
        raise BackupError(f"The database does not answer: {error.strerror or error}.") from error
