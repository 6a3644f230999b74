"""The page that verifies: whether a file is exactly what the service made, and whether a checkpoint is still true."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from grants.actions.checkpoint_answers import HeldHead, NotSigned, hold, looks_like_checkpoint
from grants.domain.access import Deed, narrowed_to
from grants.domain.checkpoints import Signer
from grants.domain.errors import Invalid, NotFound, TallystickError
from grants.pages.forms import SentFile, sent
from grants.pages.layout import Asked, page
from grants.store.transaction import Gate, View
from reports.pages.differences import Against, against
from reports.pages.report_words import due_period, narrowed, title_of
from reports.verify import Verified, verify

CRUMBS: Final = (("Reports", "/reports"),)
_SEEN: Final[dict[str, Any]] = {"opt": {"deed": Deed.SEE_REPORTS}, "include_in_schema": False}
_BY_HAND: Final = "by hand"


@dataclass(frozen=True)
class Answer:
    """What was found out. `made` for a report, `head` for a checkpoint that our key signed; `problem` says what it is not."""

    what: str
    sha256: str
    made: Verified | None = None
    head: HeldHead | None = None
    problem: str = ""
    is_report: bool = True

    @property
    def holds(self) -> bool:
        """Whether it is what it should be."""
        return self.made is not None or (self.head is not None and self.head.holds)


@get("/verify", **_SEEN)
async def asking(request: Asked, signer: NamedDependency[Signer]) -> Response[Any]:
    """Asks for a file, or a text."""
    return _page(request, signer, run=request.query_params.get("run", "")[:36])


@post("/verify", status_code=200, **_SEEN)
async def answering(request: Asked, gate: NamedDependency[Gate], signer: NamedDependency[Signer]) -> Response[Any]:
    """The answer in words. Nothing of the file is kept."""
    form = await sent(request)
    file, typed = form.files.get("file"), form.text("text")
    if file is None and not typed:
        return _page(request, signer, errors={"file": "Select a file, or paste a checkpoint or a SHA-256"}, status=422)
    try:
        async with gate.reading(request.user) as view:
            answer = await (_of_file(view, signer, file) if file else _of_text(view, signer, typed))
            about = await narrowed(view.db, answer.made.filters) if answer.made else []
    except Invalid as error:
        return _page(request, signer, errors={"text": error.message}, status=422, typed=typed)
    except TallystickError as error:
        return _page(request, signer, errors={"": error.message}, status=403, typed=typed)
    held = None
    if file and answer.problem and answer.is_report:
        held = await against(gate, request.user, request.app.state.comparing, file, form.text("run"))
    shown = "" if file else typed
    return _page(request, signer, answer=answer, about=about, held=held, typed=shown, run=form.text("run"))


async def _of_file(view: View, signer: Signer, file: SentFile) -> Answer:
    sha256 = hashlib.sha256(file.content).hexdigest()
    try:
        return Answer(file.filename, sha256, made=await verify(view, sha256))
    except NotFound as unknown:
        if looks_like_checkpoint(file.content):
            return await _of_checkpoint(view, signer, file.filename, file.content)
        return Answer(file.filename, sha256, problem=unknown.message)


async def _of_text(view: View, signer: Signer, typed: str) -> Answer:
    content = typed.encode() + b"\n"
    if looks_like_checkpoint(content):
        return await _of_checkpoint(view, signer, "The text", content)
    try:
        made = await verify(view, typed)
    except NotFound as unknown:
        return Answer("The SHA-256", typed.lower(), problem=unknown.message)
    except Invalid:
        raise Invalid(
            "text", "Paste a whole checkpoint with its signature, or a SHA-256 of 64 hexadecimal digits."
        ) from None
    return Answer("The file with this SHA-256", made.sha256, made=made)


async def _of_checkpoint(view: View, signer: Signer, what: str, content: bytes) -> Answer:
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        return Answer(what, sha256, head=await hold(view, signer.verifier, content))
    except NotSigned as refusal:
        return Answer(what, sha256, problem=str(refusal), is_report=False)


def _page(
    request: Asked,
    signer: Signer,
    *,
    answer: Answer | None = None,
    about: Sequence[tuple[str, str]] = (),
    held: Against | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
    typed: str = "",
    run: str = "",
) -> Response[Any]:
    made = answer.made if answer else None
    return page(
        request,
        "verify",
        "Verify a report or a checkpoint",
        status=status,
        errors=errors,
        crumbs=CRUMBS,
        answer=answer,
        held=held,
        run=run,
        report=title_of(made.report) if made else "",
        period=due_period(made.period) if made and made.period != _BY_HAND else "",
        narrowed=about,
        key=signer.verifier.text(),
        can_see_journal=narrowed_to(request.user, Deed.SEE_JOURNAL)[0] is None,
        typed=typed,
    )


ROUTES: list[Any] = []
FILE_ROUTES: list[Any] = [asking, answering]
