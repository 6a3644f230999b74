"""The reviewer's page of a return: its money beside the previous period's, its warnings, what changed, its certificate; and the review's deeds."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import returns, version_changes
from grants.actions.return_deeds import ReturnAsSeen, return_as_seen
from grants.actions.return_money import return_money
from grants.actions.return_views import ReturnView, VersionView
from grants.actions.returns import DECLARATION
from grants.actions.version_changes import ChangesView
from grants.actions.warning_groups import WarningGroup, warning_groups
from grants.domain.access import Deed, require
from grants.domain.errors import Conflict, RuleBroken
from grants.domain.returns import ReturnState
from grants.pages.forms import Sent, once, sent
from grants.pages.layout import Asked, go, page
from grants.pages.state_words import RETURN_STATES
from grants.store.returns import find
from grants.store.transaction import Gate, View
from grants.web.pages.decision_words import refusal_words

REVIEW: Final = "/returns/{return_id:uuid}/review"
MESSAGE_MAX: Final = 2000
_OPTIONS: Final[dict[str, Any]] = {"opt": {"deed": Deed.REVIEW_RETURN}, "include_in_schema": False}
_S = ReturnState
_REVIEWED: Final = frozenset({_S.CERTIFIED, _S.IN_REVIEW})
_TOLD: Final = {
    "started": "You have taken the return up for review.",
    "requested": "The return is sent back, with your message, to those who prepared and certified it.",
    "accepted": "The return is accepted. Its spend is accounted for in the ledger, and it is locked.",
    "reopened": "The return is reopened: its spend is out of the ledger until a corrected return is accepted.",
}


@get(REVIEW, **_OPTIONS)
async def review(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[str]:
    """All that a reviewer judges a return by."""
    return await _shown(request, gate, return_id)


async def _shown(
    request: Asked,
    gate: Gate,
    return_id: UUID,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response[str]:
    async with gate.reading(request.user) as view:
        found = await find(view.db, return_id)
        require(view.actor, Deed.REVIEW_RETURN, found.scope, sight=Deed.SEE_RETURN)
        seen = await return_as_seen(view, return_id)
        money = await return_money(view, return_id)
        changes, warnings = await _since(view, seen.view), await _warnings(view, seen.view)
    of = seen.view
    return page(
        request,
        "return_review",
        f"Review of the return for {of.period_label}",
        status=status,
        errors=errors,
        told=_TOLD,
        crumbs=[("Returns", "/returns"), (f"{of.award}, {of.period_label}", f"/returns/{of.id}")],
        of=of,
        state=RETURN_STATES[of.state],
        money=money,
        changes=changes,
        warnings=warnings,
        newest=of.versions[-1] if of.versions else None,
        certified=_certified(of),
        declaration=DECLARATION,
        offers=_offers(seen),
        why_not=_why_not(seen),
        typed=typed or {},
    )


async def _since(view: View, of: ReturnView) -> ChangesView | None:
    """What changed since the version before; none for a first one."""
    return await version_changes.changes(view, of.id, None, None, None, 5) if of.version > 1 else None


async def _warnings(view: View, of: ReturnView) -> list[WarningGroup]:
    return await warning_groups(view, of.id) if of.version else []


def _certified(of: ReturnView) -> VersionView | None:
    newest = of.versions[-1] if of.versions else None
    return newest if newest is not None and newest.certified_at else None


def _offers(seen: ReturnAsSeen) -> frozenset[str]:
    """Which deeds are the viewer's to do now."""
    if seen.deeds.decides:
        start = {"start"} if seen.view.state is _S.CERTIFIED else set()
        return frozenset({"request-changes", "accept", *start})
    may_reopen = seen.deeds.reviews and not seen.deeds.had_part and seen.view.state is _S.ACCEPTED
    return frozenset({"reopen"} if may_reopen else ())


def _why_not(seen: ReturnAsSeen) -> str:
    """Why there is nothing to do for the viewer, where there is nothing."""
    if _offers(seen):
        return ""
    if seen.view.state not in _REVIEWED | {_S.ACCEPTED}:
        return "There is nothing to review yet: it is reviewed once its certifier has signed it."
    if seen.deeds.had_part:
        return "You had a part in this return. Its preparer, certifier and reviewer are three people."
    return "You cannot decide over this return: somebody else of the programme team reviews it."


@post(f"{REVIEW}/start", **_OPTIONS)
async def start(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """Takes the return up."""
    return await _do(request, gate, return_id, partial(returns.start_review, return_id=return_id), "started")


@post(f"{REVIEW}/request-changes", **_OPTIONS)
async def request_changes(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """Sends it back, and says what to change."""
    form = await sent(request)
    message = form.text("message")
    if wrong := _wrong(message, "Enter what must be changed."):
        return await _shown(request, gate, return_id, status=400, errors={"message": wrong}, typed=_typed(form))
    action = partial(returns.request_changes, return_id=return_id, message=message)
    return await _do(request, gate, return_id, action, "requested")


@post(f"{REVIEW}/accept", **_OPTIONS)
async def accept(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """Accepts the version that was looked at."""
    form = await sent(request)
    note, version = form.text("note"), form.one("version")
    errors = {"note": wrong} if (wrong := _wrong(note, "")) else {}
    if not (version.isascii() and version.isdecimal() and len(version) < 10):
        errors[""] = "This form does not say which version you looked at. Load the page again."
    if errors:
        return await _shown(request, gate, return_id, status=400, errors=errors, typed=_typed(form))
    action = partial(returns.accept, return_id=return_id, message=note, version=int(version))
    return await _do(request, gate, return_id, action, "accepted")


@post(f"{REVIEW}/reopen", **_OPTIONS)
async def reopen(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """Takes an accepted return out of the ledger again."""
    form = await sent(request)
    reason = form.text("why")
    if wrong := _wrong(reason, "Enter why it is reopened."):
        return await _shown(request, gate, return_id, status=400, errors={"why": wrong}, typed=_typed(form))
    return await _do(request, gate, return_id, partial(returns.reopen, return_id=return_id, reason=reason), "reopened")


def _wrong(words: str, missing: str) -> str:
    if missing and not words:
        return missing
    return "" if len(words) <= MESSAGE_MAX else f"Use {MESSAGE_MAX:,} characters or fewer."


def _typed(form: Sent) -> dict[str, str]:
    return {name: form.text(name) for name in ("message", "note", "why")}


async def _do(request: Asked, gate: Gate, return_id: UUID, action: Any, done: str) -> Response[Any]:
    try:
        await once(request, gate, ReturnView, action)
    except (Conflict, RuleBroken) as error:
        status = 409 if isinstance(error, Conflict) else 422
        errors = {"": refusal_words(error.message)}
        return await _shown(request, gate, return_id, status=status, errors=errors, typed=_typed(await sent(request)))
    return go(f"/returns/{return_id}/review", done=done)


ROUTES: list[Any] = [review, start, request_changes, accept, reopen]
