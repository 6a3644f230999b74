"""Lines of spend: what each means, and the ways in which people type it."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from grants.domain.awards import BudgetLine, SpendDetail
from grants.domain.periods import Period
from grants.domain.returns import ReturnContext
from importers.choices import kind_label
from tests.importers.fuzz.among import among
from tests.importers.fuzz.awards import Wanted
from tests.importers.fuzz.model import Formula, Meant, Row

TEXTS = (
    "Investigators, July", "Søren & Æther Ltd", "=SUM(A1:A9)", "@cmd", "O'Neill <& sons>", "a\\tb", "back\\slash", "-", "+44",
    'the "old" depot', "Rail; bus, tram", "£5 vouchers | 20 of them", " spaced ", "N/A", "0", "Total Media Services", "Caf\u00e9",
    "Hotel\u00a0rooms", "1/2 day", "Yes", "Training – trauma", "Cost category",
)  # fmt: skip
FOREIGN = ("Łódź 警察", "\u200fעברית", "🙂 team")


def texts(form: str) -> st.SearchStrategy[Any]:
    """What people write, in an encoding that the form may have."""
    return among(TEXTS if form == "csv" else (*TEXTS, *FOREIGN, 2025, 12.5))


def spelled_amount(pence: int, form: str, *, commas: bool = False) -> list[Any]:
    """Ways to type an amount."""
    pounds, sign = abs(pence) / 100, "-" if pence < 0 else ""
    if commas:
        point = f"{pounds:,.2f}"
        return [sign + point.translate(str.maketrans(",.", ".,")), f"{sign}{pounds:.2f}".replace(".", ",")]
    ways: list[Any] = [pence / 100, f"{sign}£{pounds:,.2f}", f"{sign}{pounds:.2f}", f" {sign}{pounds:,.2f}\u00a0", f"{sign}{pounds:.2f} GBP"]  # fmt: skip
    if pence < 0:
        ways += [f"({pounds:,.2f})", f"{pounds:,.2f}-", f"(£{pounds:.2f})", f"{pounds:.2f} CR"]
    if pence == 0:
        ways += ["-", "nil", "£ -"]
    if form != "csv":
        ways += [pence / 100 + 1e-9, Formula("1+1", pence / 100)]
    return ways


def spelled_day(day: date, form: str, *, dates_1904: bool = False) -> list[Any]:
    """Ways to type a day."""
    ways: list[Any] = [
        day,
        f"{day:%d/%m/%Y}",
        f"{day:%d %B %Y}",
        f"{day:%Y-%m-%d}",
        f"{day:%d.%m.%y}",
        f"{day:%d-%b-%Y}",
    ]
    ways.append(f"{day.strftime('%a')} {day.day} {day:%B} {day.year}")
    if form != "csv":
        ways.append((day - (date(1904, 1, 1) if dates_1904 else date(1899, 12, 30))).days)
        ways.append(f"{day:%Y-%m-%d} 09:30:00")
    return ways


def spelled_category(line: BudgetLine) -> list[str]:
    label = line.category.label
    return [label, label.upper(), f" {label} ", line.category.value, label.replace(" ", "\u00a0"), label]


def spelled_kind(context: ReturnContext, year: str, line: BudgetLine) -> list[str]:
    """Resource or capital, with its arm where the category has both."""
    own = [one for one in context.budget if one.year == year]
    label = kind_label(line.budget_kind, [one.budget_kind for one in own])
    ways = [label, label, label.upper(), f"{label} "]
    sides = [one.budget_kind for one in own if one.category == line.category]
    if sum(kind.capital == line.budget_kind.capital for kind in sides) == 1:
        ways += ["CDEL", "capital"] if line.budget_kind.capital else ["RDEL", "Revenue", "resource"]
    return ways


@st.composite
def lines(draw: st.DrawFn, context: ReturnContext, period: Period, wanted: Wanted, habits: dict[str, Any]) -> list[Row]:
    """Lines of an award, the first of each budget so large that no credit takes it below zero."""
    budgets = [line for line in context.budget if line.year == period.year.code]
    if context.detail is SpendDetail.CATEGORIES:
        count = draw(st.integers(min(wanted.lines, len(budgets)), len(budgets)))
        return [_line(draw, context, period, line, at, habits, large=True) for at, line in enumerate(budgets[:count])]
    count = draw(st.integers(wanted.lines, 7))
    picked = [draw(among(budgets)) for _ in range(count)]
    if wanted.capital or wanted.arms or wanted.pair:
        picked[0] = budgets[0]
    return [
        _line(draw, context, period, line, at, habits, large=line not in picked[:at]) for at, line in enumerate(picked)
    ]


def _line(
    draw: st.DrawFn,
    context: ReturnContext,
    period: Period,
    budget: BudgetLine,
    number: int,
    habits: dict[str, Any],
    *,
    large: bool,
) -> Row:
    form, commas = habits["form"], habits["commas"]
    net = draw(st.integers(100_000, 200_000) if large else st.integers(-5_000, 150_000))
    vat = draw(among([0, 0, 0, 2_050]))
    day, accrual = _day(draw, context, period)
    reference = f"{draw(among(['INV-', 'R ', 'éàü/', '000', '=1+']))}{number}"
    payee = draw(texts(form))
    evidence = draw(texts(form)) if draw(st.booleans()) or _evidence_due(context, net + vat) else None
    by_category = context.detail is SpendDetail.CATEGORIES
    bare = by_category and draw(st.booleans())
    accruals = ["Yes", "y", "TRUE", True] if accrual else ["No", "n", False, None, " "]
    meant = Meant(reference, budget.category, shown_payee(payee), day, budget.budget_kind, net, vat, accrual)
    cells: dict[str, Any] = {
        "reference": None if bare else reference,
        "category": draw(among(spelled_category(budget))),
        "description": None if bare else draw(texts(form)),
        "payee": None if bare else payee,
        "spent_on": draw(among(spelled_day(day, form, dates_1904=habits["dates_1904"]))),
        "budget_kind": draw(among(spelled_kind(context, period.year.code, budget))),
        "net": draw(among(spelled_amount(net, form, commas=commas))),
        "vat": draw(among(spelled_amount(vat, form, commas=commas) if vat else [None, 0, "n/a", None])),
        "accrual": draw(among(accruals)),
        "evidence": evidence,
    }
    return Row(cells, meant=meant)


def _day(draw: st.DrawFn, context: ReturnContext, period: Period) -> tuple[date, bool]:
    """A day of the period, but for its last; or an accrual's, within the award or after its end."""
    if draw(st.integers(0, 5)):
        return period.first + timedelta(days=draw(st.integers(0, (period.last - period.first).days - 1))), False
    days = (context.award_end - context.award_start).days + 60
    return context.award_start + timedelta(days=draw(st.integers(0, days))), True


def _evidence_due(context: ReturnContext, pence: int) -> bool:
    return context.evidence_from_pence is not None and abs(pence) >= context.evidence_from_pence


def shown_payee(payee: Any) -> str:
    """A payee as it is kept."""
    text = f"{payee:.15g}" if isinstance(payee, int | float) else str(payee)
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
