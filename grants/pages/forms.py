"""What the forms of pages send: fields, files, and deeds that happen once however often a button is pressed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException

from grants.domain.errors import NotAllowed
from grants.pages.browser import FORM_FIELD
from grants.pages.kept_files import SENT_ON, found_by, note_sent
from grants.store.transaction import Gate, Tx

FORM_TYPE: Final = "application/x-www-form-urlencoded"
FILES_TYPE: Final = "multipart/form-data"
OTHER_SITE: Final = "This form was not sent by a page of this service, or the page was too old. Go back, load the page again, and try again."
ONCE: Final = "once"
_ONCE_MAX: Final = 100
_FIELDS_MAX: Final = 1_500
_KEPT: Final = "sent_form"
T = TypeVar("T")


@dataclass(frozen=True)
class SentFile:
    """A file as a browser sent it; its name is whatever the browser says."""

    filename: str
    content: bytes


@dataclass(frozen=True)
class Sent:
    """A form that was sent. `files` has only those fields for which a file was chosen."""

    fields: dict[str, list[str]]
    files: dict[str, SentFile]

    def one(self, name: str) -> str:
        """A field that can be there once; empty where it is not, or is there more often."""
        values = self.fields.get(name, [])
        return values[0] if len(values) == 1 else ""

    def all(self, name: str) -> list[str]:
        """A field that can be there several times: boxes that were ticked."""
        return self.fields.get(name, [])

    def text(self, name: str) -> str:
        """A field that people type into, without the blanks around it, and with plain ends of lines."""
        return self.one(name).replace("\r\n", "\n").strip()


async def sent(request: Request[Any, Any, Any]) -> Sent:
    """The form that a request brings; raises NotAllowed for one that no page of ours would send."""
    state = request.scope["state"]
    if _KEPT not in state:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        came = await (_with_files(request) if kind == FILES_TYPE else _fields(request))
        state[_KEPT] = await _as_it_was_kept(request, came) if SENT_ON in came.fields else came
    found: Sent = state[_KEPT]
    return found


async def _as_it_was_kept(request: Request[Any, Any, Any], came: Sent) -> Sent:
    """A form that its own person sends on after they were signed out, to where it was sent before: with the files that were kept."""
    fields = {name: values for name, values in came.fields.items() if name != SENT_ON}
    found = await found_by(request)
    if found is None or [str(found.id)] != came.fields[SENT_ON] or found.kept.path != request.url.path:
        return replace(came, fields=fields)
    await note_sent(request, found)
    files = {file.field: SentFile(file.filename, file.content) for file in found.kept.files}
    return Sent(fields, {**files, **came.files})


async def form_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The fields of a form that are there once; raises NotAllowed for a form that says too much."""
    return {name: values[0] for name, values in (await sent(request)).fields.items() if len(values) == 1}


async def _fields(request: Request[Any, Any, Any]) -> Sent:
    try:
        text = (await request.body()).decode("utf-8")
        return Sent(
            parse_qs(text, keep_blank_values=True, max_num_fields=_FIELDS_MAX, encoding="utf-8", errors="strict"), {}
        )
    except (UnicodeDecodeError, ValueError):
        raise NotAllowed("other_site", OTHER_SITE) from None


async def _with_files(request: Request[Any, Any, Any]) -> Sent:
    try:
        form = await request.form()
    except ClientException as error:
        if error.status_code == 413:
            raise
        raise NotAllowed("other_site", OTHER_SITE) from None
    fields: dict[str, list[str]] = {}
    files: dict[str, SentFile] = {}
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            fields.setdefault(name, []).append(str(value))
            continue
        if value.filename:
            files[name] = SentFile(value.filename[:200], await value.read())
        await value.close()  # nobody else does where no handler is reached
    return Sent(fields, files)


async def once(
    request: Request[Any, Any, Any], gate: Gate, kind: type[T], action: Callable[[Tx], Awaitable[T]], part: str = ""
) -> T:
    """Does the action in one transaction, once for the form: a second push of its button gives the same answer.

    `part` names it where the form asks for more deeds than one.
    """
    key, asked = await _named(request)
    key = f"{key} {part}" if key and part else key
    return await gate.once(request.user, key, asked, kind, action)


async def done_before(request: Request[Any, Any, Any], gate: Gate, kind: type[T]) -> T | None:
    """What the form was answered when it came before; None where it is new."""
    key, asked = await _named(request)
    return await gate.answered(request.user, key, asked, kind)


async def _named(request: Request[Any, Any, Any]) -> tuple[str | None, bytes]:
    """The key of what a form asks for, and all that it asks."""
    form = await sent(request)
    said = sorted((name, *values) for name, values in form.fields.items() if name not in (FORM_FIELD, ONCE))
    files = sorted((name, sha256(file.content).hexdigest()) for name, file in form.files.items())
    asked = f"{request.url.path}\n{said}\n{files}".encode()
    once = form.one(ONCE)[:_ONCE_MAX]
    # With what was said in the key, whoever goes back and corrects a form does another deed, and not a second one of the same name.
    return (f"form {once} {sha256(asked).hexdigest()}" if once else None), asked
