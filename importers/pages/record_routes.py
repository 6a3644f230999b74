"""What stands behind a return: its lines, its history, its messages, and what changed from version to version."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from grants.actions import version_changes
from grants.actions.return_records import lines_listed
from grants.actions.return_views import ReturnView, return_view
from grants.actions.version_changes import LineChange
from grants.domain.access import Deed
from grants.domain.awards import CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.returns import ReturnState
from grants.pages.layout import Asked, page
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.state_words import RETURN_STATES
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, Tag, table_state
from grants.pages.words import period
from grants.store.transaction import Gate

RETURN: Final = "/returns/{return_id:uuid}"
DEEDS: Final = {
    "opened": "Asked for",
    "upload": "Uploaded",
    "checked_bad": "Checked: errors found",
    "checked_good": "Checked: no errors",
    "give_up": "Could not be checked",
    "certify": "Certified",
    "decline_to_certify": "Certifier declined",
    "start_review": "Review started",
    "request_changes": "Changes requested",
    "accept": "Accepted",
    "reopen": "Reopened",
}
_CHANGES: Final = {
    "added": Tag("Added", "green"),
    "removed": Tag("Removed", "red"),
    "changed": Tag("Changed", "yellow"),
}
_ARRIVALS: Final = frozenset({"upload", "checked_bad", "checked_good"})
"""What is recorded when a version comes: a small one is checked in the same step."""
_CATEGORIES: Final = {one.value: Tag(one.label, "grey") for one in CostCategory}
_KINDS: Final = {one.value: Tag(one.label, "grey") for one in BudgetKind}
LINES: Final = TableSpec(
    "lines",
    "Lines of spend",
    (
        Column("row", "Row", Kind.NUMBER, on_page=False),
        Column("cell", "Cell", words=lambda one: f"{one['sheet']}!{one['cell']}", sortable=False),
        Column("reference", "Reference"),
        Column(
            "category",
            "Cost category",
            words=lambda one: CostCategory(one["category"]).label,
            filter=Choices.of(_CATEGORIES),
        ),
        Column("description", "Description"),
        Column("payee", "Payee"),
        Column("spent_on", "Date", Kind.DAY),
        Column(
            "budget_kind",
            "Budget kind",
            words=lambda one: BudgetKind(one["budget_kind"]).label,
            filter=Choices.of(_KINDS),
        ),
        Column("net_pence", "Net", Kind.PENCE),
        Column("vat_pence", "Irrecoverable VAT", Kind.PENCE),
        Column("pence", "Counts for", Kind.PENCE, on_page=False),
        Column("accrual", "Accrual", Kind.YES_NO, on_page=False),
        Column("evidence", "Evidence", on_page=False),
    ),
    sort="row",
    empty="There are no lines to look at. They come with an upload that has no errors.",
    search=("description", "reference", "payee"),
    search_label="Description, reference or payee",
)
_HEADINGS: Final = {column.key: column.heading for column in LINES.columns}
HISTORY: Final = TableSpec(
    "history",
    "Everything that happened to this return",
    (
        Column("at", "When", Kind.MOMENT),
        Column("what", "What"),
        Column("person", "Who", filter="text"),
        Column("version", "Version", Kind.NUMBER, words=lambda one: None if one.version else "None yet"),
        Column("state", "State after it", Kind.TAG, tags=RETURN_STATES),
        Column("message", "Message", sortable=False, empty="None"),
        Column("number", "Step", Kind.NUMBER, on_page=False),
    ),
    sort="-number",
    empty="Nothing has happened yet.",
    rows_a_page=50,
)
DIFFERENCES: Final = TableSpec(
    "differences",
    "Lines that differ",
    (
        Column("number", "Place", Kind.NUMBER, on_page=False),
        Column("cell", "Cell", sortable=False),
        Column("change", "Change", Kind.TAG, tags=_CHANGES, filter=Choices.of(_CHANGES)),
        Column("reference", "Reference"),
        Column("description", "Description"),
        Column("payee", "Payee", on_page=False),
        Column("what", "What differs"),
        Column("before_pence", "Before", Kind.PENCE, empty="None"),
        Column("after_pence", "After", Kind.PENCE, empty="None"),
    ),
    sort="number",
    empty="No line differs.",
    search=("description", "reference", "payee"),
    search_label="Description, reference or payee",
    rows_a_page=50,
)


@dataclass(frozen=True)
class Step:
    """One step of a return's life, numbered from the first; `message` is what somebody wrote with it."""

    number: int
    at: datetime
    what: str
    person: str
    version: int
    state: ReturnState
    message: str


