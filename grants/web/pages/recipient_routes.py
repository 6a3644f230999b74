"""The pages of recipients: all of them, each with its awards and what they come to, and the form that adds one."""

import re
from functools import partial
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions.award_money import OfYear
from grants.actions.lists import Among, awards_listed
from grants.actions.recipient_list import recipient_years, recipients_listed
from grants.actions.recipients import add_recipient, recipient_view
from grants.domain.access import Actor, Deed, may, narrowed_to
from grants.domain.errors import Conflict
from grants.domain.figures import recipient_scope
from grants.domain.measures import Measure
from grants.domain.recipients import NewRecipient, RecipientKind
from grants.domain.schedules import EVERYTHING, Filters
from grants.pages.figure_links import figure_address
from grants.pages.forms import Sent, once, sent
from grants.pages.layout import Asked, go, page
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, Tag, table_state
from grants.store.ledger import AsAt, head
from grants.store.recipients import RecipientRow
from grants.store.transaction import Gate
from grants.web.pages.money_tables import AWARDS_OF_RECIPIENT
from grants.web.pages.plan_groups import Money, YearRow, progress_words

RECIPIENTS_PATH: Final = "/recipients"
KINDS: Final[dict[str, Tag]] = {
    RecipientKind.POLICE: Tag("Police", "blue"),
    RecipientKind.COUNCIL: Tag("Council", "purple"),
    RecipientKind.CHARITY: Tag("Charity", "teal"),
    RecipientKind.ARMS_LENGTH: Tag("Arm’s-length body", "grey"),
}
SCHEMES: Final = (
    ("ONS", "ONS code", "Of a council or a police force area, like E08000004"),
    ("GB-LAE", "Local authority code (GB-LAE)", "Like OLD"),
    ("GB-CHC", "Charity number (GB-CHC)", ""),
    ("GB-COH", "Company number (GB-COH)", "Eight characters, like 01234567"),
)
_CODES: Final = {scheme: label for scheme, label, _ in SCHEMES}
_MEASURES: Final = (
    (Measure.AWARDED, "awarded_pence"),
    (Measure.PAID, "paid_pence"),
    (Measure.SPENT, "spent_pence"),
    (Measure.FORECAST, "forecast_pence"),
)
_ID: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{2,39}", re.ASCII)
_NAME_MAX, _CODE_MAX = 200, 80
_TOLD: Final = {"added": "The recipient is added."}
RECIPIENTS: Final = TableSpec(
    "recipients",
    "Recipients",
    (
        Column("name", "Recipient", href=lambda row: f"{RECIPIENTS_PATH}/{row.id}"),
        Column("kind", "Kind", Kind.TAG, tags=KINDS, filter=Choices.of(KINDS)),
        Column("id", "Identifier"),
        Column("awards", "Awards", Kind.NUMBER),
    ),
    sort="name",
    empty="There are no recipients yet. Add the organisation that an award is to go to.",
    search=("name", "id"),
    search_label="Name or identifier",
)


