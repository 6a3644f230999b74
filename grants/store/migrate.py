"""Bringing a database to the newest schema, as its owner."""

import asyncio
from contextlib import suppress
from functools import cache
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

SERVICE_ROLE = "tallystick_service"
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_ONE_AT_A_TIME = 7_461_229_018
"""The advisory lock that keeps two migrations apart."""


NO_ROLE = (
    f"This user of the database may not act as the role {SERVICE_ROLE}. As an administrator of PostgreSQL, run: "
    f"CREATE ROLE {SERVICE_ROLE}; GRANT {SERVICE_ROLE} TO this user. The first may have been done already."
)


class MigrationFailed(Exception):
    """The database cannot be brought to the newest schema. The message says what to do."""


def upgrade(owner_dsn: str) -> None:
    """Brings the database to the newest schema; changes nothing where it is there already.

    Raises MigrationFailed where the connecting role may not create the service's role.
    """
    asyncio.run(_upgrade(owner_dsn))


def engine_url(dsn: str) -> str:
    """A PostgreSQL URL as SQLAlchemy wants it for asyncpg."""
    scheme, rest = dsn.split("://", 1)
    if not scheme.startswith("postgres"):
        raise MigrationFailed("The database's URL must begin with postgresql://")
    return f"postgresql+asyncpg://{rest}"


@cache
def newest() -> str:
    """The identifier of the newest migration."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if head is None:
        raise MigrationFailed("This installation has no migrations. Install it again.")
    return head


async def is_newest(dsn: str) -> bool:
    """Whether a database is at the newest migration."""
    connection = await asyncpg.connect(dsn)
    try:
        return bool(await connection.fetchval("SELECT version_num FROM alembic_version") == newest())
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()


async def _upgrade(owner_dsn: str) -> None:
    engine = create_async_engine(engine_url(owner_dsn), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            await _ensure_service_role(connection)
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


async def _ensure_service_role(connection: AsyncConnection) -> None:
    """Makes the service's role where it is missing, and this user a member of it where that is this user's to do.

    The owner of the tables need not be a member: the service may sign in as somebody else, who is one.
    """
    known = text("SELECT true FROM pg_roles WHERE rolname = :role").bindparams(role=SERVICE_ROLE)
    if not await connection.scalar(known):
        try:
            async with connection.begin_nested():
                await connection.execute(text(f"CREATE ROLE {SERVICE_ROLE} NOLOGIN"))
        except DBAPIError as error:
            # Roles are of the whole server: the migration of another database may have been quicker.
            if not await connection.scalar(known):
                raise MigrationFailed(NO_ROLE) from error
    member = "SELECT pg_has_role(current_user, :role, 'MEMBER')"
    if not await connection.scalar(text(member), {"role": SERVICE_ROLE}):
        with suppress(DBAPIError):
            async with connection.begin_nested():
                await connection.execute(text(f"GRANT {SERVICE_ROLE} TO CURRENT_USER"))


def _run(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
