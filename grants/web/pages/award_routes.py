"""The page of awards: all that the viewer may see."""

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from grants.actions.lists import AwardLine, awards_listed, lines_with_awards
from grants.domain.access import Deed, may
from grants.pages.layout import Asked, page
from grants.pages.state_words import AWARD_STATES
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, table_state
from grants.store.transaction import Gate


def _accepted(award: AwardLine) -> str:
    return f"{award.returns_accepted:,} of {award.returns_expected:,}" if award.returns_expected else "None asked for"


AWARDS: Final = TableSpec(
    "awards",
    "Awards",
    (
        Column("reference", "Award", href=lambda award: f"/awards/{award.reference}"),
        Column("recipient_name", "Recipient", href=lambda award: f"/recipients/{award.recipient_id}"),
        Column(
            "funding_line",
            "Funding line",
            filter=Choices(),
            href=lambda award: f"/funding-lines/{award.funding_line}",
        ),
        Column("state", "State", Kind.TAG, tags=AWARD_STATES, filter=Choices.of(AWARD_STATES)),
        Column("awarded_pence", "Awarded", Kind.PENCE),
        Column("paid_pence", "Paid", Kind.PENCE),
        Column("spent_pence", "Spent", Kind.PENCE),
        Column("returns_accepted", "Returns accepted", Kind.NUMBER, words=_accepted),
        Column("returns_expected", "Returns asked for", Kind.NUMBER, on_page=False),
        Column("ends_on", "Ends", Kind.DAY),
        Column("recipient_id", "Recipient identifier", on_page=False),
    ),
    sort="reference",
    empty="There are no awards yet. An award begins with a decision that a programme lead proposes and an approver agrees to.",
    search=("reference", "recipient_name"),
    search_label="Award or recipient",
)


@get("/awards", opt={"deed": Deed.SEE_AWARD}, include_in_schema=False)
async def awards(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The awards."""
    spec = AWARDS if may(request.user, Deed.SEE_PLAN) else AWARDS.unlinked("funding_line")
    async with gate.reading(request.user) as view:
        lines = [(code, f"{title} ({code})") for code, title in await lines_with_awards(view)]
        state = table_state(request, spec, {"funding_line": lines})
        found = await awards_listed(view, state.wanted)
    if state.download:
        return await table_file(request, state, found)
    return page(request, "awards", "Awards", listed=shown(state, found))


ROUTES: list[Any] = [awards]
