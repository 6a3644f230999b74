"""The pages of programme leads' files: load a register of awards or a payment file, see what became of each row, approve the rest."""

import asyncio
import hashlib
from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import register_loads
from grants.actions.downloads import headers_for
from grants.actions.register_lists import LoadAsSeen, load_as_seen, loads_listed, rows_listed
from grants.actions.register_loads import ApprovedLoad, RegisterLoadView
from grants.actions.submissions import Upload
from grants.domain.access import Deed, may, require
from grants.domain.errors import Conflict, RuleBroken
from grants.domain.registers import LoadState, Outcome, RegisterKind
from grants.pages.forms import Sent, done_before, once, sent
from grants.pages.layout import Asked, go, page
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import table_state
from grants.store.transaction import Gate
from importers.annotate import annotated_name
from importers.background import Desk
from importers.pages.file_limits import limits_of, refuse_too_large, too_large_errors
from importers.pages.register_words import AWARD_ROWS, KINDS, LOADS, MEANINGS, OUTCOMES, PAYMENT_ROWS, PROBLEMS, STATES
from importers.pages.upload_routes import words_of
from importers.registers.templates import register_template, template_name

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOAD: Final = "/register-loads/{load_id:uuid}"
NEW: Final = "/register-loads/new"
_FILE: Final = "workbook"
_REASON_LONGEST: Final = 2_000
_CRUMBS: Final = [("Decisions", "/decisions"), ("Registers and payment files", "/register-loads")]
_TOLD: Final = {
    "taken": "The file is taken. What it proposes moves nothing until somebody else approves it.",
    "nothing": "The file is read. Nothing in it is new and exact, so nothing was proposed.",
    "approved": "All that waited is approved, and what it says is done.",
}


