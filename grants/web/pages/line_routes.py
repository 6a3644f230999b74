"""The page of one funding line: its figures, its awards, its decisions and its entries in the ledger."""

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions.decision_list import about_line, decisions_listed
from grants.actions.entry_list import entries_of_line
from grants.actions.lists import Among, awards_listed
from grants.actions.plan_overview import overview
from grants.domain.access import Deed, Scope, may
from grants.domain.decisions import DecisionKind
from grants.domain.errors import NotFound
from grants.pages.layout import Asked, page
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import table_state
from grants.store.listing_query import Listed
from grants.store.transaction import Gate
from grants.web.pages.decision_words import kind_title
from grants.web.pages.money_tables import AWARDS_OF_LINE, DECISIONS_HERE, entries_of
from grants.web.pages.plan_groups import years_of
from grants.web.pages.plan_routes import RATED, as_at_of, as_at_words

_K = DecisionKind
_PROPOSALS: Final = (_K.AWARD, _K.ALLOCATE, _K.REDUCE, _K.CARRY_FORWARD, _K.VIRE, _K.AMEND_LINE)


@get("/funding-lines/{code:str}", opt={"deed": Deed.SEE_PLAN}, include_in_schema=False)
async def funding_line(request: Asked, gate: NamedDependency[Gate], code: FromPath[str]) -> Response[Any]:
    """A funding line now, or its figures as an entry left them."""
    found = await overview(gate, request.user, as_at_of(request), journal_no=request.auth.journal_no)
    positions = [one for one in found.positions if one.line.code == code]
    if not positions:
        raise NotFound("funding_line", "There is no funding line with that code that you can see. Check the code.")
    line = positions[0].line
    titles = {each.code: each.title for programme in found.plan.programmes for each in programme.funding_lines}
    states = [table_state(request, spec) for spec in (AWARDS_OF_LINE, DECISIONS_HERE, entries_of(titles))]
    async with gate.reading(request.user) as view:
        lists: list[Listed[Any]] = [
            await awards_listed(view, states[0].wanted, Among(line=code)),
            await decisions_listed(view, states[1].wanted, about_line(code)),
            await entries_of_line(view, states[2].wanted, code, line.programme),
        ]
    for state, listed in zip(states, lists, strict=True):
        if state.download:
            return await table_file(request, state, listed, title=f"{state.spec.caption} of {line.title}")
    may_propose = may(request.user, Deed.PROPOSE, Scope(line.programme))
    return page(
        request,
        "funding_line",
        line.title,
        crumbs=[("Plan", "/plan")],
        line=line,
        programme=next(one for one in found.plan.programmes if one.code == line.programme),
        place=as_at_words(found),
        is_earlier=found.at.entry_no < found.newest_entry,
        rows=years_of(positions, found.at),
        rated=RATED,
        awards=shown(states[0], lists[0]),
        decisions=shown(states[1], lists[1]),
        entries=shown(states[2], lists[2]),
        proposals=[(kind_title(kind), f"/decisions/new/{kind}?line={code}") for kind in _PROPOSALS]
        if may_propose
        else [],
    )


ROUTES: list[Any] = [funding_line]
