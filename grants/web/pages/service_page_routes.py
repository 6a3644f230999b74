"""The administrators' page of the service itself: whether it is well, and which limits are in force."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from grants import __version__
from grants.actions.service_state import service_state
from grants.domain.access import Deed
from grants.pages.layout import Asked, page
from grants.store.checkpoint_folder import kept
from grants.store.transaction import Gate
from grants.web.pages.service_words import Checkpoint, limits, parts


@get("/service", opt={"deed": Deed.SEE_PEOPLE}, include_in_schema=False)
async def service(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """How the service is, in words."""
    known = request.app.state
    state = await service_state(gate, request.user)
    checkpoint = await asyncio.to_thread(_newest, known.checkpoint_folder)
    now = gate.clock()
    found = parts(state, checkpoint, known.diary.pages, now, known.settings)
    return page(
        request,
        "service",
        "The service",
        parts=found,
        unwell=sum(part.tag.words != "Well" for part in found),
        limits=limits(known.settings),
        version=__version__,
        now=now,
    )


def _newest(folder: Path) -> Checkpoint | None:
    try:
        files = kept(folder)
        size, file = files[-1]
        return Checkpoint(size, datetime.fromtimestamp(file.stat().st_mtime, UTC))
    except (OSError, IndexError):
        return None


ROUTES: list[Any] = [service]
