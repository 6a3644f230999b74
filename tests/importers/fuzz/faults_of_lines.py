"""Faults of lines against the award, each other and earlier returns, and of forecasts against the budget."""

import struct
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st
from msgspec import structs

from grants.domain.awards import SpendDetail
from grants.domain.earlier_returns import EarlierReturn
from grants.domain.returns import CategoryTotal
from importers.checks.facts import fingerprint
from importers.limits import Limits
from tests.importers.fuzz.among import among
from tests.importers.fuzz.awards import CATEGORIES, WORKBOOKS, Wanted
from tests.importers.fuzz.injecting import Injector, Put, change, explain, pick, quarter_keys, rule
from tests.importers.fuzz.model import Meant, Row, Sent
from tests.importers.fuzz.returns import asset_of, needs_asset

LISTS: Final = Wanted(detail=SpendDetail.TRANSACTIONS)
_FORECASTS: Final = Wanted(forms=WORKBOOKS, quarters=True)


def _claimed(sent: Sent, meant: Meant) -> int:
    """Pence of all lines of the same budget."""
    own = [row.means for row in sent.spend.lines]
    return sum(one.pence for one in own if (one.category, one.kind) == (meant.category, meant.kind))


def _accept(sent: Sent, meant: Meant, pence: int) -> None:
    """Earlier returns had so much accepted in the budget of a line."""
    others = [one for one in sent.context.accepted if (one.category, one.budget_kind) != (meant.category, meant.kind)]
    change(sent, accepted=(*others, CategoryTotal(meant.category, meant.kind, pence)))


def _expect_category(sent: Sent, code: str, meant: Meant) -> None:
    """Told at the category's row on the sheet of forecasts, or at the amounts where there is none."""
    table = sent.forecast
    at = [one.category is meant.category and one.budget_kind is meant.kind for one in _budgets(sent)].index(True)
    row = table.lines[at]
    book = sent.form != "csv"
    sent.expect_at(
        code,
        lambda: (table.name, table.cell(row, "to_date")) if book else (sent.spend.name, sent.spend.span("net")),
    )


def _budgets(sent: Sent) -> list[Any]:
    return [line for line in sent.context.budget if line.year == sent.period.year.code]


def _duplicate(code: str, key: str) -> Put:
    """A line once more, below: letters of another case do not make it another."""

    def put(draw: st.DrawFn, sent: Sent) -> None:
        row = draw(among(sent.spend.lines))
        again = Row(dict(row.cells), meant=row.meant)
        if draw(st.booleans()) and isinstance(again.cells["reference"], str):
            again.cells["reference"] = again.cells["reference"].upper()
        sent.spend.rows.append(again)
        explain(sent)
        sent.expect(code, sent.spend, again, key)

    return put


def _lines_of(rows: Sequence[Row]) -> bytes:
    marks = [
        fingerprint(one.reference, one.payee, one.day, one.pence) for one in (row.means for row in rows) if one.day
    ]
    return struct.pack(f">{len(marks)}q", *marks)


def _earlier(draw: st.DrawFn, sent: Sent, rows: Sequence[Row]) -> None:
    award = draw(among([sent.context.award, "ANOTHER-1"]))
    change(sent, earlier=(*sent.context.earlier, EarlierReturn(award, "2021-22-Q1", (), _lines_of(rows))))


def _claimed_before(draw: st.DrawFn, sent: Sent) -> None:
    row = pick(draw, sent, sent.spend.lines)
    _earlier(draw, sent, [row])
    sent.expect("claimed_before", sent.spend, row, "reference")


def _unchanged_lines(draw: st.DrawFn, sent: Sent) -> None:
    _earlier(draw, sent, draw(st.permutations(sent.spend.lines)))
    sent.expect_at("unchanged_lines", lambda: (sent.spend.name, sent.spend.span("net")))


def _unchanged_copy(draw: st.DrawFn, sent: Sent) -> None:
    sent.sent_before = True
    table = sent.spend if sent.form == "csv" else sent.fields
    sent.expect_at("unchanged_copy", lambda: (table.name, ""))


def _over_award(draw: st.DrawFn, sent: Sent) -> None:
    """All that the award has was spent on a category that it had once."""
    claimed = [row.means for row in sent.spend.lines]
    kind = draw(among(claimed)).kind
    assume(sum(one.pence for one in claimed if one.kind is kind) > 0)
    own = {line.category for line in _budgets(sent)}
    other = next(one for one in CATEGORIES if one not in own)
    budget = sum(line.pence for line in _budgets(sent) if line.budget_kind is kind)
    change(sent, accepted=(*sent.context.accepted, CategoryTotal(other, kind, budget)))
    sent.expect_at("over_award", lambda: (sent.spend.name, sent.spend.span("net")))