@get(RECIPIENTS_PATH, opt={"deed": Deed.SEE_RECIPIENTS}, include_in_schema=False)
async def recipients(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Organisations that money can go to."""
    state = table_state(request, RECIPIENTS)
    async with gate.reading(request.user) as view:
        found = await recipients_listed(view, state.wanted)
    if state.download:
        return await table_file(request, state, found)
    return page(
        request,
        "recipients",
        "Recipients",
        listed=shown(state, found),
        may_add=may(request.user, Deed.ADD_RECIPIENT),
    )


@get(f"{RECIPIENTS_PATH}/{{recipient_id:str}}", opt={"deed": Deed.SEE_RECIPIENTS}, include_in_schema=False)
async def recipient(request: Asked, gate: NamedDependency[Gate], recipient_id: FromPath[str]) -> Response[Any]:
    """One recipient, with those of its awards that the viewer may see."""
    sees_plan = may(request.user, Deed.SEE_PLAN)
    state = table_state(request, AWARDS_OF_RECIPIENT if sees_plan else AWARDS_OF_RECIPIENT.unlinked("line_title"))
    async with gate.reading(request.user) as view:
        found = await recipient_view(view, recipient_id)
        listed = await awards_listed(view, state.wanted, Among(recipient=recipient_id))
        years, at = await recipient_years(view, recipient_id), await head(view.db)
    if state.download:
        return await table_file(request, state, listed, title=f"Awards to {found.name}")
    return page(
        request,
        "recipient",
        found.name,
        told=_TOLD,
        crumbs=[("Recipients", RECIPIENTS_PATH)],
        recipient=found,
        kind=KINDS[found.kind].words,
        codes=[(_CODES.get(scheme, scheme), code) for scheme, code in found.identifiers.items()],
        awards=shown(state, listed, empty="It has no award yet that you may see."),
        years=_rows(request.user, found, years, at),
        may_propose=may(request.user, Deed.PROPOSE),
    )


def _rows(actor: Actor, recipient: RecipientRow, years: list[OfYear], at: AsAt) -> list[YearRow]:
    """Its money by year and kind; figures of several programmes, but not of all, lead nowhere."""
    programmes = narrowed_to(actor, Deed.TRACE)[0]
    filters = EVERYTHING if programmes is None else Filters(programme=next(iter(programmes), None))
    traced = may(actor, Deed.TRACE) and (programmes is None or len(programmes) == 1)
    found = []
    for of in years:
        scope = recipient_scope(recipient.id, of.year, of.budget_kind, filters)
        money = [
            Money(measure, getattr(of.figures, name), figure_address(measure, scope, at) if traced else None)
            for measure, name in _MEASURES
        ]
        found.append(YearRow(of.year, of.budget_kind.label, money, progress_words(of.progress)))
    return found


@get(f"{RECIPIENTS_PATH}/new", opt={"deed": Deed.ADD_RECIPIENT}, include_in_schema=False, sync_to_thread=False)
def new_recipient(request: Asked) -> Response[str]:
    """The form."""
    return _form(request, {}, {})


@post(f"{RECIPIENTS_PATH}/new", opt={"deed": Deed.ADD_RECIPIENT}, include_in_schema=False)
async def send_recipient(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Adds an organisation."""
    form = await sent(request)
    typed, errors = _typed(form), {}
    if not 2 <= len(typed["name"]) <= _NAME_MAX:
        errors["name"] = f"Enter its name, of 2 to {_NAME_MAX} characters"
    if typed["kind"] not in set(RecipientKind):
        errors["kind"] = "Choose what kind of organisation it is"
    if not _ID.fullmatch(typed["id"]):
        errors["id"] = "Enter its identifier, of 3 to 40 capital letters, digits and hyphens, like GB-LAE-OLD"
    errors |= {
        f"code-{scheme}": f"{label} must be {_CODE_MAX} characters or fewer"
        for scheme, label, _ in SCHEMES
        if len(typed[f"code-{scheme}"]) > _CODE_MAX
    }
    if errors:
        return _form(request, typed, errors, 400)
    codes = {scheme: typed[f"code-{scheme}"] for scheme, _, _ in SCHEMES if typed[f"code-{scheme}"]}
    new = NewRecipient(typed["id"], typed["name"], RecipientKind(typed["kind"]), codes)
    try:
        added = await once(request, gate, RecipientRow, partial(add_recipient, new=new))
    except Conflict as refused:
        return _form(request, typed, {"id": refused.message}, 409)
    return go(f"{RECIPIENTS_PATH}/{added.id}", done="added")


def _typed(form: Sent) -> dict[str, str]:
    fields = ("name", "kind", *(f"code-{scheme}" for scheme, _, _ in SCHEMES))
    return {**{name: form.text(name) for name in fields}, "id": form.text("id").upper()}


def _form(request: Asked, typed: dict[str, str], errors: dict[str, str], status: int = 200) -> Response[str]:
    return page(
        request,
        "recipient_new",
        "Add a recipient",
        status=status,
        errors=errors,
        crumbs=[("Recipients", RECIPIENTS_PATH)],
        typed=typed,
        kinds=[(str(kind), tag.words) for kind, tag in KINDS.items()],
        schemes=SCHEMES,
    )


ROUTES: list[Any] = [recipients, recipient, new_recipient, send_recipient]
