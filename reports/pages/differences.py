"""What differs between a file that somebody gives and the one that the service made, where it is known which that is."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from grants.actions.report_lists import run_with_file
from grants.actions.report_views import RunView, file_pieces, run
from grants.domain.access import Actor
from grants.domain.errors import TallystickError
from grants.domain.surroundings import Comparing, Comparison
from grants.pages.forms import SentFile
from grants.store.transaction import Gate
from reports.catalogue import offers

_BYTES_MAX: Final = 10_000_000
_OF_CELLS: Final = frozenset({"xlsx", "ods", "csv"})
_SECOND: Final = re.compile(r" ?\(\d+\)(?=\.[a-z]+$)")
"""What browsers add to the name of a file that is downloaded again."""


@dataclass(frozen=True)
class Against:
    """The run whose file it was held against, the file's name, and what differs; None where its cells could not be compared.

    `is_damaged`: because the file that was given cannot be read.
    """

    run: RunView
    filename: str
    found: Comparison | None
    is_damaged: bool = False


async def against(gate: Gate, actor: Actor, comparing: Comparing, file: SentFile, typed: str) -> Against | None:
    """Holds a file against that of the run that was named, else of the newest with a file of its name; None where there is none.

    Whoever gives it must see the run.
    """
    try:
        wanted = await _wanted(gate, actor, file, typed)
        if wanted is None:
            return None
        async with gate.reading(actor) as view:
            of = await run(view, wanted[0])
        about, pieces = await file_pieces(gate, actor, offers(), *wanted)
    except TallystickError:
        return None
    found = None
    if about.format in _OF_CELLS and about.size_bytes <= _BYTES_MAX:
        kept = b"".join([piece async for piece in pieces])
        try:
            found = await comparing(file.content, kept)
        except TallystickError:
            return Against(of, about.filename, None, is_damaged=True)
    return Against(of, about.filename, found)


async def _wanted(gate: Gate, actor: Actor, file: SentFile, typed: str) -> tuple[UUID, str] | None:
    try:
        return UUID(typed), file.filename.rpartition(".")[2].lower()
    except ValueError:
        async with gate.reading(actor) as view:
            return await run_with_file(view, _SECOND.sub("", file.filename))
