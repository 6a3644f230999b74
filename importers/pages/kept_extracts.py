"""The extract that somebody is matching: kept sealed for an hour, so that it is chosen once and not again at every step."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from litestar.response import Redirect

from grants.actions import kept_forms
from grants.actions.submissions import Upload
from grants.domain.kept_forms import Kept, KeptFile
from grants.pages.forms import Sent
from grants.pages.layout import Asked, go, site_of
from grants.store.transaction import Gate

FIELD: Final = "workbook"
UNASKED: Final = "unmatched"
_COOKIE: Final = "tallystick-extract-"


@dataclass(frozen=True)
class KeptExtract:
    """A file that is being matched, with its note, and what the form says to mean it. Without `prepared_by`, it is the sender."""

    id: UUID
    file: Upload
    prepared_by: str


def matching_of(return_id: UUID) -> str:
    """The address where a return's extract is matched."""
    return f"/returns/{return_id}/matching"


async def keep(request: Asked, gate: Gate, return_id: UUID, form: Sent, *, unasked: bool = False) -> Redirect:
    """Keeps a form's file for its own person and browser, and sends them on to match it.

    `unasked`: they have uploaded it as a return, and are told why they come there.
    """
    path, file = matching_of(return_id), form.files[FIELD]
    words = [(name, form.text(name)) for name in ("note", "prepared_by")]
    kept = Kept(path, "", "", words, [KeptFile(FIELD, file.filename, file.content)])
    brought = await kept_forms.keep(gate, request.user, kept)
    answer = go(f"{path}?{UNASKED}=yes" if unasked else path)
    seconds = int(kept_forms.LASTS.total_seconds())
    answer.set_cookie(site_of(request).cookie(_name(return_id), brought, seconds))
    return answer


async def find(request: Asked, gate: Gate, return_id: UUID) -> KeptExtract | None:
    """The file that is kept for the return; None where there is none, or no more."""
    brought = site_of(request).cookie_in(request, _name(return_id))
    found = await kept_forms.find(gate, request.user, brought) if brought else None
    if found is None or found.kept.path != matching_of(return_id) or not found.kept.files:
        return None
    file, words = found.kept.files[0], dict(found.kept.fields)
    return KeptExtract(
        found.id, Upload(file.filename, file.content, words.get("note", "")), words.get("prepared_by", "")
    )


async def forget(request: Asked, gate: Gate, return_id: UUID, kept: KeptExtract, answer: Redirect) -> Redirect:
    """Removes a file that has become a version of its return."""
    await kept_forms.drop(gate, request.user, kept.id)
    answer.set_cookie(site_of(request).cookie(_name(return_id), "", 0))
    return answer


def _name(return_id: UUID) -> str:
    """One for each return: two that are matched side by side keep their own."""
    return f"{_COOKIE}{return_id.hex[:12]}"
