"""From checked to submitted: reasons for warnings, the answers once more, and the certifier's page."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import returns
from grants.actions.return_money import return_money
from grants.actions.return_views import ReturnView, return_view
from grants.actions.returns import DECLARATION, Reason
from grants.actions.warning_groups import WarningGroup, warning_groups
from grants.domain.access import Deed, Scope, may, roles_for
from grants.domain.errors import TallystickError
from grants.domain.returns import ReturnState
from grants.pages.forms import Sent, once, sent
from grants.pages.layout import Asked, go, page
from grants.store.transaction import Gate
from importers.pages.record_routes import crumbs_of
from importers.pages.return_tasks import MEANINGS
from importers.pages.sign_off_forms import answers_in, certificate_in, wrong_reasons

RETURN: Final = "/returns/{return_id:uuid}"
_POSTED: Final[dict[str, Any]] = {"include_in_schema": False, "status_code": 200}
TOLD: Final = {"reasons": "The reasons are kept with the return."}


@get(f"{RETURN}/reasons", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def reasons(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[str]:
    """Each warning of the newest version with its reason; to type for whoever may."""
    return await _reasons(request, gate, return_id)


@post(f"{RETURN}/reasons", opt={"deed": Deed.UPLOAD_RETURN}, **_POSTED)
async def explain(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """Keeps the reasons that were typed, for one warning or for all that say the same."""
    form = await sent(request)
    async with gate.reading(request.user) as view:
        groups = await warning_groups(view, return_id)
    if wrong := wrong_reasons(form, groups):
        return await _reasons(request, gate, return_id, form, wrong, 422)
    answers = answers_in(form, groups)
    try:
        await once(request, gate, ReturnView, partial(returns.explain, return_id=return_id, reasons=answers))
    except TallystickError as refused:
        return await _reasons(request, gate, return_id, form, {"": refused.message}, 409)
    left = sum(group.unexplained for group in groups) - _newly(answers, groups)
    return go(f"/returns/{return_id}/{'reasons' if left > 0 else 'check'}", done="reasons")


def _newly(answers: list[Reason], groups: list[WarningGroup]) -> int:
    without = {one.number for group in groups for one in group.warnings if not one.reason}
    return len(without & {answer.problem for answer in answers})


async def _reasons(
    request: Asked,
    gate: Gate,
    return_id: UUID,
    form: Sent | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    async with gate.reading(request.user) as view:
        found = await return_view(view, return_id)
        groups = await warning_groups(view, return_id) if found.version else []
    is_open = found.state is ReturnState.READY and may(
        request.user, Deed.UPLOAD_RETURN, Scope(None, found.recipient_id)
    )
    return page(
        request,
        "return_reasons",
        "Reasons for warnings",
        status=status,
        errors=errors,
        told=TOLD,
        crumbs=crumbs_of(found),
        found=found,
        groups=groups,
        typed=form,
        is_open=is_open,
    )


@get(f"{RETURN}/check", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def check_answers(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[str]:
    """What the return says in all, before it goes to the certifier."""
    is_own = bool(roles_for(request.user, Deed.UPLOAD_RETURN))
    return await _whole(request, gate, return_id, "return_check", f"Check {'your' if is_own else 'the'} answers")


@get(f"{RETURN}/certify", opt={"deed": Deed.CERTIFY_RETURN}, include_in_schema=False)
async def certificate(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[str]:
    """What the certifier signs, and the form to sign it with."""
    return await _whole(request, gate, return_id, "return_certify", "Certify a return")


@post(f"{RETURN}/certify", opt={"deed": Deed.CERTIFY_RETURN}, **_POSTED)
async def certify(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """The certifier signs the version that they looked at."""
    form = await sent(request)
    signed, wrong = certificate_in(form)
    if signed is None:
        return await _whole(request, gate, return_id, "return_certify", "Certify a return", form, wrong, 422)
    return await _signed(request, gate, return_id, form, partial(returns.certify, certificate=signed), "certified")


@post(f"{RETURN}/decline-to-certify", opt={"deed": Deed.CERTIFY_RETURN}, **_POSTED)
async def decline(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """The certifier says why they cannot sign, and the return goes back."""
    form = await sent(request)
    message = form.text("message")
    if not message or len(message) > 2_000:
        said = "Say what has to change before you can certify, in up to 2,000 characters"
        return await _whole(
            request, gate, return_id, "return_certify", "Certify a return", form, {"message": said}, 422
        )
    action = partial(returns.decline_to_certify, message=message)
    return await _signed(request, gate, return_id, form, action, "declined")


async def _signed(request: Asked, gate: Gate, return_id: UUID, form: Sent, action: Any, done: str) -> Response[Any]:
    try:
        await once(request, gate, ReturnView, partial(action, return_id=return_id))
    except TallystickError as refused:
        errors = {"": refused.message}
        return await _whole(request, gate, return_id, "return_certify", "Certify a return", form, errors, 409)
    return go(f"/returns/{return_id}", done=done)


async def _whole(
    request: Asked,
    gate: Gate,
    return_id: UUID,
    template: str,
    title: str,
    form: Sent | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    async with gate.reading(request.user) as view:
        found, money = await return_view(view, return_id), await return_money(view, return_id)
        groups = await warning_groups(view, return_id) if found.version else []
    return page(
        request,
        template,
        title,
        status=status,
        errors=errors,
        told=TOLD,
        crumbs=crumbs_of(found),
        found=found,
        money=money,
        groups=groups,
        newest=found.versions[-1] if found.versions else None,
        declaration=DECLARATION,
        meaning=MEANINGS[found.state],
        typed=form,
        is_officer=may(request.user, Deed.UPLOAD_RETURN, Scope(None, found.recipient_id)),
        is_certifier=may(request.user, Deed.CERTIFY_RETURN, Scope(None, found.recipient_id)),
    )


ROUTES: Final[list[Any]] = [reasons, explain, check_answers, certificate, certify, decline]
