"""A postman in a process of its own, to be killed."""

import asyncio
import multiprocessing
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from grants.actions.notices import Desk
from grants.domain.letters import Letterhead
from grants.mail.folder import Folder
from grants.mail.notify import Notify
from grants.mail.postman import Postman
from grants.mail.smtp import MailServer, Security, Server
from grants.mail.transport import Transport
from grants.store.transaction import Gate
from tests.grants.mail.servers import NOTIFY_KEY, TEMPLATE

SENDER = "no-reply@grants.example"


def _transport(kind: str, place: str) -> Transport:
    if kind == "folder":
        return Folder(Path(place), SENDER)
    if kind == "notify":
        return Notify(NOTIFY_KEY, TEMPLATE, place)
    return MailServer(Server("127.0.0.1", int(place), Security.NONE), SENDER)


def start(dsn: str, lease_seconds: float, kind: str, place: str) -> tuple[BaseProcess, Connection]:
    """A process that sends by a folder, smtp or notify, and what it says "ready" by."""
    context = multiprocessing.get_context("forkserver")  # it has loaded everything: a process is there in a moment
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(dsn, lease_seconds, kind, place, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _run(dsn: str, lease_seconds: float, kind: str, place: str, ready: Connection) -> None:
    asyncio.run(_send(dsn, timedelta(seconds=lease_seconds), kind, place, ready))


async def _send(dsn: str, lease: timedelta, kind: str, place: str, ready: Connection) -> None:
    gate = await Gate.open(dsn, connections=2)
    desk = Desk(Letterhead("http://127.0.0.1:8000", "us"), bytes(32), kind, kind, lease)
    postman = Postman(gate, desk, {kind: _transport(kind, place)})
    ready.send("ready")
    while True:
        await postman.look()
        await asyncio.sleep(0.05)
