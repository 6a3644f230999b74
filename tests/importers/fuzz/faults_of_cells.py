"""Faults of single cells, on every sheet: what cannot be read, is not filled in, or says what it must not."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st

from tests.importers.fuzz.among import among
from tests.importers.fuzz.awards import CATEGORIES, WORKBOOKS, Wanted
from tests.importers.fuzz.injecting import (
    ASSETS,
    FORECAST,
    LINES,
    MILESTONES,
    RETURN,
    Injector,
    Put,
    cell_fault,
    field_of,
    pick,
    quarter_keys,
    simple,
)
from tests.importers.fuzz.model import Fails, Formula, Sent, Shows
from tests.importers.fuzz.returns import needs_asset

BOOKS: Final = Wanted(forms=WORKBOOKS)
NEW_BOOKS: Final = Wanted(forms=WORKBOOKS, version="2")
EXCEL: Final = Wanted(forms=("xlsx",))
FORECASTS: Final = Wanted(forms=WORKBOOKS, quarters=True)

BLANKS: Final = (None, " ", "\u00a0 ")
ERRORS: Final = tuple(map(Fails, ("#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?")))
SAYS_NO_DAY: Final = ("31/02/2025", "soon", True, 12, "2025-13-01", "Q2", "30/06/2025 and 01/07/2025")
MONTH_FIRST: Final = ("08/31/2025", "12-25-2025")
MONEY: Final[dict[str, Sequence[Any]]] = {
    "not_money": ("lots", True, "1.2.3", "12/50", "(5", "5 pounds", "£"),
    "part_penny": (12.345, "12.345", 0.001, "£1.999", "12.3456"),
    "too_large": (1e12, "£2,000,000,000", -2e9),
    "percentage": ("50%", "12.5 %"),
    "not_pounds": ("€50.00", "$5", "50 EUR"),
}
SHOWN_SO: Final[dict[str, Sequence[Any]]] = {
    "percentage": (Shows(0.5, "%"), Shows(0.125, "%")),
    "not_pounds": (Shows(50.0, "€"),),
    "date_not_amount": (date(2025, 7, 1),),
}
PERSONAL: Final = (
    "Support, DOB 01/02/2003",
    "NHS 943 476 5919",
    "born on 3 May 2001",
    "crime ref 12/345",
    "AB 12 34 56 C",
)
NAMED: Final = ("Taxi, Miss Khan", "Told a.khan@example.org", "Call 07700 900123")
RECORDS: Final = ("Custody record 55", "URN 01", "d.o.b. 1/2/03")

_TEXTS: Final = ("reference", "description", "payee", "evidence")
_LINE_KEYS: Final = ("reference", "category", "description", "payee", "spent_on", "budget_kind", "net")
_ALL_KEYS: Final = (*_LINE_KEYS, "vat", "accrual", "evidence")


def _same(keys: Sequence[str], values: Sequence[Any]) -> dict[str, Sequence[Any]]:
    return dict.fromkeys(keys, values)


def _money(table: str, keys: Sequence[str], wanted: Wanted) -> list[Injector]:
    """Amounts that are none: typed so in any file, or shown so by a workbook."""
    typed = [cell_fault(code, table, _same(keys, values), wanted) for code, values in MONEY.items()]
    books = Wanted(forms=WORKBOOKS, version=wanted.version, quarters=wanted.quarters)
    return typed + [cell_fault(code, table, _same(keys, values), books) for code, values in SHOWN_SO.items()]


def _category_not_on_award(draw: st.DrawFn, sent: Sent) -> None:
    own = {line.category for line in sent.context.budget if line.year == sent.period.year.code}
    row = pick(draw, sent, sent.spend.lines)
    row.cells["category"] = draw(among([one.label for one in CATEGORIES if one not in own]))
    sent.expect("category_not_on_award", sent.spend, row, "category")


def _kind_not_on_award(draw: st.DrawFn, sent: Sent) -> None:
    row = pick(draw, sent, sent.spend.lines)
    kinds = {line.budget_kind.capital for line in sent.context.budget if line.category == row.means.category and line.year == sent.period.year.code}  # fmt: skip
    assume(len(kinds) == 1)
    row.cells["budget_kind"] = "Resource" if True in kinds else "Capital"
    sent.expect("kind_not_on_award", sent.spend, row, "budget_kind")


def _kind_unclear(draw: st.DrawFn, sent: Sent) -> None:
    first = sent.context.budget[0]
    rows = [row for row in sent.spend.lines if row.means.category == first.category and not row.means.kind.capital]
    row = pick(draw, sent, rows)
    sides = [one for one in sent.context.budget if one.category == first.category and one.year == sent.period.year.code]
    assume(sum(not one.budget_kind.capital for one in sides) > 1)
    row.cells["budget_kind"] = draw(among(["Resource", "RDEL", "revenue"]))
    sent.expect("kind_unclear", sent.spend, row, "budget_kind")


def _day(code: str) -> Put:
    """A real day that the award, or the return's period, does not take."""

    def put(draw: st.DrawFn, sent: Sent) -> None:
        context, period = sent.context, sent.period
        far = timedelta(days=draw(st.integers(1, 400)))
        free = [row for row in sent.spend.lines if not needs_asset(context, row)]
        row = pick(draw, sent, free)
        if code == "outside_period":
            spans = [(context.award_start, period.first - timedelta(days=1)), (period.last + timedelta(days=1), context.award_end)]  # fmt: skip
            spans = [span for span in spans if span[0] <= span[1]]
            assume(spans)
            first, last = draw(among(spans))
            day = draw(among([first, last]))
        else:
            day = context.award_start - far if code == "before_award" else context.award_end + far
        row.cells |= {"spent_on": draw(among([day, f"{day:%d/%m/%Y}"])), "accrual": draw(among([None, "No"]))}  # fmt: skip
        sent.expect(code, sent.spend, row, "spent_on")

    return put