def _over_category(code: str) -> Put:
    """A category beyond its budget, in an award that has room elsewhere."""

    def put(draw: st.DrawFn, sent: Sent) -> None:
        first, second, *others = sent.context.budget
        meant = next(row.means for row in sent.spend.lines if row.means.category is first.category and row.means.kind is first.budget_kind)  # fmt: skip
        change(sent, budget=(first, structs.replace(second, pence=second.pence * 20), *others))
        explain(sent)
        most = first.pence * sent.context.virement_percent // 100
        over = draw(st.integers(1, most)) if code == "over_category_within" else most + draw(st.integers(1, 10**7))
        _accept(sent, meant, first.pence + over - _claimed(sent, meant))
        _expect_category(sent, code, meant)

    return put


def _below_zero(draw: st.DrawFn, sent: Sent) -> None:
    row = draw(among(sent.spend.lines))
    explain(sent)
    meant = row.means
    accepted = sum(one.pence for one in sent.context.accepted if (one.category, one.budget_kind) == (meant.category, meant.kind))  # fmt: skip
    net = -(accepted + _claimed(sent, meant) + draw(st.integers(1, 10**6)))
    cells = row.cells | {"reference": "CREDIT", "net": net / 100, "vat": None, "evidence": "E"}
    sent.spend.rows.append(Row(cells, meant=Meant("CREDIT", meant.category, meant.payee, meant.day, meant.kind, net, 0, meant.accrual)))  # fmt: skip
    _expect_category(sent, "below_zero", meant)


def _total_wrong(draw: st.DrawFn, sent: Sent) -> None:
    amount = sum(row.means.pence for row in sent.spend.lines) + draw(st.integers(10**8, 10**9))
    label = draw(among(["Total", "Grand total", "Sub-total", "Spend total:"]))
    key = draw(among(["reference", "payee", "description"]))
    row = Row({key: label, "net": draw(among([amount / 100, f"£{amount / 100:,.2f}"]))}, kind="total")
    sent.spend.rows.append(row)
    sent.expect("total_wrong", sent.spend, row, "net")


def _evidence_missing(draw: st.DrawFn, sent: Sent) -> None:
    """The largest line is the only one that has to name its evidence, and does not."""
    largest = max(abs(row.means.pence) for row in sent.spend.lines)
    change(sent, evidence_from_pence=largest)
    for row in sent.spend.lines:
        if abs(row.means.pence) == largest:
            row.cells["evidence"] = draw(among([None, " "]))
            sent.expect("evidence_missing", sent.spend, row, "evidence")


def _in_future(draw: st.DrawFn, sent: Sent) -> None:
    period = sent.period
    change(sent, today=period.last - timedelta(days=1))
    row = pick(draw, sent, [row for row in sent.spend.lines if not needs_asset(sent.context, row)])
    day = period.last
    row.cells |= {"spent_on": draw(among([day, f"{day:%d %B %Y}"])), "accrual": None}
    assume(not any(_accrues_then(one, sent) for one in sent.spend.lines if one is not row))
    sent.expect("in_future", sent.spend, row, "spent_on")


def _accrues_then(row: Row, sent: Sent) -> bool:
    return row.means.day == sent.period.last and not row.means.accrual


def _capital(sent: Sent) -> list[Row]:
    return [row for row in sent.spend.lines if row.means.kind.capital]


def _assets_not_sent(draw: st.DrawFn, sent: Sent) -> None:
    change(sent, asset_threshold_pence=draw(st.integers(0, 90_000)))
    for row in _capital(sent):
        if needs_asset(sent.context, row):
            sent.expect("assets_not_sent", sent.spend, row, "net")


def _asset_missing(draw: st.DrawFn, sent: Sent) -> None:
    """All large capital is registered, but for one line."""
    table = sent.assets
    assert table is not None
    change(sent, asset_threshold_pence=draw(st.integers(0, 90_000)))
    large = [row for row in _capital(sent) if needs_asset(sent.context, row)]
    bare = draw(among(large))
    kept = len(sent.context.before.assets)
    table.rows[:] = table.lines[:kept]
    table.rows += [Row(asset_of(row, sent.form, row.means.reference, sent.context)) for row in large if row is not bare]
    same = [row for row in large if (row.means.day, row.means.pence) == (bare.means.day, bare.means.pence)]
    assume(len(same) == 1)
    sent.expect("asset_missing", sent.spend, bare, "net")


def _no_lines(draw: st.DrawFn, sent: Sent) -> None:
    table = sent.spend
    table.rows = [Row({}, kind="blank") for row in table.rows if row.kind in ("line", "blank")]
    sent.expect_at("no_lines", lambda: (table.name, f"{table.letter('net')}{table.heading_row + 1}"))


