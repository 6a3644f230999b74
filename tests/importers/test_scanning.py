"""Files scanned by clamd: what it finds is told beside the file, and what is not clean does not leave."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grants.actions.people import OPERATOR
from grants.actions.proof import verify
from importers.scanning import Clamd, ScanFailed, Scanner
from tests.database import Database
from tests.grants.mail.post import Post
from tests.grants.web.browsing import at_work
from tests.grants.web.test_evidence import PDF, sent, uploaded
from tests.importers.clamd import EICAR, SmallClamd, small_clamd
from tests.patience import SECONDS, until
from tests.service import Clock, Service, running

REAL = os.environ.get("TALLYSTICK_TEST_CLAMD", "")
"""Where a real clamd listens that the protocol is to be tried on; without one the small server is."""


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


@pytest.mark.parametrize("way", ["tcp", "unix"])
async def test_a_virus_is_found_and_a_clean_file_is_not_blamed(tmp_path: Path, way: str) -> None:
    async with small_clamd(str(tmp_path / "s") if way == "unix" else None) as (_, address):
        clamd = Clamd(REAL or address)
        clean = await clamd.scan(pieces(b"%PDF", b"-1.7" * 300_000, b"\0"))
        assert clean.virus is None
        assert clean.engine.startswith("ClamAV ")
        found = await clamd.scan(pieces(EICAR[:20], EICAR[20:]))
        assert found.virus is not None
        assert "eicar" in found.virus.casefold()


async def test_what_is_sent_is_the_file_and_nothing_else() -> None:
    async with small_clamd() as (small, address):
        await Clamd(address).scan(pieces(b"a" * 100_000, b"b"))
        await Clamd(address).scan(pieces())
    assert small.files == [b"a" * 100_000 + b"b", b""]


@pytest.mark.parametrize("fault", ["fails", "hangs", "cut", "small"])
async def test_a_scan_without_an_answer_has_failed_and_is_never_clean(fault: str) -> None:
    async with small_clamd() as (small, address):
        setattr(small, "stream_max" if fault == "small" else fault, 10 if fault == "small" else True)
        with pytest.raises(ScanFailed) as failure:
            await Clamd(address, seconds=1 if fault == "hangs" else SECONDS).scan(pieces(*[b"x" * 1_000_000] * 5))
    assert failure.value.is_alive


@contextmanager
def _nobodys_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def test_a_clamd_that_is_not_there() -> None:
    with _nobodys_port() as port:
        for address in (f"127.0.0.1:{port}", "/nowhere/clamd.sock"):
            with pytest.raises(ScanFailed) as failure:
                await Clamd(address).scan(pieces(b"x"))
            assert not failure.value.is_alive


@pytest.fixture
async def scanning(
    fresh_database: Database, clock: Clock, tmp_path: Path
) -> AsyncIterator[tuple[Service, SmallClamd, Scanner, str]]:
    """The service with a scanner of the test's own, that nothing but the test sets to work, and the door of a return."""
    async with small_clamd() as (small, address), running(fresh_database, clock, tmp_path, clamd=address) as service:
        await service.award()
        await service.open_round()
        [found] = (await service.get("officer", "/returns"))["items"]
        yield service, small, Scanner(service.gate, Clamd(address)), f"/returns/{found['id']}/evidence"


async def scan_of(service: Service, door: str, who: str = "officer") -> Any:
    return (await service.get(who, door))["files"][-1]["scan"]


async def test_a_file_waits_and_leaves_when_it_is_clean(
    scanning: tuple[Service, SmallClamd, Scanner, str],
) -> None:
    service, small, scanner, door = scanning
    file = (await sent(service, door, PDF)).json()
    assert file["scan"]["state"] == "waiting"
    early = await service.ask("lead", "GET", f"{door}/{file['id']}")
    assert (early.status_code, early.json()["code"]) == (409, "not_scanned_yet")
    officer, _, _ = await at_work(service, "officer")
    assert "Download a.pdf" not in await officer.get(door)
    await scanner.look()
    assert "Download a.pdf" in await officer.get(door)
    told = await scan_of(service, door)
    assert (told["state"], told["engine"][:6]) == ("clean", "ClamAV")
    assert told["scanned_at"]
    got = await service.ask("lead", "GET", f"{door}/{file['id']}")
    assert (got.content, got.headers["virus-scan"]) == (PDF, "clean")
    await scanner.look()
    assert small.files == [PDF]


