"""The pages of what is remembered of a recipient's exports: which tables, read how, confirmed by whom and when."""

from datetime import datetime
from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct, structs

from grants.actions import matchings
from grants.actions.awards import award_view
from grants.actions.listing import MAX_LIMIT
from grants.actions.matchings import MatchingView
from grants.domain.access import Deed
from grants.domain.errors import NotFound
from grants.pages.layout import Asked, page
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, Tag, table_state
from grants.pages.words import sentence
from grants.store.transaction import Gate, View
from importers.cells import column_letters
from importers.pages.matching_form import CONSTANTS, FIELDS, ORDERS, OUTSIDE, SIGNS, meaning_words

_STANDINGS: Final = {"in_force": Tag("In force", "green"), "superseded": Tag("Superseded", "grey")}
_HEADINGS_SHOWN: Final = 6


class MatchingLine(Struct, frozen=True):
    """A matching in a list; `columns` and `codes` are how many."""

    id: str
    award: str
    headings: str
    sheet: str
    standing: str
    confirmed_by: str
    confirmed_at: datetime
    columns: int
    codes: int
    number: int


MATCHINGS: Final = TableSpec(
    "matchings",
    "Matchings",
    (
        Column(
            "headings",
            "Headings of the export",
            filter="text",
            href=lambda row: f"/awards/{row.award}/matchings?of={row.id}",
        ),
        Column("sheet", "Sheet", filter="text"),
        Column("standing", "Standing", Kind.TAG, tags=_STANDINGS, filter=Choices.of(_STANDINGS)),
        Column("confirmed_by", "Confirmed by", filter="text"),
        Column("confirmed_at", "Confirmed", Kind.MOMENT),
        Column("columns", "Columns read", Kind.NUMBER),
        Column("codes", "Codes", Kind.NUMBER),
        Column("number", "Version", Kind.NUMBER, on_page=False),
    ),
    sort="-confirmed_at",
    empty="No export has been matched yet. Whoever uploads a return sends an export of the finance system, says once what its columns are, and "
    "it is remembered here.",
)


@get("/awards/{reference:str}/matchings", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def all_matchings(request: Asked, gate: NamedDependency[Gate], reference: FromPath[str]) -> Response[Any]:
    """The matchings of the award's recipient; one of them in full, where the address names it."""
    async with gate.reading(request.user) as view:
        found = await _all(view, reference)
        recipient = (await award_view(view, reference)).recipient_name
    crumbs = [("Awards", "/awards"), (reference, f"/awards/{reference}")]
    if wanted := request.query_params.get("of"):
        one = next((each for each in found if str(each.id) == wanted), None)
        if one is None:
            raise NotFound("matching", "There is no such matching that you can see.")
        crumbs.append(("Matchings", f"/awards/{reference}/matchings"))
        return page(
            request, "matching", "How an export is read", crumbs=crumbs, one=one, recipient=recipient, **_in_words(one)
        )
    state = table_state(request, MATCHINGS)
    listed = listed_at_hand([_line(one, reference) for one in found], state.wanted, unique="id")
    if state.download:
        return await table_file(request, state, listed)
    return page(
        request,
        "matchings",
        "Exports of finance systems that are matched",
        crumbs=crumbs,
        reference=reference,
        recipient=recipient,
        listed=shown(state, listed),
    )


async def _all(view: View, reference: str) -> list[MatchingView]:
    found: list[MatchingView] = []
    after: str | None = None
    while True:
        part = await matchings.matchings_page(view, reference, after, MAX_LIMIT)
        found += part.items
        if part.next is None:
            return found
        after = part.next


def _line(one: MatchingView, reference: str) -> MatchingLine:
    headings = [sentence(heading) for heading in one.matching.headings if heading]
    more = f" and {len(headings) - _HEADINGS_SHOWN} more" if len(headings) > _HEADINGS_SHOWN else ""
    return MatchingLine(
        id=str(one.id),
        award=reference,
        headings=", ".join(headings[:_HEADINGS_SHOWN]) + more,
        sheet=one.matching.sheet,
        standing="in_force" if one.is_newest else "superseded",
        confirmed_by=one.confirmed_by,
        confirmed_at=one.confirmed_at,
        columns=len(one.matching.columns),
        codes=len(one.matching.codes),
        number=one.number,
    )


def _in_words(one: MatchingView) -> dict[str, Any]:
    """A matching as people read it: its columns with their headings, its rules, its codes."""
    matching = one.matching
    constants = structs.asdict(matching.constants)
    by_letters = {
        column_letters(number): sentence(heading) for number, heading in enumerate(matching.headings, start=1)
    }
    return {
        "columns": [
            (label, matching.columns[field], by_letters.get(matching.columns[field], ""))
            for field, label in FIELDS.items()
            if field in matching.columns
        ],
        "rules": [
            ("Spend and credits", SIGNS[matching.sign] if matching.sign else ""),
            ("Dates begin with", ORDERS[matching.date_order] if matching.date_order else ""),
            ("Lines outside the period", OUTSIDE[matching.outside_period]),
            *((f"{FIELDS[field]}, where a line has none", text) for field in CONSTANTS if (text := constants[field])),
        ],
        "codes": [
            (code or "(blank)", meaning_words(meaning) if meaning else "Not decided")
            for code, meaning in matching.codes.items()
        ],
    }


ROUTES: Final[list[Any]] = [all_matchings]
