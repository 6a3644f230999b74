"""Checks of forecasts: every quarter left has one, and what differs from the budget is explained."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from grants.domain.money import show
from grants.domain.plan import BudgetKind
from grants.domain.returns import Problem
from importers.checks.facts import Facts
from importers.columns import Fault
from importers.forecast import Row
from importers.layouts import forecast_quarters
from importers.messages import problem

_NOTHING_EXPECTED: Final = "nothing will be expected for the rest of the year"


def forecast_sent(facts: Facts) -> Iterator[Problem]:
    """A file that has no place for forecasts leaves the rest of the year without any."""
    if not facts.forecast.sent and facts.period and forecast_quarters(facts.period):
        standing = facts.context.forecasts if facts.context else ()
        left = show(sum(one.pence for one in standing))
        stands = f"the one accepted last stands, {left} for the quarters left" if standing else _NOTHING_EXPECTED
        yield problem("forecast_not_sent", facts.forecast.sheet, "", stands=stands)


def forecasts_are_money(facts: Facts) -> Iterator[Problem]:
    """Forecasts are filled in, whole pence and not below zero. Neighbours below each other are one problem."""
    forecast = facts.forecast
    runs: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(forecast.rows.values(), key=lambda row: row.number):
        for quarter, read in row.quarters.items():
            if isinstance(read, Fault):
                runs.setdefault((quarter, read.code), []).append(row)
    for (quarter, code), rows in runs.items():
        letter = forecast.letters[quarter]
        for run in _neighbours(rows):
            typed = {row.typed[quarter] for row in run}
            first, last = f"{letter}{run[0].number}", f"{letter}{run[-1].number}"
            value = typed.pop() if len(typed) == 1 else ""
            yield problem(
                code, forecast.sheet, first if first == last else f"{first}:{last}", value, heading="forecast"
            )


def _neighbours(rows: list[Row]) -> Iterator[list[Row]]:
    run: list[Row] = []
    for row in rows:
        if run and row.number != run[-1].number + 1:
            yield run
            run = []
        run.append(row)
    yield run


def forecast_rows_complete(facts: Facts) -> Iterator[Problem]:
    """Each budget of the award has one row, and no row is without a budget."""
    forecast = facts.forecast
    if not forecast.sent:
        return
    letter = forecast.letters["category"]
    for number, typed in forecast.repeated:
        yield problem("forecast_row_repeated", forecast.sheet, f"{letter}{number}", typed)
    if facts.context is None:
        return
    for number, typed in forecast.unknown:
        yield problem("forecast_row_unknown", forecast.sheet, f"{letter}{number}", typed)
    for category, kind in sorted(facts.budget.keys() - forecast.rows.keys()):
        yield problem("forecast_row_missing", forecast.sheet, "", category=category.label, kind=kind.label)


def variances_explained(facts: Facts) -> Iterator[Problem]:
    """A forecast outturn that differs from its budget by the amber threshold or more has a reason.

    The variance is outturn minus budget: above zero is over budget. Nothing is asked where lines or forecasts cannot
    be read, since the outturn is not known then.
    """
    if facts.context is None or not facts.whole:
        return
    percent = facts.context.amber_percent
    forecast = facts.forecast
    for key in sorted(facts.budget):
        row = forecast.rows.get(key)
        outturn = _outturn(facts, row, facts.accepted[key] + facts.totals[key]) if row else None
        if row is None or outturn is None or row.reason:
            continue
        budget = facts.budget[key]
        variance = outturn - budget
        if variance and abs(variance) * 100 >= percent * budget:
            cell = f"{forecast.letters['reason']}{row.number}" if "reason" in forecast.letters else ""
            yield problem(
                "variance_unexplained",
                forecast.sheet,
                cell,
                outturn=show(outturn),
                budget=show(budget),
                size=show(abs(variance)),
                side="over" if variance > 0 else "under",
                percent=percent,
            )


def forecast_within_award(facts: Facts) -> Iterator[Problem]:
    """Spend to date and forecasts together stay within the award, by budget kind."""
    if facts.context is None or not facts.whole or not facts.forecast.sent:
        return
    outturns: Counter[BudgetKind] = Counter()
    spent: Counter[BudgetKind] = Counter()
    budgets: Counter[BudgetKind] = Counter()
    for key, budget in facts.budget.items():
        row = facts.forecast.rows.get(key)
        to_date = facts.accepted[key] + facts.totals[key]
        outturn = _outturn(facts, row, to_date) if row else None
        outturns[key[1]] += to_date if outturn is None else outturn
        spent[key[1]] += to_date
        budgets[key[1]] += budget
    for kind in sorted(budgets):
        if outturns[kind] > budgets[kind] >= spent[kind]:
            letter = facts.forecast.letters.get("outturn", "")
            numbers = [row.number for row in facts.forecast.rows.values()]
            cell = f"{letter}{min(numbers)}:{letter}{max(numbers)}" if letter and len(numbers) > 1 else ""
            yield problem(
                "forecast_over_award",
                facts.forecast.sheet,
                cell,
                kind=kind.label,
                year=facts.year,
                outturn=show(outturns[kind]),
                budget=show(budgets[kind]),
            )


def _outturn(facts: Facts, row: Row, to_date: int) -> int | None:
    pence = list(row.quarters.values())
    if any(isinstance(value, Fault) for value in pence):
        return None
    return to_date + sum(value for value in pence if isinstance(value, int))