async def test_a_file_with_a_virus_leaves_for_nobody_and_both_sides_are_told(
    scanning: tuple[Service, SmallClamd, Scanner, str], tmp_path: Path
) -> None:
    service, _, scanner, door = scanning
    file = (await sent(service, door, PDF * 1000 + EICAR)).json()
    await scanner.look()
    post = Post(service.gate, tmp_path / "letters")
    assert ("infected", "officer") in await post.new()
    await scanner.look()
    assert await post.new() == []
    for who in ("officer", "lead", "auditor"):
        told = await scan_of(service, door, who)
        assert (told["state"], told["virus"]) == ("infected", "Eicar-Test-Signature")
        answer = await service.ask(who, "GET", f"{door}/{file['id']}")
        assert (answer.status_code, answer.json()["code"]) == (409, "infected")
    await service.post("officer", f"{door}/{file['id']}/withdraw", {"reason": "It has a virus"}, 200)
    assert (await service.ask("officer", "GET", f"{door}/{file['id']}")).status_code == 409
    again = await sent(service, door, PDF * 1000 + EICAR)
    assert again.json()["scan"]["state"] == "infected"
    journal = (await service.get("auditor", "/journal?limit=200"))["items"]
    [said] = [one["after"] for one in journal if one["deed"] == "scan"]
    assert (said["scan"], said["sha256"]) == ("infected", file["sha256"])
    async with service.gate.reading(OPERATOR) as view:
        assert (await verify(view)).faults == ()


async def test_a_failed_scan_is_tried_again_after_growing_delays(
    scanning: tuple[Service, SmallClamd, Scanner, str], clock: Clock
) -> None:
    service, small, scanner, door = scanning
    small.fails = True
    await sent(service, door, PDF)
    for minutes in (1, 2, 4):
        await scanner.look()
        assert (await scan_of(service, door))["state"] == "failed"
        small.fails = False
        clock.forward(minutes=minutes - 0.1)
        await scanner.look()
        assert small.files == []
        small.fails = True
        clock.forward(minutes=0.2)
    small.fails = False
    await scanner.look()
    assert (await scan_of(service, door))["state"] == "clean"


async def test_without_clamd_one_file_at_a_time_is_tried_and_none_is_let_out(
    scanning: tuple[Service, SmallClamd, Scanner, str],
) -> None:
    service, _, _, door = scanning
    files = [(await sent(service, door, PDF + extra)).json()["id"] for extra in (b"1", b"2")]
    with _nobodys_port() as port:
        await Scanner(service.gate, Clamd(f"127.0.0.1:{port}")).look()
    states = {file["id"]: file["scan"]["state"] for file in (await service.get("officer", door))["files"]}
    assert sorted(states.values()) == ["failed", "waiting"]  # the clock stands, so that either may be the older
    for file in files:
        assert (await service.ask("officer", "GET", f"{door}/{file}")).json()["code"] == "not_scanned_yet"


async def test_two_scanners_at_once_tell_of_a_file_once(
    scanning: tuple[Service, SmallClamd, Scanner, str],
) -> None:
    service, _, scanner, door = scanning
    await sent(service, door, PDF)
    await asyncio.gather(scanner.look(), scanner.look())
    journal = (await service.get("auditor", "/journal?limit=200"))["items"]
    assert len([one for one in journal if one["deed"] == "scan"]) == 1


async def test_workbooks_are_scanned_too(scanning: tuple[Service, SmallClamd, Scanner, str]) -> None:
    service, small, scanner, door = scanning
    path = door.removesuffix("/evidence")
    await uploaded(service, path.split("/")[2])
    assert (await service.ask("officer", "GET", f"{path}/annotated")).status_code == 200
    assert (await service.ask("lead", "GET", f"{path}/workbook")).json()["code"] == "not_scanned_yet"
    await scanner.look()
    [book] = (await service.get("lead", door))["workbooks"]
    assert book["scan"]["state"] == "clean"
    got = await service.ask("lead", "GET", f"{path}/workbook")
    assert small.files == [got.content]


async def test_a_workbook_with_a_virus_leaves_in_no_form(scanning: tuple[Service, SmallClamd, Scanner, str]) -> None:
    service, small, scanner, door = scanning
    path = door.removesuffix("/evidence")
    await uploaded(service, path.split("/")[2])
    small.virus = b"PK"
    await scanner.look()
    [book] = (await service.get("lead", door))["workbooks"]
    assert book["scan"]["state"] == "infected"
    for form in ("workbook", "annotated"):
        assert (await service.ask("officer", "GET", f"{path}/{form}")).json()["code"] == "infected"


async def test_the_service_scans_by_itself(fresh_database: Database, clock: Clock, tmp_path: Path) -> None:
    async with (
        small_clamd() as (_, address),
        running(fresh_database, clock, tmp_path, clamd=address, wake_seconds=0.1) as service,
    ):
        await service.award()
        await service.open_round()
        [found] = (await service.get("officer", "/returns"))["items"]
        door = f"/returns/{found['id']}/evidence"
        await sent(service, door, PDF)
        await until(partial(_is_clean, service, door))


async def _is_clean(service: Service, door: str) -> bool:
    return bool((await scan_of(service, door))["state"] == "clean")
