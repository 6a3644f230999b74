"""Good returns of every kind: whatever the award asks is there, in the template's tables as people rearrange them."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from grants.domain.awards import SpendDetail
from grants.domain.periods import Period, parse_period
from grants.domain.plan import Rag
from grants.domain.returns import ReturnContext
from importers.cells import CSV
from importers.choices import kind_label
from importers.header import header_of
from importers.layouts import LAYOUTS, Layout, Rows, forecast_quarters
from tests.importers.fuzz.among import among
from tests.importers.fuzz.arranging import arranged, with_totals
from tests.importers.fuzz.awards import Wanted, awards
from tests.importers.fuzz.lines import lines, spelled_amount, spelled_day, texts
from tests.importers.fuzz.model import Formula, Row, Sent, Table

JUNK = [["Working", "Amount", 12.5, None, True], [], ["Total", Formula("SUM(C1)", 12.5)], ["Return", "Spend"]]


@st.composite
def returns(draw: st.DrawFn, wanted: Wanted) -> Sent:
    """A return without a fault."""
    context = draw(awards(wanted))
    period = parse_period(context.period)
    form = draw(among(wanted.forms))
    layout = LAYOUTS["2" if form == "csv" else wanted.version or draw(among(["2", "2", "2", "1"]))]
    habits = _habits(draw, form, wanted)
    spent = draw(lines(context, period, wanted, habits))
    registered = form != "csv" and layout.assets is not None
    if not registered and context.detail is SpendDetail.TRANSACTIONS:
        context = structs.replace(context, asset_threshold_pence=None)
    spend = draw(arranged(CSV if form == "csv" else layout.spend_sheet, layout.spend, spent, form=form))
    if context.detail is SpendDetail.TRANSACTIONS:
        with_totals(draw, spend, form, commas=habits["commas"])
    milestones = assets = None
    if form != "csv" and layout.milestones and layout.assets:
        milestones = _documents(draw, layout.milestones, _milestones(draw, context, period, form), form)
        assets = _documents(draw, layout.assets, _assets(draw, context, period, spent, form), form)
    return Sent(
        context=context,
        form=form,
        layout=layout,
        fields=_fields(draw, layout, context),
        spend=spend,
        forecast=_forecast(draw, layout, context, period, spent, form),
        milestones=milestones,
        assets=assets,
        others=draw(st.sampled_from([{}, {}, {"Lists": JUNK}, {"Guidance": [["Read me"]], "Sheet1": JUNK}])),
        habits=habits,
    )


def _habits(draw: st.DrawFn, form: str, wanted: Wanted) -> dict[str, Any]:
    delimiter = draw(among([",", ";", "\t", "|"])) if form == "csv" else ","
    return {
        "form": form,
        "delimiter": delimiter,
        "commas": wanted.commas and delimiter in ";\t" and draw(st.booleans()),
        "end": draw(among(["\r\n", "\n"])) if form == "csv" else "",
        "encoding": draw(among(["utf-8", "utf-8-sig", "cp1252", "utf-16"])) if form == "csv" else "",
        "dates_1904": form == "xlsx" and draw(st.integers(0, 4)) == 0,
        "others_first": draw(st.booleans()),
    }


def _fields(draw: st.DrawFn, layout: Layout, context: ReturnContext) -> Table:
    """The sheet that says which return this is: labels and values, moved down and apart as people do."""
    values = header_of(layout.return_sheet, layout, context, "A. Preparer").values
    for key in layout.declarations:
        values[key] = draw(among(["Yes", "yes", " Y ", "TRUE"]))
    values["basis"] = draw(among(["Accruals", "accruals basis", "ACCRUAL"]))
    mark = draw(among(["", ":", " *", "  "]))
    rows = [Row({"label": field.label + mark, "value": values[field.key]}, kind=field.key) for field in layout.fields]
    for at in sorted(draw(st.sets(st.integers(0, len(rows)), max_size=2)), reverse=True):
        rows.insert(at, Row({}, kind="blank"))
    above: list[list[Any]] = [["Spend return"]] * draw(st.integers(0, 4))
    return Table(layout.return_sheet, ["label", "value"], {}, rows, above, sheet_hidden=False)


def _documents(draw: st.DrawFn, rows: Rows, cells: list[dict[str, Any]], form: str) -> Table:
    return draw(arranged(rows.sheet, rows.columns, [Row(one) for one in cells], form=form, typos=False))


def _milestones(draw: st.DrawFn, context: ReturnContext, period: Period, form: str) -> list[dict[str, Any]]:
    agreed = [(one.title, one.baseline) for one in context.milestones]
    own = [("Own milestone", period.last)] if draw(st.booleans()) else []
    return [_milestone(draw, title, baseline, period, form) for title, baseline in [*agreed, *own]]


def _milestone(draw: st.DrawFn, title: str, baseline: date, period: Period, form: str) -> dict[str, Any]:
    """Done before the period's last day, or to come a month or more after it; explained where it is late or red."""
    done = draw(st.booleans())
    rag = draw(among(list(Rag)))
    if done:
        day = period.first + timedelta(days=draw(st.integers(0, (period.last - period.first).days - 1)))
    else:
        day = period.last + timedelta(days=draw(st.integers(30, 200)))
    said = draw(among([rag.value, rag.value.capitalize(), rag.value[0].upper(), f" {rag.value} "]))
    explained = day > baseline or rag is Rag.RED or draw(st.booleans())
    return {
        "title": draw(among([title, f" {title}", title.upper(), title.replace(" ", "  ")])),
        "baseline": baseline,
        "forecast": None if done else draw(among(spelled_day(day, "csv"))),
        "actual": draw(among(spelled_day(day, "csv"))) if done else None,
        "rag": None if done and rag is not Rag.RED else said,
        "comment": draw(texts(form)) if explained else None,
    }