@get("/register-loads", opt={"deed": Deed.SEE_DECISIONS}, include_in_schema=False)
async def all_loads(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Files that were loaded, the newest first."""
    async with gate.reading(request.user) as view:
        state = table_state(request, LOADS)
        found = await loads_listed(view, state.wanted)
    if state.download:
        return await table_file(request, state, found)
    return page(
        request,
        "register_loads",
        "Registers and payment files",
        crumbs=_CRUMBS[:1],
        listed=shown(state, found),
        may_load=may(request.user, Deed.PROPOSE),
    )


@get("/register-loads/awards-template", opt={"deed": Deed.SEE_DECISIONS}, include_in_schema=False)
async def awards_template(request: Asked) -> Response[bytes]:
    """The workbook of a register of awards."""
    return await _template(request, RegisterKind.AWARDS)


@get("/register-loads/payments-template", opt={"deed": Deed.SEE_DECISIONS}, include_in_schema=False)
async def payments_template(request: Asked) -> Response[bytes]:
    """The workbook of payments."""
    return await _template(request, RegisterKind.PAYMENTS)


async def _template(request: Asked, kind: RegisterKind) -> Response[bytes]:
    require(request.user, Deed.SEE_DECISIONS)
    return _xlsx(await asyncio.to_thread(register_template, kind), template_name(kind))


def _xlsx(content: bytes, name: str) -> Response[bytes]:
    return Response(content, media_type=XLSX, headers=headers_for(name, hashlib.sha256(content).hexdigest()))


@get(NEW, opt={"deed": Deed.PROPOSE}, include_in_schema=False)
async def new_load(request: Asked) -> Response[str]:
    """The form to load a file."""
    kind = request.query_params.get("kind", "")
    return _form(request, too_large_errors(request, _FILE), kind if kind in list(RegisterKind) else "")


@post(
    NEW,
    opt={"deed": Deed.PROPOSE},
    include_in_schema=False,
    status_code=200,
    exception_handlers={413: refuse_too_large},
)
async def load(request: Asked, gate: NamedDependency[Gate], desk: NamedDependency[Desk]) -> Response[Any]:
    """Loads a file, once however often the button is pressed, and goes on to what became of it."""
    require(request.user, Deed.PROPOSE)
    form = await sent(request)
    kind = form.one("kind")
    if wrong := _wrong(form):
        return _form(request, wrong, kind, 422)
    answer = await done_before(request, gate, RegisterLoadView)
    if answer is None:
        file = form.files[_FILE]
        try:
            read = await desk.register(file.content, RegisterKind(kind))
        except RuleBroken as refused:
            return _form(request, {_FILE: words_of(refused)}, kind, 422)
        action = partial(register_loads.load, file=Upload(file.filename, file.content), read=read)
        answer = await once(request, gate, RegisterLoadView, action)
    return go(f"/register-loads/{answer.id}", done=_done(answer))


def _done(answer: RegisterLoadView) -> str | None:
    if answer.state is not LoadState.TAKEN:
        return None
    return "taken" if answer.counts.get(Outcome.PROPOSED.value) else "nothing"


def _wrong(form: Sent) -> dict[str, str]:
    wrong = {}
    if form.one("kind") not in list(RegisterKind):
        wrong["kind"] = "Select what the file is"
    if _FILE not in form.files:
        wrong[_FILE] = "Select a file"
    return wrong


def _form(request: Asked, errors: dict[str, str], kind: str, status: int = 200) -> Response[str]:
    return page(
        request,
        "register_load_new",
        "Load a register or a payment file",
        status=status,
        errors=errors,
        crumbs=_CRUMBS,
        kind=kind,
        **limits_of(request),
    )


@get(LOAD, opt={"deed": Deed.SEE_DECISIONS}, include_in_schema=False)
async def one_load(request: Asked, gate: NamedDependency[Gate], load_id: FromPath[UUID]) -> Response[Any]:
    """A file that was loaded: its problems, what became of its rows, and the form to approve what still waits."""
    return await _shown(request, gate, load_id)


async def _shown(
    request: Asked,
    gate: Gate,
    load_id: UUID,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    typed: str = "",
) -> Response[Any]:
    async with gate.reading(request.user) as view:
        seen = await load_as_seen(view, load_id)
        is_awards = seen.view.kind is RegisterKind.AWARDS
        state = table_state(request, AWARD_ROWS if is_awards else PAYMENT_ROWS)
        rows = await rows_listed(view, load_id, state.wanted)
    wrong = table_state(request, PROBLEMS)
    numbered = [
        {"number": number, "sheet": one.sheet, "cell": one.cell, "value": one.value, "message": one.message}
        for number, one in enumerate(seen.view.problems, start=1)
    ]
    problems = listed_at_hand(numbered, wrong.wanted, unique="number")
    for each, found in ((state, rows), (wrong, problems)):
        if each.download:
            return await table_file(request, each, found)
    return page(
        request,
        "register_load",
        seen.view.filename,
        status=status,
        errors=errors,
        told=_TOLD,
        crumbs=_CRUMBS,
        listed=shown(state, rows),
        problems=shown(wrong, problems),
        typed=typed,
        may_load=may(request.user, Deed.PROPOSE),
        **_said(seen),
    )


def _said(seen: LoadAsSeen) -> dict[str, Any]:
    """What the page says of a load as a whole."""
    return {
        "load": seen.view,
        "seen": seen,
        "kind": KINDS[seen.view.kind],
        "state": STATES[seen.view.state.value],
        "outcomes": [
            (outcome, tag, MEANINGS[outcome], seen.view.counts[outcome])
            for outcome, tag in OUTCOMES.items()
            if seen.view.counts.get(outcome)
        ],
    }


@post(f"{LOAD}/approve", opt={"deed": Deed.DECIDE}, include_in_schema=False, status_code=200)
async def approve(request: Asked, gate: NamedDependency[Gate], load_id: FromPath[UUID]) -> Response[Any]:
    """The second person agrees with all that still waits: all of it, or nothing."""
    reason = (await sent(request)).text("reason")
    again = partial(_shown, request, gate, load_id, typed=reason)
    if not reason or len(reason) > _REASON_LONGEST:
        said = f"Enter why you approve it, in up to {_REASON_LONGEST:,} characters"
        return await again(status=422, errors={"reason": said})
    try:
        await once(request, gate, ApprovedLoad, partial(register_loads.approve_load, load_id=load_id, reason=reason))
    except (Conflict, RuleBroken) as refused:
        status = 409 if isinstance(refused, Conflict) else 422
        return await again(status=status, errors={"": f"{refused.message} Nothing was approved."})
    return go(f"/register-loads/{load_id}", done="approved")


@get(f"{LOAD}/file", opt={"deed": Deed.SEE_DECISIONS}, include_in_schema=False)
async def load_file(request: Asked, gate: NamedDependency[Gate], load_id: FromPath[UUID]) -> Response[bytes]:
    """The file as it came."""
    async with gate.reading(request.user) as view:
        found = await register_loads.loaded_file(view, load_id)
    headers = headers_for(found.filename, found.sha256)
    return Response(found.content, media_type="application/octet-stream", headers=headers)


@get(f"{LOAD}/annotated", opt={"deed": Deed.SEE_DECISIONS}, include_in_schema=False)
async def load_annotated(
    request: Asked, gate: NamedDependency[Gate], desk: NamedDependency[Desk], load_id: FromPath[UUID]
) -> Response[bytes]:
    """The file with a note at each problem, and at each row that was not matched."""
    async with gate.reading(request.user) as view:
        found = await register_loads.loaded_file(view, load_id)
    return _xlsx(await desk.annotated(found.content, found.problems), annotated_name(found.filename))


ROUTES: Final[list[Any]] = [
    all_loads,
    awards_template,
    payments_template,
    one_load,
    approve,
    load_file,
    load_annotated,
]
FILE_ROUTES: Final[list[Any]] = [new_load, load]