@dataclass(frozen=True)
class Difference:
    """A line that differs, numbered in the order of the later version's rows. Pence are net and VAT together; None: no such line."""

    number: int
    change: str
    cell: str
    reference: str
    description: str
    payee: str
    what: str
    before_pence: int | None
    after_pence: int | None


def differences_of(lines: list[LineChange]) -> list[Difference]:
    """The lines that differ, as a page shows them: as the later version has them, or the earlier one that had them last."""
    return [_difference(number, one) for number, one in enumerate(lines, start=1)]


def _difference(number: int, one: LineChange) -> Difference:
    line = next(side for side in (one.after, one.before) if side)
    return Difference(
        number,
        one.change,
        f"{line.sheet}!{line.cell}",
        line.reference,
        line.description,
        line.payee,
        ", ".join(_HEADINGS[name] for name in one.fields) if one.change == "changed" else "The whole line",
        one.before.net_pence + one.before.vat_pence if one.before else None,
        one.after.net_pence + one.after.vat_pence if one.after else None,
    )


def steps_of(found: ReturnView) -> list[Step]:
    """The return's history, the first step first. The note that came with an upload is the message of it."""
    notes = {one.number: one.note for one in found.versions}
    steps, came = [], set[int]()
    for number, event in enumerate(found.history, start=1):
        what, message = DEEDS.get(event.deed, event.deed), event.message
        if event.deed in _ARRIVALS and event.version not in came:
            came.add(event.version)
            message = message or notes.get(event.version, "")
            what = what if event.deed == "upload" else f"Uploaded. {what}"
        steps.append(Step(number, event.at, what, event.person, event.version, event.state, message))
    return steps


def crumbs_of(found: ReturnView) -> list[tuple[str, str]]:
    """The pages above a page of one return."""
    return [("Returns", "/returns"), (f"{found.award}, {period(found.period)}", f"/returns/{found.id}")]


@get(f"{RETURN}/lines", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def lines(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """The lines of the newest version, each with its cell."""
    state = table_state(request, LINES)
    async with gate.reading(request.user) as view:
        found, listed = await return_view(view, return_id), await lines_listed(view, return_id, state.wanted)
    if state.download:
        return await table_file(request, state, listed)
    return page(
        request, "return_lines", "Lines of spend", crumbs=crumbs_of(found), found=found, listed=shown(state, listed)
    )


@get(f"{RETURN}/history", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def history(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """Each step of the return's life, with who took it."""
    state = table_state(request, HISTORY)
    async with gate.reading(request.user) as view:
        found = await return_view(view, return_id)
    listed = listed_at_hand(steps_of(found), state.wanted, unique="number")
    if state.download:
        return await table_file(request, state, listed)
    return page(request, "return_lines", "History", crumbs=crumbs_of(found), found=found, listed=shown(state, listed))


@get(f"{RETURN}/messages", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def messages(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[str]:
    """What people wrote about the return, the newest first."""
    async with gate.reading(request.user) as view:
        found = await return_view(view, return_id)
    written = [step for step in reversed(steps_of(found)) if step.message]
    return page(request, "return_messages", "Messages", crumbs=crumbs_of(found), found=found, written=written)


@get(f"{RETURN}/changes", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def changes(
    request: Asked,
    gate: NamedDependency[Gate],
    return_id: FromPath[UUID],
    earlier: Annotated[int | None, QueryParameter(name="from", ge=1, le=2**31 - 1)] = None,
    later: Annotated[int | None, QueryParameter(name="to", ge=1, le=2**31 - 1)] = None,
) -> Response[Any]:
    """What differs between two versions; the newest and the one before it, unless others are named."""
    state = table_state(request, DIFFERENCES)
    most = state.wanted.counted
    async with gate.reading(request.user) as view:
        found = await return_view(view, return_id)
        first = later - 1 if later and earlier and earlier >= later else earlier
        is_first = (later or found.version) < 2
        differing = None if is_first else await version_changes.changes(view, return_id, first, later, None, most)
    listed = listed_at_hand(differences_of(differing.lines if differing else []), state.wanted, unique="number")
    if state.download:
        return await table_file(request, state, listed)
    return page(
        request,
        "return_changes",
        "What changed",
        crumbs=crumbs_of(found),
        found=found,
        changes=differing,
        listed=shown(state, listed),
        first_only=most if differing and differing.next else None,
    )


ROUTES: Final[list[Any]] = [lines, history, messages, changes]
