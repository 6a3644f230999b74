"""The embedded PostgreSQL: start after every kind of end, and one server a folder."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import asyncpg
import pytest

from grants.store import embedded, embedded_folders
from grants.store.embedded import AlreadyRunning, EmbeddedError
from tests.grants.store.data_folders import REPOSITORY, SERVE, finish, kept, run, serve, until_gone
from tests.patience import SECONDS


async def test_a_second_start_keeps_the_data_and_makes_nothing_anew(data_dir: Path) -> None:
    made = (data_dir / "postgres" / "PG_VERSION").stat().st_ino
    for _ in range(2):
        async with await embedded.start(data_dir) as server:
            assert await kept(server) == 123410
    assert (data_dir / "postgres" / "PG_VERSION").stat().st_ino == made


async def test_only_one_may_serve_and_the_other_is_told(made_once: Path) -> None:
    async with await embedded.start(made_once) as server:
        with pytest.raises(AlreadyRunning, match=rf"already running on {made_once} \(process {os.getpid()}\)"):
            await embedded.start(made_once)
        command: list[str | Path] = [sys.executable, "-c", textwrap.dedent(SERVE), made_once]
        other = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert "AlreadyRunning: Tallystick is already running on" in other.stderr
        assert await kept(server) == 123410


async def test_a_command_can_reach_the_server_that_another_process_runs(made_once: Path) -> None:
    with pytest.raises(EmbeddedError, match="not running"):
        await embedded.attach(made_once)
    async with await embedded.start(made_once) as server:
        async with await embedded.attach(made_once) as guest:
            assert await kept(guest) == 123410
        assert await kept(server) == 123410
    with pytest.raises(EmbeddedError, match="not running"):
        await embedded.attach(made_once / "nowhere")


async def test_after_postgres_was_killed(data_dir: Path) -> None:
    server = await embedded.start(data_dir)
    await run(server.owner_dsn, "UPDATE kept SET amount_pence = 7")
    busy = await asyncpg.connect(server.owner_dsn)  # holds the dead server's memory for a moment
    assert server.process is not None
    server.process.kill()
    await server.stop()
    async with await embedded.start(data_dir) as again:
        assert await kept(again) == 7
    busy.terminate()


async def test_after_everything_was_killed_at_once(data_dir: Path) -> None:
    parent, postgres = serve(data_dir)
    os.kill(postgres, signal.SIGKILL)
    finish(parent, signal.SIGKILL)
    async with await embedded.start(data_dir) as server:
        assert await kept(server) == 123410


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_the_server_never_outlives_its_parent(data_dir: Path, how: signal.Signals) -> None:
    parent, postgres = serve(data_dir)
    finish(parent, how)
    async with await embedded.start(data_dir) as server:  # at once, while the old one may still be closing
        assert await kept(server) == 123410
        until_gone(postgres)


async def test_a_leftover_that_nothing_stopped_is_stopped_cleanly(data_dir: Path) -> None:
    folders = embedded_folders.find_folders(data_dir)
    command: list[str | Path] = [
        folders.programs / "postgres",
        "-D",
        folders.cluster,
        "-c",
        f"unix_socket_directories={folders.sockets}",
        "-c",
        "listen_addresses=",
    ]
    leftover = subprocess.Popen(command, **folders.account.popen_options(), stderr=subprocess.PIPE, text=True)
    try:
        assert leftover.stderr is not None
        while "ready to accept" not in (line := leftover.stderr.readline()):
            assert line, "it ended before it was ready"
        async with await embedded.start(data_dir) as server:
            assert await kept(server) == 123410
        assert "database system is shut down" in leftover.communicate(timeout=SECONDS)[1]
    finally:
        leftover.kill()
        leftover.wait()


async def test_a_note_of_a_process_that_is_now_another_one(data_dir: Path) -> None:
    """After a restart of the machine the number in postmaster.pid may belong to anybody."""
    folders = embedded_folders.find_folders(data_dir)
    stranger = subprocess.Popen(["/bin/sleep", "600"], **folders.account.popen_options())
    try:
        note = folders.cluster / "postmaster.pid"
        note.write_text(f"{stranger.pid}\n{folders.cluster}\n1\n5432\n{folders.sockets}\n\n  1 1\nready\n")
        folders.account.own(note)
        async with await embedded.start(data_dir) as server:
            assert await kept(server) == 123410
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_a_first_start_that_was_cut_short(data_dir: Path) -> None:
    """During initdb, and after it, before the roles and the database were there."""
    async with await embedded.start(data_dir) as server:
        await run(server.superuser_dsn, "DROP DATABASE tallystick")
        await run(server.superuser_dsn, "DROP ROLE tallystick_owner")
    async with await embedded.start(data_dir) as server:
        assert await run(server.owner_dsn, "SELECT to_regclass('kept')") is None
    shutil.rmtree(data_dir / "postgres")
    (data_dir / "postgres.new").mkdir()
    (data_dir / "postgres.new" / "half").touch()
    async with await embedded.start(data_dir) as server:
        assert await run(server.service_dsn, "SELECT 1") == 1


async def test_ctrl_c_in_the_terminal_does_not_reach_the_server(made_once: Path) -> None:
    async with await embedded.start(made_once) as server:
        assert server.process is not None
        assert os.getsid(server.process.pid) == server.process.pid != os.getsid(0)


async def test_a_cluster_that_does_not_start_says_why(data_dir: Path) -> None:
    (data_dir / "postgres" / "postgresql.conf").write_text("no_such_setting = on\n")
    with pytest.raises(EmbeddedError, match=r"stopped at once.*postgres\.log"):
        await embedded.start(data_dir)
    (data_dir / "postgres" / "postgresql.conf").write_text("")
    async with await embedded.start(data_dir) as server:
        assert await kept(server) == 123410