def _field(code: str, keys: Sequence[str], values: Sequence[Any]) -> Injector:
    """A fault in the sheet that says which return this is: what is told is without spaces around it."""

    def put(draw: st.DrawFn, sent: Sent) -> None:
        row = field_of(sent, draw(among(keys)))
        value = draw(among(values))
        row.cells["value"] = value
        sent.touched.append(row)
        sent.expect_at(code, lambda: (sent.fields.name, sent.fields.cell(row, "value")), (value or "").strip())

    return simple(code, RETURN, put, NEW_BOOKS)


def _forecast(code: str, values: Sequence[Any], forms: Sequence[str] = WORKBOOKS) -> Injector:
    def put(draw: st.DrawFn, sent: Sent) -> None:
        row = pick(draw, sent, sent.forecast.lines)
        key = draw(among(quarter_keys(sent)))
        row.cells[key] = draw(among(values))
        sent.expect(code, sent.forecast, row, key)

    return simple(code, FORECAST, put, Wanted(forms=forms, quarters=True))


_DECLARED: Final = ("no_other_grant", "vat_left_out", "records_kept")
_NO: Final = ("No", " no", "N")
_DAYS: Final = ("baseline", "forecast", "actual")

CELL_FAULTS: Final[list[Injector]] = [
    cell_fault("blank", LINES, _same(_LINE_KEYS, BLANKS)),
    cell_fault("formula_error", LINES, _same(_ALL_KEYS, ERRORS)),
    cell_fault("formula_not_calculated", LINES, _same(_ALL_KEYS, (Formula("B2*2"), Formula("Other!A1"))), EXCEL),
    cell_fault("too_long", LINES, {"reference": ("r" * 101,), "description": ("d" * 1001,), "payee": ("p" * 201, "ü" * 900), "evidence": ("e" * 201,)}),
    *_money(LINES, ("net", "vat"), Wanted()),
    cell_fault("not_a_date", LINES, _same(("spent_on",), SAYS_NO_DAY)),
    cell_fault("month_first", LINES, _same(("spent_on",), MONTH_FIRST)),
    cell_fault("not_a_category", LINES, _same(("category",), ("Sandwiches", 7, True, "Staff  pays", "0"))),
    cell_fault("not_a_kind", LINES, _same(("budget_kind",), ("Other", 3, False, "Resource or capital?"))),
    cell_fault("not_yes_or_no", LINES, _same(("accrual",), ("perhaps", 2, "Yess", "x"))),
    cell_fault("ineligible_word", LINES, _same(("description",), ("Gifts for speakers", "Staff entertaining", "Loan interest, May", "Recoverable VAT"))),
    cell_fault("may_identify", LINES, {"description": PERSONAL + NAMED, "payee": PERSONAL, "reference": RECORDS, "evidence": RECORDS}),
    simple("category_not_on_award", LINES, _category_not_on_award),
    simple("kind_not_on_award", LINES, _kind_not_on_award),
    simple("kind_unclear", LINES, _kind_unclear, Wanted(arms=True)),
    *(simple(code, LINES, _day(code)) for code in ("before_award", "after_award", "outside_period")),
    _field("blank", ("prepared_by", "basis"), BLANKS),
    _field("declaration_blank", _DECLARED, BLANKS),
    _field("not_yes_or_no", _DECLARED, ("Mostly", "n/a", "Yes and no")),
    _field("not_a_basis", ("basis",), ("Guesses", "Mixed")),
    _field("cash_basis", ("basis",), ("Cash", "cash basis ")),
    *(_field(f"declared_no_{key}", (key,), _NO) for key in _DECLARED),
    *(_forecast(code, values) for code, values in MONEY.items()),
    *(_forecast(code, values) for code, values in SHOWN_SO.items()),
    _forecast("forecast_blank", BLANKS),
    _forecast("forecast_negative", (-1, "(5)", "£5-", "-0.01")),
    _forecast("formula_error", ERRORS),
    _forecast("formula_not_calculated", (Formula("D6"),), ("xlsx",)),
    cell_fault("not_a_date", MILESTONES, _same(_DAYS, SAYS_NO_DAY), NEW_BOOKS),
    cell_fault("month_first", MILESTONES, _same(_DAYS, MONTH_FIRST), NEW_BOOKS),
    cell_fault("not_a_rag", MILESTONES, _same(("rag",), ("Purple", "Amber/Green", 1)), NEW_BOOKS),
    cell_fault("blank", MILESTONES, _same(("title",), BLANKS), NEW_BOOKS),
    cell_fault("too_long", MILESTONES, {"comment": ("c" * 2001,), "title": ("t" * 201,)}, NEW_BOOKS),
    cell_fault("formula_error", MILESTONES, _same(("title", *_DAYS, "rag", "comment"), ERRORS), NEW_BOOKS),
    cell_fault("may_identify", MILESTONES, _same(("comment",), PERSONAL), NEW_BOOKS),
    cell_fault("blank", ASSETS, _same(("description", "acquired_on", "cost", "location"), BLANKS), NEW_BOOKS),
    cell_fault("not_a_date", ASSETS, _same(("acquired_on", "disposed_on"), SAYS_NO_DAY), NEW_BOOKS),
    cell_fault("month_first", ASSETS, _same(("acquired_on", "disposed_on"), MONTH_FIRST), NEW_BOOKS),
    *_money(ASSETS, ("cost", "disposal"), NEW_BOOKS),
    cell_fault("too_long", ASSETS, {"reference": ("r" * 101,), "description": ("d" * 1001,), "serial": ("s" * 201,)}, NEW_BOOKS),
    cell_fault("formula_error", ASSETS, _same(("reference", "description", "acquired_on", "cost", "location", "serial", "disposed_on", "disposal"), ERRORS), NEW_BOOKS),
    cell_fault("may_identify", ASSETS, {"description": PERSONAL, "location": PERSONAL, "reference": RECORDS, "serial": RECORDS}, NEW_BOOKS),
]  # fmt: skip
