"""The grid of an award's budget by cost category and year, and the rows of its payments and milestones: read and filled in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from grants.domain.awards import AwardMilestone, AwardTerms, BudgetLine, CostCategory, Instalment
from grants.domain.errors import Invalid
from grants.domain.periods import parse_year, year_of
from grants.domain.plan import BudgetKind
from grants.web.pages.form_fields import NotRead, Read, day_of_text, pence_of, short_day, typed_pence

BUDGET_KINDS: Final = tuple((kind.value, kind.label) for kind in BudgetKind)
CATEGORIES: Final = tuple((category.value, category.label) for category in CostCategory)
MOST_COLUMNS, MOST_INSTALMENTS, MOST_MILESTONES = 8, 40, 40
"""What one form can hold beside its other fields; an award with more is proposed through the API or a register."""
_COUNT: Final = re.compile(r"(?:column|due|stone)-(\d{1,3})-", re.ASCII)


@dataclass(frozen=True)
class Shape:
    """How many columns and rows the form has."""

    columns: int
    instalments: int
    milestones: int


def shape_of(typed: Mapping[str, str]) -> Shape:
    """As many as were sent, and more of what was asked for."""
    counts = {"column": 0, "due": 0, "stone": 0}
    for name in typed:
        if match := _COUNT.match(name):
            kind = name.partition("-")[0]
            counts[kind] = max(counts[kind], int(match[1]) + 1)
    more = typed.get("more", "")
    return Shape(
        min(max(counts["column"], 1) + (more == "column"), MOST_COLUMNS),
        min(max(counts["due"], 1) + (4 if more == "instalment" else 0), MOST_INSTALMENTS),
        min(max(counts["stone"], 1) + (2 if more == "milestone" else 0), MOST_MILESTONES),
    )


def years_around(first: date, last: date) -> tuple[tuple[str, str], ...]:
    """Financial years to choose from, from two before to five after those of the dates."""
    start, end = year_of(first).start_year - 2, year_of(last).start_year + 5
    codes = [f"{year}-{(year + 1) % 100:02d}" for year in range(start, end + 1)]
    return tuple((code, parse_year(code).label) for code in codes)


def fits(terms: AwardTerms) -> bool:
    """Whether one form can hold all of the terms."""
    columns = {(line.year, line.budget_kind) for line in terms.budget}
    return (
        len(columns) <= MOST_COLUMNS
        and len(terms.profile) <= MOST_INSTALMENTS
        and len(terms.milestones) <= MOST_MILESTONES
    )


def blank_rows(years: Sequence[str]) -> dict[str, str]:
    """A column for each year, and two instalments to begin with."""
    kind, blank = BudgetKind.RDEL_PROGRAMME.value, dict[str, str]()
    for number, code in enumerate(years):
        blank |= {f"column-{number}-year": code, f"column-{number}-kind": kind}
    for number in range(2):
        blank |= {f"due-{number}-number": str(number + 1), f"due-{number}-year": years[0], f"due-{number}-kind": kind}
    return blank


def typed_rows(terms: AwardTerms) -> dict[str, str]:
    """The grid and the rows as somebody would have typed them."""
    shown: dict[str, str] = {}
    columns = sorted({(line.year, line.budget_kind) for line in terms.budget})
    for number, (year, kind) in enumerate(columns):
        shown |= {f"column-{number}-year": year, f"column-{number}-kind": kind.value}
    for line in terms.budget:
        shown[f"column-{columns.index((line.year, line.budget_kind))}-{line.category.value}"] = typed_pence(line.pence)
    for number, due in enumerate(sorted(terms.profile, key=lambda each: (each.due_on, each.number))):
        shown |= {
            f"due-{number}-number": str(due.number),
            f"due-{number}-on": short_day(due.due_on),
            f"due-{number}-year": due.year,
            f"due-{number}-kind": due.budget_kind.value,
            f"due-{number}-pence": typed_pence(due.pence),
        }
    for number, milestone in enumerate(terms.milestones):
        shown |= {f"stone-{number}-title": milestone.title, f"stone-{number}-baseline": short_day(milestone.baseline)}
    return shown


def read_rows(
    typed: Mapping[str, str], found: Read
) -> tuple[tuple[BudgetLine, ...], tuple[Instalment, ...], tuple[AwardMilestone, ...]]:
    """Budget, payment profile and milestones; what is wrong with them goes to what was found."""
    shape = shape_of(typed)
    return (
        tuple(_budget(typed, shape, found)),
        tuple(_profile(typed, shape, found)),
        tuple(_milestones(typed, shape, found)),
    )


def _budget(typed: Mapping[str, str], shape: Shape, found: Read) -> Iterator[BudgetLine]:
    for number in range(shape.columns):
        amounts = {
            category: text
            for category, _ in CATEGORIES
            if (text := typed.get(f"column-{number}-{category}", "").strip()) not in ("", "0", "-")
        }
        if not amounts:
            continue
        year, kind = typed.get(f"column-{number}-year", ""), typed.get(f"column-{number}-kind", "")
        if not _is_year(year) or kind not in set(BudgetKind):
            found.errors[f"column-{number}-year"] = "Choose the year and budget kind of each column with amounts."
            continue
        for category, text in amounts.items():
            try:
                pence = pence_of(text, f"{CostCategory(category).label} of {parse_year(year).label}")
            except NotRead as error:
                found.errors[f"column-{number}-{category}"] = str(error)
                continue
            yield BudgetLine(year, CostCategory(category), pence, BudgetKind(kind))


def _is_year(code: str) -> bool:
    try:
        parse_year(code)
    except Invalid:
        return False
    return True


def _profile(typed: Mapping[str, str], shape: Shape, found: Read) -> Iterator[Instalment]:
    for row in range(shape.instalments):
        part = {name: typed.get(f"due-{row}-{name}", "").strip() for name in ("number", "on", "year", "kind", "pence")}
        if not part["on"] and not part["pence"]:
            continue
        label = f"Instalment {part['number'] or row + 1}"
        errors: dict[str, str] = {}
        on = _tried(
            errors, f"due-{row}-on", lambda part=part, label=label: day_of_text(part["on"], f"{label}: when it is due")
        )
        pence = _tried(
            errors,
            f"due-{row}-pence",
            lambda part=part, label=label: pence_of(part["pence"] or "x", f"{label}: the amount"),
        )
        number = part["number"]
        if not (number.isascii() and number.isdecimal() and 1 <= int(number[:4]) <= 200):
            errors[f"due-{row}-number"] = f"{label}: its number must be from 1 to 200."
        if not _is_year(part["year"]) or part["kind"] not in set(BudgetKind):
            errors[f"due-{row}-year"] = f"{label}: choose its year and budget kind."
        found.errors |= errors
        if not errors:
            yield Instalment(int(number), on, part["year"], pence, BudgetKind(part["kind"]))


def _milestones(typed: Mapping[str, str], shape: Shape, found: Read) -> Iterator[AwardMilestone]:
    for row in range(shape.milestones):
        title, baseline = (typed.get(f"stone-{row}-{name}", "").strip() for name in ("title", "baseline"))
        if not title and not baseline:
            continue
        label = f"Milestone {row + 1}"
        if not title or len(title) > 200:
            found.errors[f"stone-{row}-title"] = f"{label}: enter a title of 200 characters or fewer."
            continue
        errors: dict[str, str] = {}
        day = _tried(
            errors,
            f"stone-{row}-baseline",
            lambda text=baseline, label=label: day_of_text(text, f"{label}: its baseline"),
        )
        found.errors |= errors
        if not errors:
            yield AwardMilestone(title, day)


def _tried(errors: dict[str, str], where: str, way: Any) -> Any:
    try:
        return way()
    except NotRead as error:
        errors[where] = str(error)
        return None
