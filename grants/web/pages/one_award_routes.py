"""The page of one award, for the funder and for its own recipient: terms, money, returns, decisions; and the move of its state."""

from functools import partial
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions.award_money import AwardMoney, award_money
from grants.actions.awards import AwardView, award_view, move_award
from grants.actions.decision_list import about_award, decisions_listed
from grants.actions.entry_list import entries_of_award
from grants.actions.lists import lines_with_awards, returns_listed
from grants.domain.access import Actor, Deed, Scope, may
from grants.domain.awards import NEXT_STATES, TAKES_PAYMENTS, WITHDRAWABLE, AwardState
from grants.domain.decisions import DecisionKind
from grants.domain.errors import Conflict, NotAllowed, RuleBroken
from grants.domain.periods import london_day
from grants.domain.plan import BudgetKind
from grants.pages.forms import once, sent
from grants.pages.layout import Asked, go, page
from grants.pages.rating_words import rating
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.state_words import AWARD_STATES
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import TableSpec, TableState, table_state
from grants.store.listing_query import Listed, Wanted
from grants.store.transaction import Gate, View
from grants.web.pages.award_tables import (
    INSTALMENTS,
    PAYMENTS,
    RETURNS,
    budgets,
    instalment_rows,
    payment_rows,
    year_rows,
)
from grants.web.pages.decision_words import kind_title
from grants.web.pages.money_tables import DECISIONS_HERE, entries_of
from grants.web.pages.terms_words import shown_terms

AWARD: Final = "/awards/{reference:str}"
REASON_MAX: Final = 2000
_RETURNS_MAX: Final = 500
_K = DecisionKind
_TOLD: Final = {"moved": "The award’s state is changed."}
_Tables = dict[str, tuple[TableState, Listed[Any]]]


@get(AWARD, opt={"deed": Deed.SEE_AWARD}, include_in_schema=False)
async def one_award(request: Asked, gate: NamedDependency[Gate], reference: FromPath[str]) -> Response[Any]:
    """An award as it stands."""
    return await _shown(request, gate, reference)


async def _shown(
    request: Asked,
    gate: Gate,
    reference: str,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> Response[Any]:
    actor = request.user
    async with gate.reading(actor) as view:
        award = await award_view(view, reference)
        money = await award_money(view, award)
        titles = dict(await lines_with_awards(view))
        tables = await _tables(request, view, award, money, titles)
    for state, listed in tables.values():
        if state.download:
            return await table_file(request, state, listed, title=f"{state.spec.caption} of {reference}")
    scope = Scope(award.programme, award.recipient_id)
    traced, is_funder = may(actor, Deed.TRACE, scope), may(actor, Deed.SEE_PLAN, scope)
    return page(
        request,
        "award",
        f"Award {reference}",
        status=status,
        errors=errors,
        told=_TOLD,
        crumbs=[("Awards", "/awards")],
        award=award,
        line=titles.get(award.funding_line, award.funding_line),
        state=AWARD_STATES[award.state],
        is_funder=is_funder,
        terms=shown_terms(award.terms),
        years=year_rows(award, money, traced=traced),
        budgets=list(budgets(award, money, traced=traced)),
        money=money,
        rating=rating,
        kind_label=lambda kind: BudgetKind(kind).label,
        moves=_moves(actor, award),
        proposals=_proposals(award) if may(actor, Deed.PROPOSE, scope) else [],
        typed=typed or {},
        tables={name: shown(state, listed) for name, (state, listed) in tables.items()},
    )


async def _tables(request: Asked, view: View, award: AwardView, money: AwardMoney, titles: dict[str, str]) -> _Tables:
    """Every table of the page, as its part of the address wants it. What the viewer may not follow has no link."""
    scope = Scope(award.programme, award.recipient_id)
    traced = may(view.actor, Deed.TRACE, scope)

    def state_of(spec: TableSpec, *links: str) -> TableState:
        return table_state(request, spec if traced else spec.unlinked(*links))

    mine = Wanted("due_on", equals={"award": award.reference}, rows=_RETURNS_MAX)
    returns, instalments = state_of(RETURNS), state_of(INSTALMENTS)
    payments = state_of(PAYMENTS, "entry_no")
    entries = state_of(entries_of(titles), "number", "source", "target", "decision_id")
    found: _Tables = {
        "returns": (returns, listed_at_hand((await returns_listed(view, mine)).rows, returns.wanted, "name")),
        "instalments": (
            instalments,
            listed_at_hand(instalment_rows(money.instalments, london_day(view.now)), instalments.wanted, "number"),
        ),
        "payments": (payments, listed_at_hand(payment_rows(award.payments), payments.wanted, "entry_no")),
        "entries": (entries, await entries_of_award(view, entries.wanted, award.reference, scope)),
    }
    if may(view.actor, Deed.SEE_DECISIONS, scope):
        decisions = state_of(DECISIONS_HERE)
        found["decisions"] = (
            decisions,
            await decisions_listed(view, decisions.wanted, about_award(award.reference)),
        )
    return found


def _moves(actor: Actor, award: AwardView) -> list[tuple[str, str]]:
    """The states that the viewer may move the award to."""
    scope = Scope(award.programme, award.recipient_id)
    allowed = may(actor, Deed.MOVE_AWARD, scope) and not actor.belongs_to(award.recipient_id)
    if not allowed or (actor.is_example and not award.is_example):
        return []
    return [(state.value, AWARD_STATES[state].words) for state in AwardState if state in NEXT_STATES[award.state]]


def _proposals(award: AwardView) -> list[tuple[str, str]]:
    kinds = [_K.VARY, _K.REVIEW]
    kinds += [_K.PAY, _K.RECOVER] if award.state in TAKES_PAYMENTS else [_K.RECOVER]
    kinds += [_K.WITHDRAW] if award.state in WITHDRAWABLE else []
    return [(kind_title(kind), f"/decisions/new/{kind}?award={award.reference}") for kind in kinds]


@post(f"{AWARD}/state", opt={"deed": Deed.MOVE_AWARD}, include_in_schema=False)
async def move(request: Asked, gate: NamedDependency[Gate], reference: FromPath[str]) -> Response[Any]:
    """Moves the award to another state."""
    form = await sent(request)
    typed = {"state": form.one("state"), "reason": form.text("reason")}
    errors = {}
    if typed["state"] not in set(AwardState):
        errors["state"] = "Choose the state that it moves to"
    if not typed["reason"]:
        errors["reason"] = "Enter why it moves"
    elif len(typed["reason"]) > REASON_MAX:
        errors["reason"] = f"The reason must be {REASON_MAX:,} characters or fewer"
    if errors:
        return await _shown(request, gate, reference, status=400, errors=errors, typed=typed)
    action = partial(move_award, reference=reference, target=AwardState(typed["state"]), reason=typed["reason"])
    try:
        await once(request, gate, AwardView, action)
    except (Conflict, RuleBroken, NotAllowed) as refused:
        status = 422 if isinstance(refused, RuleBroken) else 403 if isinstance(refused, NotAllowed) else 409
        return await _shown(request, gate, reference, status=status, errors={"state": refused.message}, typed=typed)
    return go(f"/awards/{reference}", done="moved")


ROUTES: list[Any] = [one_award, move]
