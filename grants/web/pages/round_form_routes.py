"""The page on which a collection round is planned."""

from datetime import date
from functools import partial
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from grants.actions import rounds
from grants.actions.round_lists import programmes_to_collect_for
from grants.actions.rounds import DUE_AFTER_WORKING_DAYS, NewRound, RoundView
from grants.domain.access import Deed
from grants.domain.errors import Conflict, Invalid, RuleBroken
from grants.domain.periods import Period, london_day, quarter_of
from grants.domain.reminders import Reminders
from grants.pages.forms import once, sent
from grants.pages.layout import Asked, go, page
from grants.store.transaction import Gate
from grants.web.pages.form_fields import Field, FieldKind, Read, read, typed_of

_F = FieldKind
_CRUMBS: Final = (("Returns", "/returns"), ("Collection rounds", "/rounds"))


def _periods(today: date) -> list[tuple[str, str]]:
    """Quarters and months from a year ago to a year ahead."""
    year = quarter_of(today).start_year
    years = range(year - 1, year + 2)
    quarters = [Period(one, quarter=number) for one in years for number in range(1, 5)]
    months = [Period(one, month=number) for one in years for number in range(1, 13)]
    return [("", "Choose a period"), *((period.code, period.label) for period in [*quarters, *months])]


_DAYS: Final = r"\d{1,2}( *, *\d{1,2}){0,9}"
_REMINDERS: Final = (
    Field(
        "before",
        "Reminders before it is due (optional)",
        hint="In working days before it is due, like 10, 5",
        pattern=_DAYS,
        wrong="Type working days as numbers with commas, like 10, 5.",
        width="10",
    ),
    Field(
        "after",
        "Reminders after it was due (optional)",
        hint="In working days after it was due, like 1",
        pattern=_DAYS,
        wrong="Type working days as numbers with commas, like 1, 3.",
        width="10",
    ),
    Field(
        "every",
        "Then again every so many working days (optional)",
        _F.NUMBER,
        called="The number of working days",
        hint="Left empty: no more reminders",
        least=1,
        most=60,
        width="2",
    ),
)


def _fields(programmes: list[tuple[str, str]], today: date) -> list[Field]:
    return [
        Field(
            "programme",
            "Programme",
            _F.SELECT,
            choices=[("", "Choose a programme"), *programmes],
            missing="Choose a programme.",
        ),
        Field(
            "period", "Which period are returns for?", _F.SELECT, choices=_periods(today), missing="Choose a period."
        ),
        Field(
            "opens_on",
            "When does it open? (optional)",
            _F.DAY,
            called="The opening date",
            hint="Left empty: on the first working day after the period ends.",
        ),
        Field(
            "due_on",
            "When are returns due? (optional)",
            _F.DAY,
            called="The due date",
            hint=f"Left empty: {DUE_AFTER_WORKING_DAYS} working days after the period ends.",
        ),
        *_REMINDERS,
    ]


_PLACES: Final = {"due_before_open": "due_on-day", "exists": "period", "period": "period", "round_exists": "period"}


@get("/rounds/new", opt={"deed": Deed.MANAGE_ROUNDS}, include_in_schema=False)
async def new_round(request: Asked, gate: NamedDependency[Gate]) -> Response[str]:
    """The form of a round."""
    typed = {"before": "10, 5", "after": "1", "every": "5", **typed_of("period", request.query_params.get("period"))}
    return await _form(request, gate, typed)


async def _form(
    request: Asked, gate: Gate, typed: dict[str, str], errors: dict[str, str] | None = None, status: int = 200
) -> Response[str]:
    async with gate.reading(request.user) as view:
        fields = _fields(await programmes_to_collect_for(view), london_day(view.now))
    return page(
        request,
        "round_new",
        "Plan a collection round",
        status=status,
        errors=errors,
        crumbs=_CRUMBS,
        fields=fields,
        typed=typed,
    )


@post("/rounds/new", opt={"deed": Deed.MANAGE_ROUNDS}, include_in_schema=False)
async def plan_round(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Plans a round."""
    form = await sent(request)
    typed = {name: form.text(name) for name in form.fields}
    async with gate.reading(request.user) as view:
        found = read(_fields(await programmes_to_collect_for(view), london_day(view.now)), typed)
    reminders = _reminders(found)
    if found.errors:
        return await _form(request, gate, typed, found.errors, 400)
    said = found.values
    new = NewRound(said["programme"], said["period"], said["opens_on"], said["due_on"], reminders)
    try:
        made = await once(request, gate, RoundView, partial(rounds.add_round, new=new))
    except (Conflict, RuleBroken, Invalid) as error:
        status = {Conflict: 409, RuleBroken: 422, Invalid: 400}[type(error)]
        return await _form(request, gate, typed, {_PLACES.get(error.code, ""): error.message}, status)
    return go(f"/rounds/{made.id}", done="planned")


def _reminders(found: Read) -> Reminders | None:
    """When people are reminded; what cannot be so goes to the errors."""
    parts: dict[str, tuple[int, ...]] = {}
    for name in ("before", "after"):
        parts[name] = tuple(int(day) for day in (found.values.get(name) or "").replace(" ", "").split(",") if day)
        if any(not 1 <= day <= 60 for day in parts[name]):
            found.errors[name] = "Each number of working days must be from 1 to 60."
    return None if found.errors else Reminders(**parts, every=found.values.get("every"))


ROUTES: list[Any] = [new_round, plan_round]
