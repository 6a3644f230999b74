"""The tables of an award's page: its returns, the instalments that it was promised, and what it was paid."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from grants.actions.award_money import AwardMoney, Due, OfCategory
from grants.actions.awards import AwardView, PaymentView
from grants.actions.lists import ReturnLine
from grants.domain.figures import award_scope
from grants.domain.measures import Measure
from grants.domain.periods import parse_year
from grants.domain.plan import BudgetKind
from grants.pages.figure_links import figure_address
from grants.pages.rating_words import rating, why_rated
from grants.pages.state_words import RETURN_STATES
from grants.pages.tables import Column, Kind, TableSpec, Tag
from grants.pages.words import count
from grants.store.ledger import AsAt
from grants.web.pages.plan_groups import Money, YearRow, progress_words

PAID: Final = {
    "paid": Tag("Paid", "green"),
    "part_paid": Tag("Part paid", "yellow"),
    "overdue": Tag("Overdue", "red"),
    "not_yet_due": Tag("Not yet due", "grey"),
}
PAYMENT_STATES: Final = {"paid": Tag("Paid", "green"), "reversed": Tag("Reversed", "grey")}


def _late(found: ReturnLine) -> str:
    return count(found.days_late, "day") if found.days_late else "Not late"


RETURNS: Final = TableSpec(
    "returns",
    "Returns",
    (
        Column("period", "Period", Kind.PERIOD, href=lambda found: f"/returns/{found.id}"),
        Column("due_on", "Due", Kind.DAY),
        Column("state", "State", Kind.TAG, tags=RETURN_STATES),
        Column("days_late", "Late by", Kind.NUMBER, words=_late),
        Column("version", "Version", Kind.NUMBER, words=lambda found: None if found.version else "None yet"),
        Column("name", "Return", on_page=False),
    ),
    sort="due_on",
    empty="No return has been asked for yet. Returns come with a collection round: they are asked for when it opens.",
    prefixed=True,
    rows_a_page=12,
)
INSTALMENTS: Final = TableSpec(
    "instalments",
    "Payment profile",
    (
        Column("number", "Instalment", Kind.NUMBER),
        Column("due_on", "Due", Kind.DAY),
        Column("year", "Financial year", Kind.PERIOD),
        Column("budget_kind", "Budget kind"),
        Column("pence", "Amount", Kind.PENCE),
        Column("paid_pence", "Paid", Kind.PENCE),
        Column("state", "State", Kind.TAG, tags=PAID),
    ),
    sort="number",
    empty="This award is paid in arrears, against accepted returns: it has no payment profile.",
    prefixed=True,
    rows_a_page=12,
)
PAYMENTS: Final = TableSpec(
    "payments",
    "Payments",
    (
        Column(
            "entry_no", "Entry", Kind.NUMBER, href=lambda row: f"/figures/entry:{row['entry_no']}@{row['entry_no']}"
        ),
        Column("paid_on", "Paid on", Kind.DAY),
        Column("pence", "Amount", Kind.PENCE),
        Column("year", "Financial year", Kind.PERIOD),
        Column("budget_kind", "Budget kind"),
        Column(
            "against",
            "Against",
            href=lambda row: f"/returns/{row['claim']}" if row["claim"] else None,
        ),
        Column("state", "State", Kind.TAG, tags=PAYMENT_STATES),
    ),
    sort="-entry_no",
    empty="Nothing has been paid yet. A payment is a decision that a programme lead proposes and an approver agrees to.",
    prefixed=True,
    rows_a_page=12,
)


def instalment_rows(instalments: Iterable[Due], today: date) -> list[dict[str, object]]:
    """The rows of INSTALMENTS."""
    return [
        {
            "number": each.number,
            "due_on": each.due_on,
            "year": each.year,
            "budget_kind": each.budget_kind.label,
            "pence": each.pence,
            "paid_pence": each.paid_pence,
            "state": _state(each, today),
        }
        for each in instalments
    ]


def _state(due: Due, today: date) -> str:
    if due.paid_pence >= due.pence:
        return "paid"
    if due.paid_pence:
        return "part_paid"
    return "overdue" if due.due_on < today else "not_yet_due"


def payment_rows(payments: Iterable[PaymentView]) -> list[dict[str, object]]:
    """The rows of PAYMENTS."""
    return [
        {
            "entry_no": each.entry_no,
            "paid_on": date.fromisoformat(each.paid_on),
            "pence": each.pence,
            "year": each.year,
            "budget_kind": BudgetKind(each.budget_kind).label,
            "against": f"Instalment {each.instalment}" if each.instalment else "An accepted return",
            "claim": each.claim,
            "state": "reversed" if each.reversed else "paid",
        }
        for each in payments
    ]


_OF_YEAR: Final = (
    (Measure.AWARDED, "awarded_pence"),
    (Measure.PAID, "paid_pence"),
    (Measure.SPENT, "spent_pence"),
    (Measure.FORECAST, "forecast_pence"),
)


@dataclass(frozen=True)
class CategoryRow:
    """A cost category, or all of them: its budget, what is accounted for, and what is left."""

    name: str
    budget: Money
    spent: Money
    left_pence: int


@dataclass(frozen=True)
class Budget:
    """The cost categories of one financial year and budget kind."""

    name: str
    title: str
    rows: list[CategoryRow]
    total: CategoryRow


def year_rows(award: AwardView, money: AwardMoney, *, traced: bool) -> list[YearRow]:
    """What the award comes to, year by year; with `traced`, figures lead to what they add up."""
    terms, found = award.terms, []
    for of in money.years:
        scope = award_scope(award.reference, of.year, of.budget_kind) if traced else None
        figures = of.figures
        found.append(
            YearRow(
                year=of.year,
                kind=of.budget_kind.label,
                money=(
                    *(_money(measure, getattr(figures, name), scope, money.at) for measure, name in _OF_YEAR),
                    _money(Measure.UNPAID, figures.awarded_pence - figures.paid_pence, scope, money.at),
                ),
                rating=rating(figures.rag(terms.amber_percent, terms.red_percent)),
                why=why_rated(figures),
                progress=progress_words(of.progress),
            )
        )
    return found


def budgets(award: AwardView, money: AwardMoney, *, traced: bool) -> Iterator[Budget]:
    """Budget against spend by cost category, one table for each year and budget kind: they are never added together."""
    for (year, kind), group in groupby(money.categories, lambda each: (each.year, each.budget_kind)):
        found = list(group)
        whole = award_scope(award.reference, year, kind) if traced else None
        budget, spent = sum(each.budget_pence for each in found), sum(each.spent_pence for each in found)
        yield Budget(
            name=f"budget-{year}-{kind.value}".replace("_", "-"),
            title=f"{parse_year(year).label}: {kind.label[:1].lower()}{kind.label[1:]}",
            rows=[_category(award.reference, each, money.at, traced=traced) for each in found],
            total=CategoryRow(
                "Total",
                _money(Measure.BUDGET, budget, whole, money.at),
                _money(Measure.SPENT, spent, whole, money.at),
                budget - spent,
            ),
        )


def _category(reference: str, of: OfCategory, at: AsAt, *, traced: bool) -> CategoryRow:
    scope = award_scope(reference, of.year, of.budget_kind, of.category) if traced else None
    return CategoryRow(
        of.category.label,
        _money(Measure.BUDGET, of.budget_pence, scope, at),
        _money(Measure.SPENT, of.spent_pence, scope, at),
        of.budget_pence - of.spent_pence,
    )


def _money(measure: Measure, pence: int, scope: str | None, at: AsAt) -> Money:
    return Money(measure, pence, figure_address(measure, scope, at) if scope else None)
