"""The pages of extracts: what a table of a finance system is taken for, corrected and tried, kept once, and sent by it."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from grants.actions import matchings, return_views, submissions
from grants.actions.matchings import MatchingView
from grants.actions.return_deeds import ReturnAsSeen, return_as_seen
from grants.actions.return_views import ReturnView
from grants.domain.access import Deed, require
from grants.domain.errors import Conflict, Invalid, RuleBroken
from grants.domain.matchings import Answers, Matching
from grants.domain.returns import ReturnContext
from grants.pages.forms import Sent, done_before, once, sent
from grants.pages.layout import Asked, go, page
from grants.store.transaction import Gate
from importers.background import Desk
from importers.matching.suggestion import Suggestion
from importers.pages.file_limits import limits_of, refuse_too_large, too_large_errors
from importers.pages.kept_extracts import FIELD, UNASKED, KeptExtract, find, forget, keep
from importers.pages.matching_asked import about_words, left_out_words, shown_of
from importers.pages.matching_form import answers_in, answers_of, meanings_offered, too_long_in, with_meanings
from importers.pages.record_routes import crumbs_of
from importers.pages.return_tasks import MEANINGS
from importers.pages.upload_routes import LARGE_BYTES, onward, words_of, words_too_long

MATCHING: Final = "/returns/{return_id:uuid}/matching"
ANOTHER: Final = "another"
KEEP: Final = "keep"
_GONE: Final = "The file is kept for an hour, and that is over, or another has taken its place. Select it again."
_UPLOAD_IT: Final = "The selected file is the template, and needs no matching. Upload it as it is."


@get(MATCHING, opt={"deed": Deed.UPLOAD_RETURN}, include_in_schema=False)
async def matching_page(
    request: Asked, gate: NamedDependency[Gate], desk: NamedDependency[Desk], return_id: FromPath[UUID]
) -> Response[str]:
    """The file that is being matched, and what it is taken for; without one, the form to send it."""
    seen, context = await _seen(request, gate, return_id)
    errors = too_large_errors(request, FIELD)
    kept = None if ANOTHER in request.query_params or errors else await find(request, gate, return_id)
    if kept is None or not seen.deeds.uploads:
        return _file_form(request, seen, errors)
    found = await _suggested(desk, kept, context)
    if known := _known(context, found):
        found = await _suggested(desk, kept, context, known)
    return _columns_form(request, seen, context, kept, found, known)


@post(
    MATCHING,
    opt={"deed": Deed.UPLOAD_RETURN},
    include_in_schema=False,
    status_code=200,
    exception_handlers={413: refuse_too_large},
)
async def match(
    request: Asked, gate: NamedDependency[Gate], desk: NamedDependency[Desk], return_id: FromPath[UUID]
) -> Response[Any]:
    """Takes the file in; or shows how it reads by what was answered; or keeps that, and sends the file by it."""
    form = await sent(request)
    seen, context = await _seen(request, gate, return_id)
    if not form.one("do"):
        return await _file_sent(request, gate, desk, seen, context, form)
    if before := await done_before(request, gate, ReturnView):
        return go(*onward(before))
    kept = await find(request, gate, return_id)
    if kept is None or str(kept.id) != form.one("file"):
        return _file_form(request, seen, {FIELD: _GONE}, 422)
    answers = answers_in(form)
    found = await _suggested(desk, kept, context, answers)
    if form.one("do") != KEEP:
        return _columns_form(request, seen, context, kept, found, answers, too_long_in(form), is_tried=True)
    if wrong := shown_of(found, answers).errors | too_long_in(form):
        return _columns_form(request, seen, context, kept, found, answers, wrong, 422)
    try:
        return await _keep_and_send(request, gate, desk, seen.view, kept, found.matching)
    except (RuleBroken, Conflict, Invalid) as refused:
        status = 409 if isinstance(refused, Conflict) else 422
        seen, context = await _seen(request, gate, return_id)
        said = {"": words_of(refused)}
        return _columns_form(request, seen, context, kept, found, answers, said, status)


async def _seen(request: Asked, gate: Gate, return_id: UUID) -> tuple[ReturnAsSeen, ReturnContext]:
    async with gate.reading(request.user) as view:
        found = await return_views.seen(view, return_id)
        require(view.actor, Deed.UPLOAD_RETURN, found.scope, sight=Deed.SEE_RETURN)
        seen = await return_as_seen(view, return_id)
        return seen, await matchings.context_for_matching(view, seen.view.award, seen.view.period)


async def _file_sent(
    request: Asked, gate: Gate, desk: Desk, seen: ReturnAsSeen, context: ReturnContext, form: Sent
) -> Response[Any]:
    file = form.files.get(FIELD)
    if file is None:
        return _file_form(request, seen, {FIELD: "Select an export of your finance system"}, 422)
    if wrong := words_too_long(form):
        return _file_form(request, seen, {"": "; ".join(wrong.values())}, 422)
    if not seen.deeds.uploads:
        return _file_form(request, seen, {}, 409)
    try:
        await desk.suggestion(file.content, context)
    except RuleBroken as refused:
        said = _UPLOAD_IT if refused.code == "uses_template" else words_of(refused)
        return _file_form(request, seen, {FIELD: said}, 422, is_template=refused.code == "uses_template")
    return await keep(request, gate, seen.view.id, form)


async def _suggested(
    desk: Desk, kept: KeptExtract, context: ReturnContext, answers: Answers | None = None
) -> Suggestion:
    return await desk.suggestion(kept.file.content, context, answers)


def _known(context: ReturnContext, found: Suggestion) -> Answers | None:
    """What was confirmed before for tables of this shape."""
    return next((answers_of(one.matching) for one in context.matchings if one.matching.shape == found.shape), None)


async def _keep_and_send(
    request: Asked, gate: Gate, desk: Desk, found: ReturnView, kept: KeptExtract, matching: Matching
) -> Redirect:
    """Two deeds: the matching stands by itself, whatever becomes of the file."""
    async with gate.reading(request.user) as view:
        context = await submissions.context_for_upload(view, found.award, found.period)
    if matching not in [one.matching for one in context.matchings]:
        confirm = partial(matchings.confirm, award=found.award, matching=matching)
        await once(request, gate, MatchingView, confirm, part="matching")
        async with gate.reading(request.user) as view:
            context = await submissions.context_for_upload(view, found.award, found.period)
    taken = await desk.take(
        request.user,
        kept.file,
        context,
        partial(once, request, gate, ReturnView),
        prepared_by=kept.prepared_by,
        at_once=len(kept.file.content) >= LARGE_BYTES,
    )
    return await forget(request, gate, found.id, kept, go(*onward(taken)))


def _file_form(
    request: Asked, seen: ReturnAsSeen, errors: dict[str, str], status: int = 200, *, is_template: bool = False
) -> Response[str]:
    return page(
        request,
        "return_matching",
        "Match an export of your finance system",
        status=status,
        errors=errors,
        crumbs=crumbs_of(seen.view),
        of=seen.view,
        can_upload=seen.deeds.uploads,
        meaning=MEANINGS[seen.view.state],
        is_template=is_template,
        **limits_of(request),
    )


def _columns_form(
    request: Asked,
    seen: ReturnAsSeen,
    context: ReturnContext,
    kept: KeptExtract,
    found: Suggestion,
    answers: Answers | None,
    errors: dict[str, str] | None = None,
    status: int = 200,
    *,
    is_tried: bool = False,
) -> Response[str]:
    shown = shown_of(found, answers)
    return page(
        request,
        "return_matching_columns",
        "Match the columns of your export",
        status=status,
        errors=errors,
        crumbs=crumbs_of(seen.view),
        of=seen.view,
        kept=kept,
        found=found,
        shown=shown,
        about=about_words(found),
        left_out=left_out_words(found),
        meanings=with_meanings(meanings_offered(context), list(found.matching.codes.values())),
        is_known=any(one.matching.shape == found.shape for one in context.matchings),
        is_tried=is_tried,
        is_unasked=UNASKED in request.query_params,
    )


FILE_ROUTES: Final[list[Any]] = [matching_page, match]
