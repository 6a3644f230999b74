"""Identifiers of figures: a measure, what it is of, and the place in the record that it stands at."""

import re
from dataclasses import dataclass
from typing import Final, Protocol

from grants.domain.awards import CostCategory
from grants.domain.errors import Invalid
from grants.domain.measures import OF_CATEGORIES, OF_LINES, OF_PERIODS, Measure, needs_journal
from grants.domain.periods import Period, parse_period
from grants.domain.plan import BudgetKind
from grants.domain.schedules import EVERYTHING, Filters

ALL_YEARS: Final = "all"
_KINDS: Final = {kind.label: kind for kind in BudgetKind}
_CATEGORIES: Final = {category.label: category for category in CostCategory}


class PlaceInRecord(Protocol):
    """The newest entry and the newest journal record that a figure counts."""

    @property
    def entry_no(self) -> int: ...
    @property
    def journal_no(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What a figure is of: a funding line (`of` is "line"), an award, a recipient or the plan, in a time, of one budget kind.

    `time` is a financial year, one of its parts, the year up to the end of a part ("to-2025-26-Q2"), or "all". The rest narrows it
    as a report's filters do.
    """

    of: str
    name: str
    time: str
    budget_kind: BudgetKind
    category: CostCategory | None = None
    programme: str | None = None
    funding_line: str | None = None
    recipient: str | None = None

    def __str__(self) -> str:
        whole = self.name if self.of == "line" else f"{self.of}:{self.name}" if self.name else self.of
        parts = [whole, self.time, self.budget_kind.value]
        parts += [self.category.value] if self.category else []
        named = (("programme", self.programme), ("line", self.funding_line), ("recipient", self.recipient))
        return ":".join([*parts, *(f"{what}={code}" for what, code in named if code)])

    @property
    def period(self) -> Period | None:
        """The year or the part of one; None: all years."""
        return None if self.time == ALL_YEARS else parse_period(self.time.removeprefix("to-"))

    @property
    def is_to_date(self) -> bool:
        """Whether it is the year up to the period's end."""
        return self.time.startswith("to-")


def line_scope(code: str, time: str, kind: BudgetKind, filters: Filters = EVERYTHING) -> str:
    """A funding line's money; where the filters name a recipient, that recipient's alone."""
    return str(Scope("line", code, time, kind, recipient=filters.recipient))


def award_scope(reference: str, time: str, kind: BudgetKind, category: CostCategory | None = None) -> str:
    """An award's money, or that of one cost category."""
    return str(Scope("award", reference, time, kind, category))


def recipient_scope(recipient: str, time: str, kind: BudgetKind, filters: Filters = EVERYTHING) -> str:
    """A recipient's money, within the programme and funding line of the filters."""
    return str(Scope("recipient", recipient, time, kind, None, filters.programme, filters.funding_line))


def plan_scope(time: str, kind: BudgetKind, filters: Filters = EVERYTHING) -> str:
    """All money, within the programme, funding line and recipient of the filters."""
    named = (filters.programme, filters.funding_line, filters.recipient)
    return str(Scope("plan", "", time, kind, None, *named))


def kind_of(label: object) -> BudgetKind:
    """The budget kind that a cell shows."""
    return _KINDS[str(label)]


def category_of(label: object) -> CostCategory:
    """The cost category that a cell shows."""
    return _CATEGORIES[str(label)]


@dataclass(frozen=True)
class FigureId:
    """A parsed identifier: a `measure` of a `scope`; or, where these are None, an entry, or a line of a version (`row` above 0)."""

    text: str
    entry_no: int
    journal_no: int | None
    measure: Measure | None = None
    scope: Scope | None = None
    number: int = 0
    row: int = 0


_CODE: Final = "[A-Z0-9][A-Z0-9-]{1,39}"
_PLACE: Final = r"@(?P<entry>\d{1,15})(?:\.(?P<journal>\d{1,15}))?"
_SCOPE: Final = (
    rf"(?:(?:(?P<of>award|recipient):)?(?P<name>{_CODE})|plan):(?P<time>all|(?:to-)?\d{{4}}-\d\d(?:-Q\d|-P\d\d)?)"
    rf":(?P<kind>{'|'.join(BudgetKind)})(?::(?P<category>{'|'.join(CostCategory)}))?"
    rf"(?::programme=(?P<programme>{_CODE}))?(?::line=(?P<line>{_CODE}))?(?::recipient=(?P<recipient>{_CODE}))?"
)
_MEASURED: Final = re.compile(rf"(?P<measure>{'|'.join(Measure)}):(?P<scope>{_SCOPE}){_PLACE}", re.ASCII)
_SCOPED: Final = re.compile(_SCOPE, re.ASCII)
_COUNTED: Final = [
    re.compile(form + _PLACE, re.ASCII)
    for form in (r"entry:(?P<number>\d{1,15})", r"line:(?P<number>\d{1,15}):(?P<row>\d{1,9})")
]


def parse_figure(text: str) -> FigureId:
    """spent:LOCAL-INQUIRIES:2025-26:rdel_programme@812, budget:award:LI-OLDHAM-01:2025-26:rdel_programme:staff_pay@812.1690,
    entry:37@812 or line:5:17@812.

    Raises Invalid for anything else, and for a figure that there cannot be.
    """
    if match := _MEASURED.fullmatch(text):
        measure, scope = Measure(match["measure"]), parse_scope(match["scope"])
        _check(measure, scope)
        return FigureId(text, int(match["entry"]), _number(match["journal"]), measure, scope)
    for form in _COUNTED:
        if match := form.fullmatch(text):
            row = int(match.groupdict().get("row") or 0)
            return FigureId(text, int(match["entry"]), _number(match["journal"]), number=int(match["number"]), row=row)
    raise Invalid(
        "figure",
        "Use a figure's identifier as a report gives it, like spent:LOCAL-INQUIRIES:2025-26:rdel_programme@812.",
    )


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def parse_scope(text: str) -> Scope:
    """What a figure is of, as an identifier says it. Raises Invalid."""
    match = _SCOPED.fullmatch(text)
    if match is None:
        raise Invalid("figure", "That is not what a figure can be of.")
    of = match["of"] or ("line" if match["name"] else "plan")
    category = CostCategory(match["category"]) if match["category"] else None
    named = (match["programme"], match["line"], match["recipient"])
    scope = Scope(of, match["name"] or "", match["time"], BudgetKind(match["kind"]), category, *named)
    assert scope.period is None or scope.period.code  # noqa: S101 – a time that is no period raises Invalid
    return scope


def _check(measure: Measure, scope: Scope) -> None:
    period = scope.period
    by_lines = scope.of in ("line", "plan") and scope.recipient is None
    if (
        (measure in OF_LINES and not by_lines)
        or (scope.category is not None and measure not in OF_CATEGORIES)
        or (period is not None and (period != period.year or scope.is_to_date) and measure not in OF_PERIODS)
    ):
        raise Invalid("figure", f"There is no figure {measure} of {scope}.")


def figure_id(measure: Measure, scope: Scope, at: PlaceInRecord) -> str:
    """The identifier that leads to what the figure adds up."""
    full = needs_journal(measure, of_category=scope.category is not None)
    return f"{measure}:{scope}@{at.entry_no}.{at.journal_no}" if full else f"{measure}:{scope}@{at.entry_no}"


def entry_figure(number: int, at: PlaceInRecord) -> str:
    """The identifier of what one entry adds."""
    return f"entry:{number}@{at.entry_no}"


def line_figure(version_id: int, row: int, at: PlaceInRecord) -> str:
    """The identifier of one spend line."""
    return f"line:{version_id}:{row}@{at.entry_no}"
