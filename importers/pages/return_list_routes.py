"""The page of returns: what is due, late, in review and accepted, of all that the viewer may see."""

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from grants.actions.lists import ReturnLine, periods_of_returns, returns_listed
from grants.actions.waiting_returns import waiting_returns
from grants.domain.access import Deed, may
from grants.pages.layout import Asked, page
from grants.pages.state_words import RETURN_STATES
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, Tag, table_state
from grants.pages.words import count, period
from grants.store.transaction import Gate
from importers.pages.waiting_words import late_words, step_of, words_of

LATENESS: Final = {
    "overdue": Tag("Overdue", "red"),
    "not_yet_due": Tag("Not yet due", "grey"),
    "submitted_late": Tag("Submitted late", "yellow"),
    "in_time": Tag("Submitted in time", "green"),
}


def _late(found: ReturnLine) -> str:
    return count(found.days_late, "day") if found.days_late else "Not late"


RETURNS: Final = TableSpec(
    "returns",
    "Returns",
    (
        Column("name", "Return", on_page=False),
        Column("award", "Award", href=lambda found: f"/returns/{found.id}", filter="text"),
        Column("recipient_name", "Recipient"),
        Column("period", "Period", Kind.PERIOD, filter=Choices()),
        Column("due_on", "Due", Kind.DAY),
        Column("state", "State", Kind.TAG, tags=RETURN_STATES, filter=Choices.of(RETURN_STATES)),
        Column("days_late", "Late by", Kind.NUMBER, words=_late),
        Column(
            "lateness",
            "Late or on time",
            Kind.TAG,
            tags=LATENESS,
            filter=Choices.of(LATENESS),
            on_page=False,
        ),
        Column("version", "Version", Kind.NUMBER, words=lambda found: None if found.version else "None yet"),
    ),
    sort="due_on",
    empty="There are no returns yet. Returns come with a collection round: they are asked for when it opens.",
    search=("recipient_name",),
    search_label="Recipient",
)


@get("/returns", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def returns(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The returns."""
    async with gate.reading(request.user) as view:
        periods = [(code, period(code)) for code in await periods_of_returns(view)]
        state = table_state(request, RETURNS, {"period": periods})
        found = await returns_listed(view, state.wanted)
        # Whoever looks for something in the list has seen what waits for them.
        is_first = not state.wanted.narrows and not state.download and found.page == 1
        waiting = await waiting_returns(view) if is_first else []
    if state.download:
        return await table_file(request, state, found)
    return page(
        request,
        "returns",
        "Returns",
        listed=shown(state, found, caption="All returns"),
        waiting=[(words_of(one), one) for one in waiting],
        step=step_of,
        late=late_words,
        sees_rounds=may(request.user, Deed.SEE_PLAN),
    )


ROUTES: list[Any] = [returns]
