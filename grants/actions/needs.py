"""What waits for whoever is signed in: for each role of theirs, what needs them now, with how many and where to find it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from grants.actions.report_views import RunView, runs
from grants.domain.access import Actor, Deed, Role, Scope, may, narrowed_to, roles_for
from grants.domain.periods import london_day
from grants.domain.returns import TAKES_UPLOAD, ReturnState
from grants.store import needs as stored
from grants.store.needs import OpenReturns
from grants.store.transaction import View

_NEWEST_REPORTS: Final = 3
_S: Final = ReturnState


@dataclass(frozen=True)
class Need:
    """Something that waits: how many of what, and the address that lists them. `urgent`: its day has passed."""

    number: int
    one: str
    many: str
    address: str
    urgent: bool = False


@dataclass(frozen=True)
class Waiting:
    """What waits for one role of somebody. With nothing in it, there is nothing to do for now."""

    role: Role
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Needs:
    """All that waits for somebody, and the newest reports that they may see."""

    waiting: tuple[Waiting, ...]
    reports: tuple[RunView, ...]


@dataclass(frozen=True)
class _Kind:
    """Returns that wait for whoever may do a deed with them: in a state, or late.

    Without a query the list of returns has them on top, as what waits for the viewer.
    """

    deed: Deed
    is_of: Callable[[OpenReturns], bool]
    words: tuple[str, str]
    query: str = ""
    urgent: bool = False


def _in(*states: ReturnState) -> Callable[[OpenReturns], bool]:
    return lambda found: found.state in states


def _kind(deed: Deed, state: ReturnState, one: str, many: str) -> _Kind:
    return _Kind(deed, _in(state), (one, many), f"state={state.value}")


_UP: Final = Deed.UPLOAD_RETURN
_RETURNS: Final[dict[Role, tuple[_Kind, ...]]] = {
    Role.FINANCE_OFFICER: (
        _Kind(
            _UP,
            lambda found: found.overdue and found.state in TAKES_UPLOAD,
            ("return late", "returns late"),
            "lateness=overdue",
            urgent=True,
        ),
        _kind(_UP, _S.DUE, "return to upload", "returns to upload"),
        _kind(_UP, _S.HAS_PROBLEMS, "return with problems to correct", "returns with problems to correct"),
        _kind(
            _UP,
            _S.CHANGES_REQUESTED,
            "return that the reviewer wants changed",
            "returns that the reviewer wants changed",
        ),
        _kind(_UP, _S.CERTIFIER_DECLINED, "return that the certifier declined", "returns that the certifier declined"),
        _kind(_UP, _S.REOPENED, "return that was reopened", "returns that were reopened"),
        _Kind(
            _UP,
            lambda found: found.unexplained,
            ("return whose warnings need a reason", "returns whose warnings need a reason"),
        ),
    ),
    Role.CERTIFIER: (
        _Kind(
            Deed.CERTIFY_RETURN,
            lambda found: found.state is _S.READY and not found.unexplained,
            ("return to certify", "returns to certify"),
        ),
        _Kind(
            Deed.CERTIFY_RETURN,
            lambda found: found.overdue,
            ("return of your organisation late", "returns of your organisation late"),
            "lateness=overdue",
            urgent=True,
        ),
    ),
    Role.PROGRAMME_LEAD: (
        _kind(Deed.REVIEW_RETURN, _S.CERTIFIED, "return to review", "returns to review"),
        _kind(Deed.REVIEW_RETURN, _S.IN_REVIEW, "return in review", "returns in review"),
        _Kind(
            Deed.REVIEW_RETURN,
            lambda found: found.overdue,
            ("return late", "returns late"),
            "lateness=overdue",
            urgent=True,
        ),
    ),
}


async def needs(view: View) -> Needs:
    """What needs the actor now, for each of their roles. Roles are in the order of the work: recipients' first."""
    actor = view.actor
    held = [role for role in Role if any(grant.role is role for grant in actor.grants)]
    found = await stored.open_returns(view.db, london_day(view.now)) if set(held) & set(_RETURNS) else []
    waiting = []
    for role in held:
        of_returns = _of_returns(actor, role, found)
        waiting.append(Waiting(role, (*of_returns, *(await _others(view, role)))))
    sees_reports = bool(roles_for(actor, Deed.SEE_REPORTS))
    newest = await runs(view, _NEWEST_REPORTS, None, {"state": "done"}) if sees_reports else []
    return Needs(tuple(waiting), tuple(newest[:_NEWEST_REPORTS]))


def _of_returns(actor: Actor, role: Role, found: Iterable[OpenReturns]) -> list[Need]:
    listed = list(found)
    needed = []
    for kind in _RETURNS.get(role, ()):
        number = sum(
            each.number
            for each in listed
            if kind.is_of(each) and may(actor, kind.deed, Scope(each.programme, each.recipient))
        )
        needed.append(Need(number, *kind.words, f"/returns?{kind.query}" if kind.query else "/returns", kind.urgent))
    return [need for need in needed if need.number]


async def _others(view: View, role: Role) -> list[Need]:
    look = {
        Role.PROGRAMME_LEAD: _of_leads,
        Role.APPROVER: _of_approvers,
        Role.AUDITOR: _of_auditors,
        Role.ADMINISTRATOR: _of_administrators,
    }.get(role)
    return [need for need in await look(view) if need.number] if look else []


async def _of_leads(view: View) -> list[Need]:
    _, own = await stored.proposals(view.db, view.actor.id)
    words = "proposal of yours that waits for approval", "proposals of yours that wait for approval"
    return [Need(own, *words, "/decisions?state=proposed")]


async def _of_approvers(view: View) -> list[Need]:
    others, _ = await stored.proposals(view.db, view.actor.id)
    return [Need(others, "decision to approve", "decisions to approve", "/decisions?state=proposed")]


async def _of_auditors(view: View) -> list[Need]:
    if narrowed_to(view.actor, Deed.SEE_REPORTS)[0] is not None:
        return []
    failed = await stored.failed_reports(view.db)
    words = "report that could not be made yet", "reports that could not be made yet"
    return [Need(failed, *words, "/reports?state=failed", urgent=True)]


async def _of_administrators(view: View) -> list[Need]:
    stuck, new = await stored.stuck_notices(view.db, view.now), await stored.never_here(view.db)
    return [
        Need(
            stuck, "notice that could not be sent", "notices that could not be sent", "/mail?state=failed", urgent=True
        ),
        Need(new, "person who has not signed in yet", "people who have not signed in yet", "/people?state=never_here"),
    ]
