"""The databases that tests get: their own, as two roles of which the service's is the lesser."""

import asyncpg
import pytest

from grants.store import migrate
from tests.database import Database, DatabaseServer


async def test_each_test_has_a_database_at_the_newest_schema_that_nobody_else_sees(
    fresh_database: Database, database_server: DatabaseServer
) -> None:
    owner = await asyncpg.connect(fresh_database.owner_dsn)
    try:
        assert await owner.fetchval("SELECT version_num FROM alembic_version") == migrate.newest()
        await owner.execute("CREATE TABLE mine ()")
        with database_server.fresh() as other:
            elsewhere = await asyncpg.connect(other.owner_dsn)
            assert await elsewhere.fetchval("SELECT to_regclass('mine')") is None
            await elsewhere.close()
        with database_server.fresh(migrated=False) as empty:
            bare = await asyncpg.connect(empty.owner_dsn)
            assert await bare.fetchval("SELECT to_regclass('alembic_version')") is None
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError)):
            await bare.fetchval("SELECT 1")
        bare.terminate()
    finally:
        await owner.close()


async def test_neither_role_has_powers_over_the_server(fresh_database: Database) -> None:
    powers = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    owned = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
    for dsn, owns in ((fresh_database.owner_dsn, True), (fresh_database.service_dsn, False)):
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval(powers) is False
        assert (await connection.fetchval(owned) > 0) is owns
        await connection.close()
