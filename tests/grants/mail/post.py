"""A postman of a test's own over the service, with a folder of letters to look into; and the outbox as it stands."""

import email
import email.policy
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from grants.actions.notices import Desk
from grants.actions.people import SCHEDULER
from grants.domain.letters import Letterhead
from grants.mail.folder import Folder
from grants.mail.postman import Postman
from grants.mail.transport import Transport
from grants.store.transaction import Gate
from tests.service import ADDRESS

HEAD = Letterhead(ADDRESS, "grants@home.example")
SENDER = "no-reply@grants.example"


def read(content: bytes) -> EmailMessage:
    """A message as a mail program reads it."""
    return email.message_from_bytes(content, policy=email.policy.default)


@dataclass
class Post:
    """A postman, and what he has put into his folder."""

    gate: Gate
    folder: Path
    key: bytes = bytes(32)
    usual: str = "folder"
    more: Mapping[str, Transport] = field(default_factory=dict)

    async def look(self) -> int:
        """Sends what there is to send now."""
        desk = Desk(HEAD, self.key, self.usual, "folder")
        return await Postman(self.gate, desk, {"folder": Folder(self.folder, SENDER), **self.more}).look()

    def letters(self) -> list[tuple[str, str, str]]:
        """What arrived: what it is, to whom, and its text, in order."""
        files = sorted(self.folder.glob("*.eml")) if self.folder.exists() else []
        found = [(file.name[11:-41], read(file.read_bytes())) for file in files]
        return sorted((what, str(letter["To"]), letter.get_content()) for what, letter in found)

    def told(self) -> list[tuple[str, str]]:
        """What arrived, and to whom."""
        return [(what, to.partition("@")[0]) for what, to, _ in self.letters()]

    def empty(self) -> None:
        """Forgets what arrived."""
        for file in self.folder.glob("*.eml"):
            file.unlink()

    async def new(self) -> list[tuple[str, str]]:
        """What arrives at a look, and to whom."""
        self.empty()
        await self.look()
        return self.told()


async def rows(gate: Gate, where: str = "true") -> list[dict[str, Any]]:
    """The outbox, oldest first."""
    async with gate.reading(SCHEDULER) as view:
        found = await view.db.fetch(
            f"SELECT o.*, p.email FROM outbox o JOIN person p ON p.id = o.person_id WHERE {where} ORDER BY queued_at, what, email"
        )
    return [dict(row) for row in found]
