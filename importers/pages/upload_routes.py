"""The page where a filled-in workbook is sent: what is wrong with a file is said at its field, and nothing is sent twice."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import return_views, submissions
from grants.actions.return_deeds import ReturnAsSeen, return_as_seen
from grants.actions.return_views import ReturnView
from grants.actions.submissions import Upload
from grants.domain.access import Deed, require
from grants.domain.errors import Conflict, Invalid, RuleBroken, TallystickError
from grants.domain.returns import ReturnState
from grants.pages.forms import Sent, done_before, once, sent
from grants.pages.layout import Asked, go, page
from grants.store.transaction import Gate
from importers.background import Desk
from importers.pages.file_limits import limits_of, refuse_too_large, too_large_errors
from importers.pages.kept_extracts import keep
from importers.pages.record_routes import crumbs_of
from importers.pages.return_tasks import MEANINGS

UPLOAD: Final = "/returns/{return_id:uuid}/upload"
LARGE_BYTES: Final = 1_000_000
"""From this size on nobody waits for the check: it goes on while they look at the return."""
NOTE_LONGEST: Final = 2_000
NAME_LONGEST: Final = 200
_NEEDS_MATCHING: Final = "needs_matching"


@get(UPLOAD, opt={"deed": Deed.UPLOAD_RETURN}, include_in_schema=False)
async def upload_page(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[str]:
    """The form; where the return takes no upload now, why."""
    seen = await _seen(request, gate, return_id)
    return _form(request, seen, too_large_errors(request, "workbook"))


@post(
    UPLOAD,
    opt={"deed": Deed.UPLOAD_RETURN},
    include_in_schema=False,
    status_code=200,
    exception_handlers={413: refuse_too_large},
)
async def upload(
    request: Asked, gate: NamedDependency[Gate], desk: NamedDependency[Desk], return_id: FromPath[UUID]
) -> Response[Any]:
    """Takes a workbook in, once however often the button is pressed, and goes on to what its check came to."""
    form = await sent(request)
    seen = await _seen(request, gate, return_id)
    if wrong := _wrong(form):
        return _form(request, seen, wrong, form, 422)
    try:
        view = await done_before(request, gate, ReturnView) or await _take(request, gate, desk, seen.view, form)
    except (RuleBroken, Conflict, Invalid) as refused:
        if refused.code == _NEEDS_MATCHING:
            return await keep(request, gate, return_id, form, unasked=True)
        status = 409 if isinstance(refused, Conflict) else 422
        seen = await _seen(request, gate, return_id)
        return _form(request, seen, {"workbook": words_of(refused)}, form, status)
    return go(*onward(view))


async def _seen(request: Asked, gate: Gate, return_id: UUID) -> ReturnAsSeen:
    async with gate.reading(request.user) as view:
        found = await return_views.seen(view, return_id)
        require(view.actor, Deed.UPLOAD_RETURN, found.scope, sight=Deed.SEE_RETURN)
        return await return_as_seen(view, return_id)


async def _take(request: Asked, gate: Gate, desk: Desk, found: ReturnView, form: Sent) -> ReturnView:
    async with gate.reading(request.user) as view:
        context = await submissions.context_for_upload(view, found.award, found.period)
    file = form.files["workbook"]
    return await desk.take(
        request.user,
        Upload(file.filename, file.content, form.text("note")),
        context,
        partial(once, request, gate, ReturnView),
        prepared_by=form.text("prepared_by"),
        at_once=len(file.content) >= LARGE_BYTES,
    )


def _wrong(form: Sent) -> dict[str, str]:
    return ({} if "workbook" in form.files else {"workbook": "Select a spend return"}) | words_too_long(form)


def words_too_long(form: Sent) -> dict[str, str]:
    """What to do about a note or a name that is longer than the record takes, by its field."""
    wrong = {}
    if len(form.text("note")) > NOTE_LONGEST:
        wrong["note"] = f"The note must be {NOTE_LONGEST:,} characters or fewer"
    if len(form.text("prepared_by")) > NAME_LONGEST:
        wrong["prepared_by"] = f"The name must be {NAME_LONGEST} characters or fewer"
    return wrong


def words_of(refused: TallystickError) -> str:
    """The reader's words, and the place in the file that they are about."""
    problems: Any = refused.facts.get("problems") or [{}]
    sheet, cell = problems[0].get("sheet", ""), problems[0].get("cell", "")
    if not cell:
        return refused.message
    return (
        f"{refused.message.rstrip('.')} (sheet {sheet}, cell {cell})"
        if sheet
        else f"{refused.message.rstrip('.')} (cell {cell})"
    )


def onward(view: ReturnView) -> tuple[str, str | None]:
    """Where whoever uploaded goes on, and what they are told there."""
    if view.state is ReturnState.CHECKING:
        return f"/returns/{view.id}", "taken"
    if view.state is ReturnState.HAS_PROBLEMS:
        return f"/returns/{view.id}/problems", None
    return f"/returns/{view.id}", "uploaded"


def _form(
    request: Asked,
    seen: ReturnAsSeen,
    errors: dict[str, str],
    form: Sent | None = None,
    status: int = 200,
) -> Response[str]:
    return page(
        request,
        "return_upload",
        "Upload a spend return",
        status=status,
        errors=errors,
        crumbs=crumbs_of(seen.view),
        of=seen.view,
        can_upload=seen.deeds.uploads,
        meaning=MEANINGS[seen.view.state],
        note=form.text("note") if form else "",
        prepared_by=form.text("prepared_by") if form else "",
        **limits_of(request),
    )


# Whatever is at one address stands in one router.
FILE_ROUTES: list[Any] = [upload_page, upload]
ROUTES: list[Any] = []
