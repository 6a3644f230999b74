"""What a figure is, in words: its name, and what it is of, each thing with where it leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grants.domain.figures import Scope
from grants.domain.measures import Measure
from grants.domain.schedules import Filters
from grants.store import plan, recipients
from grants.store.transaction import Db


@dataclass(frozen=True)
class Said:
    """One fact about a figure. `address` is where it leads; empty: nowhere."""

    label: str
    words: str
    address: str = ""


def title_of(measure: Measure, scope: Scope, names: Mapping[str, str]) -> str:
    """Spent: Locally-led inquiries, 2025 to 2026; with the cost category of a figure that is of one."""
    category = f", {scope.category.label}" if scope.category else ""
    return f"{measure.label}: {names.get(scope.name, scope.name) or 'all of the plan'}, {time_of(scope)}{category}"


async def names_in(db: Db, scopes: Iterable[Scope]) -> dict[str, str]:
    """What funding lines and recipients are called that figures are of, by code and identifier; awards are known by theirs."""
    named = {(scope.of, scope.name) for scope in scopes}
    found = await recipients.names_of(db, [name for of, name in named if of == "recipient"])
    if any(of == "line" for of, _ in named):
        found |= {line.code: line.title for line in await plan.funding_lines(db)}
    return found


def time_of(scope: Scope) -> str:
    """2025 to 2026; a part of it; the year up to the end of a part; all years."""
    period = scope.period
    if period is None:
        return "all years"
    return f"{period.year.label}, up to the end of {period.label}" if scope.is_to_date else period.label


async def of_scope(db: Db, scope: Scope) -> list[Said]:
    """What a figure is of. Ask first whether its reader may see it."""
    found = []
    if scope.of == "line":
        found.append(await _line(db, scope.name))
    elif scope.of == "award":
        found.append(Said("Award", scope.name, f"/awards/{scope.name}"))
    elif scope.of == "recipient":
        found.append(await _recipient(db, scope.name))
    else:
        found.append(Said("Of", "All money of the plan that the narrowing leaves", "/plan"))
    if scope.programme is not None:
        found.append(Said("Within the programme", scope.programme))
    if scope.funding_line is not None:
        found.append(await _line(db, scope.funding_line))
    if scope.recipient is not None:
        found.append(await _recipient(db, scope.recipient))
    time = time_of(scope)
    found += [Said("Time", time[:1].upper() + time[1:]), Said("Budget kind", scope.budget_kind.label)]
    return found + ([Said("Cost category", scope.category.label)] if scope.category else [])


async def _line(db: Db, code: str) -> Said:
    titles = {line.code: line.title for line in await plan.funding_lines(db)}
    return Said("Funding line", f"{titles.get(code, code)} ({code})", f"/funding-lines/{code}")


async def _recipient(db: Db, identifier: str) -> Said:
    found = await recipients.find(db, identifier)
    return Said("Recipient", f"{found.name} ({identifier})", f"/recipients/{identifier}")


def returns_of(scope: Scope) -> tuple[Filters, frozenset[str] | None]:
    """The returns that a figure of money accounted for depends on: filters, and an award, None: all that they leave."""
    period = scope.period
    filters = Filters(
        programme=scope.programme,
        funding_line=scope.name if scope.of == "line" else scope.funding_line,
        recipient=scope.name if scope.of == "recipient" else scope.recipient,
        period=None if period is None else (period.year if scope.is_to_date else period).code,
    )
    return filters, frozenset({scope.name}) if scope.of == "award" else None