def _assets(
    draw: st.DrawFn, context: ReturnContext, period: Period, spent: list[Row], form: str
) -> list[dict[str, Any]]:
    """Those that earlier returns told of, those of this return's own large lines, and one more."""
    cells = [_asset(draw, one.reference, one.acquired_on, one.pence, form) for one in reversed(context.before.assets)]
    for row in spent:
        meant = row.means
        if needs_asset(context, row):
            by_day = draw(st.booleans()) and within(context, meant.day) and context.detail is SpendDetail.TRANSACTIONS
            cells.append(asset_of(row, form, None if by_day else meant.reference.upper(), context))
    if draw(st.booleans()):
        cells.append(_asset(draw, "X-1", period.first, 99_00, form))
    return cells


def needs_asset(context: ReturnContext, row: Row) -> bool:
    """Whether the award wants what was bought registered."""
    threshold = context.asset_threshold_pence
    return (
        threshold is not None
        and context.detail is SpendDetail.TRANSACTIONS
        and row.means.kind.capital
        and row.means.pence > threshold
    )


def within(context: ReturnContext, day: date | None) -> bool:
    """Whether an asset may have been bought on that day."""
    return day is not None and context.award_start <= day < parse_period(context.period).last


def asset_of(row: Row, form: str, reference: str | None, context: ReturnContext) -> dict[str, Any]:
    """The asset of a line: by its reference, or by its day and amount."""
    day = row.means.day if within(context, row.means.day) else context.award_start
    return {"reference": reference, "description": "Bought", "acquired_on": day, "cost": row.means.pence / 100, "location": "Depot"}  # fmt: skip


def _asset(draw: st.DrawFn, reference: str, day: date, pence: int, form: str) -> dict[str, Any]:
    gone = draw(st.booleans())
    return {
        "reference": draw(among([reference, None])),
        "description": draw(texts(form)),
        "acquired_on": draw(among(spelled_day(day, "csv"))),
        "cost": draw(among(spelled_amount(pence, form))),
        "location": draw(texts(form)),
        "serial": draw(among([None, "VIN 1", 12345])),
        "disposed_on": day + timedelta(days=1) if gone else None,
        "disposal": draw(among([0, "-", 12.34])) if gone else None,
    }


def _forecast(
    draw: st.DrawFn, layout: Layout, context: ReturnContext, period: Period, spent: list[Row], form: str
) -> Table:
    """A row for each budget of the year: explained, or else so near to its budget that nobody asks."""
    quarters = forecast_quarters(period)
    budgets = [line for line in context.budget if line.year == period.year.code]
    kinds = [line.budget_kind for line in budgets]
    columns = [(column.key, column.heading) for column in layout.forecast]
    columns[6:6] = quarters
    rows = []
    for line in budgets:
        key = (line.category, line.budget_kind)
        accepted = sum(one.pence for one in context.accepted if (one.category, one.budget_kind) == key)
        claimed = sum(row.means.pence for row in spent if (row.means.category, row.means.kind) == key)
        cells: dict[str, Any] = {
            "category": line.category.label,
            "budget_kind": kind_label(line.budget_kind, kinds),
            "budget": line.pence / 100,
            "before": accepted / 100,
            "this_period": Formula("SUM(Spend!G6:G9)", draw(among([None, 0.0, claimed / 100]))),
            "to_date": Formula("D6+E6", (accepted + claimed) / 100),
        }
        near = bool(quarters) and draw(st.booleans())
        for code, _ in quarters:
            pence = draw(st.integers(0, line.pence // 20))
            cells[code] = draw(among(spelled_amount(pence, form)))
        if near:
            left = line.pence * 98 // 100 - accepted - claimed
            cells |= {code: 0 for code, _ in quarters} | {quarters[0][0]: left / 100}
        cells["outturn"] = Formula("F6", draw(among([None, 1.0])))
        cells["reason"] = None if near else draw(among(["Recruitment was late", "=none", 1.5]))
        rows.append(Row(cells))
    return draw(arranged(layout.forecast_sheet, layout.forecast, rows, form=form, typos=False, more=quarters))
