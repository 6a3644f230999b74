"""The extract that somebody is matching: kept sealed for an hour, so that it is chosen once and not again at every step."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from litestar.response import Redirect

from grants.actions import kept_forms
from grants.actions.submissions import Upload
from grants.domain.kept_forms import Kept, KeptFile
from grants.pages.forms import SentFile
from grants.pages.layout import Asked, go, site_of
from grants.store.transaction import Gate

FIELD: Final = "workbook"
_COOKIE: Final = "tallystick-extract-"


@dataclass(frozen=True)
class KeptExtract:
    """A file that is being matched, and what the form says to mean it."""

    id: UUID
    file: Upload


def matching_of(return_id: UUID) -> str:
    """The address where a return's extract is matched."""
    return f"/returns/{return_id}/matching"


async def keep(request: Asked, gate: Gate, return_id: UUID, file: SentFile) -> Redirect:
    """Keeps a file for its own person and browser, and sends them on to match it."""
    path = matching_of(return_id)
    kept = Kept(path, "", "", [], [KeptFile(FIELD, file.filename, file.content)])
    brought = await kept_forms.keep(gate, request.user.id, kept)
    answer = go(path)
    if brought is not None:
        seconds = int(kept_forms.LASTS.total_seconds())
        answer.set_cookie(site_of(request).cookie(_name(return_id), brought, seconds))
    return answer


async def find(request: Asked, gate: Gate, return_id: UUID) -> KeptExtract | None:
    """The file that is kept for the return; None where there is none, or no more."""
    brought = site_of(request).cookie_in(request, _name(return_id))
    found = await kept_forms.find(gate, request.user, brought) if brought else None
    if found is None or found.kept.path != matching_of(return_id):
        return None
    [file] = found.kept.files
    return KeptExtract(found.id, Upload(file.filename, file.content))


async def forget(request: Asked, gate: Gate, return_id: UUID, kept: KeptExtract, answer: Redirect) -> Redirect:
    """Removes a file that has become a version of its return."""
    await kept_forms.drop(gate, request.user, kept.id)
    answer.set_cookie(site_of(request).cookie(_name(return_id), "", 0))
    return answer


def _name(return_id: UUID) -> str:
    """One for each return: two that are matched side by side keep their own."""
    return f"{_COOKIE}{return_id.hex[:12]}"
