"""A postman in a process of its own, to be killed: python -m tests.grants.mail.sender_process DSN LEASE_SECONDS folder|smtp|notify PLACE."""

import asyncio
import sys
from datetime import timedelta
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


async def send() -> None:
    """Looks again and again."""
    dsn, lease, kind, place = sys.argv[1:]
    gate = await Gate.open(dsn, connections=2)
    desk = Desk(Letterhead("http://127.0.0.1:8000", "us"), bytes(32), kind, kind, timedelta(seconds=float(lease)))
    postman = Postman(gate, desk, {kind: _transport(kind, place)})
    print("ready", flush=True)  # noqa: T201
    while True:
        await postman.look()
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(send())