def _too_many(draw: st.DrawFn, sent: Sent) -> None:
    """More cells are blank than are told of."""
    row = draw(among(sent.spend.lines))
    row.cells |= dict.fromkeys(("description", "payee", "category"))
    sent.limits = Limits(problems=2)
    order = sorted(("description", "payee", "category"), key=sent.spend.columns.index)
    for key in order[:2]:
        sent.expect("blank", sent.spend, row, key)
    sent.expect_at("too_many_problems", lambda: (sent.spend.name, ""))


def _forecast_over_award(draw: st.DrawFn, sent: Sent) -> None:
    table = sent.forecast
    explain(sent)
    at = draw(st.integers(0, len(table.lines) - 1))
    kind = _budgets(sent)[at].budget_kind
    pence = sum(line.pence for line in _budgets(sent) if line.budget_kind is kind) + draw(st.integers(0, 10**6))
    credits_ = sum(min(row.means.pence, 0) for row in sent.spend.lines)
    table.lines[at].cells[draw(among(quarter_keys(sent)))] = (pence - credits_ + 1) / 100
    sent.expect_at("forecast_over_award", lambda: (table.name, table.span("outturn") if len(table.lines) > 1 else ""))


def _variance(draw: st.DrawFn, sent: Sent) -> None:
    table = sent.forecast
    row = pick(draw, sent, table.lines)
    row.cells |= dict.fromkeys(quarter_keys(sent), 0) | {"reason": draw(among([None, " "]))}
    sent.expect_at("variance_unexplained", lambda: (table.name, table.cell(row, "reason")))


def _row_missing(draw: st.DrawFn, sent: Sent) -> None:
    row = pick(draw, sent, sent.forecast.lines)
    sent.forecast.rows.remove(row)
    sent.expect_at("forecast_row_missing", lambda: (sent.forecast.name, ""))


def _row_unknown(draw: st.DrawFn, sent: Sent) -> None:
    own = {line.category for line in _budgets(sent)}
    other = draw(among([one for one in CATEGORIES if one not in own]))
    cells = {"category": other.label, "budget_kind": "Resource", **dict.fromkeys(quarter_keys(sent), 5)}
    row = Row(cells)
    sent.forecast.rows.append(row)
    sent.expect("forecast_row_unknown", sent.forecast, row, "category")


def _row_repeated(draw: st.DrawFn, sent: Sent) -> None:
    row = Row(dict(pick(draw, sent, sent.forecast.lines).cells))
    sent.forecast.rows.append(row)
    sent.expect("forecast_row_repeated", sent.forecast, row, "category")


_CAPITAL: Final = {"detail": SpendDetail.TRANSACTIONS, "capital": True}
LINE_RULES: Final[list[Injector]] = [
    rule("duplicate_line", "lines forecast", _duplicate("duplicate_line", "reference"), LISTS),
    rule("category_repeated", "lines forecast", _duplicate("category_repeated", "category"), Wanted(detail=SpendDetail.CATEGORIES)),
    rule("claimed_before", "lines", _claimed_before, LISTS),
    rule("unchanged_lines", "lines", _unchanged_lines, Wanted(detail=SpendDetail.TRANSACTIONS, lines=2)),
    rule("unchanged_copy", "", _unchanged_copy),
    rule("over_award", "lines forecast", _over_award),
    rule("over_category", "lines forecast", _over_category("over_category"), Wanted(pair=True)),
    rule("over_category_within", "lines forecast", _over_category("over_category_within"), Wanted(pair=True)),
    rule("below_zero", "lines forecast", _below_zero, LISTS),
    rule("total_wrong", "lines", _total_wrong),
    rule("evidence_missing", "lines", _evidence_missing),
    rule("in_future", "lines", _in_future),
    rule("assets_not_sent", "lines assets", _assets_not_sent, Wanted(forms=("csv",), **_CAPITAL)),  # type: ignore[arg-type]
    rule("assets_not_sent", "lines assets", _assets_not_sent, Wanted(forms=WORKBOOKS, version="1", **_CAPITAL), "version-1"),  # type: ignore[arg-type]
    rule("asset_missing", "lines assets", _asset_missing, Wanted(forms=WORKBOOKS, version="2", **_CAPITAL)),  # type: ignore[arg-type]
    rule("no_lines", "lines forecast", _no_lines),
    rule("too_many_problems", "lines forecast return milestones assets", _too_many, LISTS),
    rule("forecast_over_award", "lines forecast", _forecast_over_award, _FORECASTS),
    rule("variance_unexplained", "lines forecast", _variance, Wanted(forms=WORKBOOKS)),
    rule("forecast_row_missing", "forecast", _row_missing, Wanted(forms=WORKBOOKS)),
    rule("forecast_row_unknown", "forecast", _row_unknown, _FORECASTS),
    rule("forecast_row_repeated", "forecast", _row_repeated, Wanted(forms=WORKBOOKS)),
]  # fmt: skip
