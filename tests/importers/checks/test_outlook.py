"""Forecasts: filled in, whole, explained."""

from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook

from grants.domain.awards import BudgetLine, CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryForecast
from tests.importers.making import AWARD, Typed, as_csv, award, checked, filled, places, problems_of


def put(cell: str, value: Any) -> Callable[[Workbook], None]:
    def edit(book: Workbook) -> None:
        book["Forecast"][cell] = value
        if isinstance(value, str):
            book["Forecast"][cell].data_type = "s"

    return edit


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "forecast_blank"),
        ("  ", "forecast_blank"),
        (-1, "forecast_negative"),
        ("(5)", "forecast_negative"),
        ("some", "not_money"),
        (0.001, "part_penny"),
        (1e12, "too_large"),
        ("#REF!", "formula_error"),
        (True, "not_money"),
    ],
)
def test_a_forecast_that_cannot_be_used(value: Any, code: str) -> None:
    assert problems_of([Typed()], edit=put("H7", value)) == [(code, "Forecast!H7")]


@pytest.mark.parametrize(("value", "pence"), [(0, 0), ("-", 0), ("£1,000.50 ", 100050), (12.34, 1234)])
def test_a_forecast_as_people_type_it(value: Any, pence: int) -> None:
    answer = checked(filled(AWARD, [Typed()], edit=put("H7", value)))
    assert places(answer) == []
    forecast = next(one for one in answer.forecasts if one.cell == "H7")
    assert (forecast.category, forecast.quarter, forecast.pence) == (CostCategory.TRAVEL, "2025-26-Q4", pence)


def test_what_the_formulas_show_does_not_count() -> None:
    assert problems_of([Typed()], edit=put("I7", 99_999_999)) == []


ONE = award(budget=(BudgetLine("2025-26", CostCategory.TRAVEL, 1000_00),), accepted=())
LINE = Typed(category="Travel and subsistence", net=100)


@pytest.mark.parametrize(
    ("forecast", "expected"),
    [
        (450, []),
        (474.99, []),
        (475, [("variance_unexplained", "Forecast!K6")]),
        (0, [("variance_unexplained", "Forecast!K6")]),
        (425, [("variance_unexplained", "Forecast!K6")]),
        (425.01, []),
    ],
)
def test_a_variance_needs_a_reason_from_the_amber_threshold(forecast: float, expected: list[tuple[str, str]]) -> None:
    errors = checked(filled(ONE, [LINE], forecast=forecast, reason=None), ONE).errors
    assert [(problem.code, problem.place) for problem in errors] == expected
    explained = checked(filled(ONE, [LINE], forecast=forecast, reason="Because"), ONE)
    assert explained.errors == ()
    assert [reason.reason for reason in explained.reasons] == ["Because"]


def test_the_sentence_gives_the_figures_and_the_side() -> None:
    over = checked(filled(ONE, [LINE], forecast=500, reason=" "), ONE).errors[0].message
    under = checked(filled(ONE, [LINE], forecast=100, reason=None), ONE).errors[0].message
    assert over.startswith("The forecast outturn is £1,100 against a budget of £1,000: £100 over budget.")
    assert "£700 under budget" in under


def test_a_reason_is_not_asked_for_where_figures_cannot_be_read() -> None:
    assert problems_of([LINE.but(net="lots")], ONE, reason=None) == [("not_money", "Spend!G6")]
    assert problems_of([LINE], ONE, reason=None, edit=put("G6", "x")) == [("not_money", "Forecast!G6")]


def test_a_forecast_above_the_award_is_a_warning() -> None:
    assert problems_of([LINE], ONE, forecast=450.01, reason="Because") == [("forecast_over_award", "Forecast")]
    assert problems_of([LINE], ONE, forecast=450, reason="Because") == []


def test_a_row_that_was_deleted_repeated_or_made_up() -> None:
    def delete(book: Workbook) -> None:
        book["Forecast"].delete_rows(7)

    missing = checked(filled(AWARD, [Typed()], edit=delete))
    assert places(missing) == [("forecast_row_missing", "Forecast")]
    assert "Travel and subsistence" in missing.errors[0].message

    def repeat(book: Workbook) -> None:
        for column, value in enumerate(("Staff pay", "Resource", None, None, None, None, 5, 5), start=1):
            book["Forecast"].cell(9, column).value = value

    assert problems_of([Typed()], edit=repeat) == [("forecast_row_repeated", "Forecast!A9")]

    def make_up(book: Workbook) -> None:
        for column, value in enumerate(("ICT", "Resource", None, None, None, None, 5, 5), start=1):
            book["Forecast"].cell(9, column).value = value

    assert problems_of([Typed()], edit=make_up) == [("forecast_row_unknown", "Forecast!A9")]


def test_a_file_without_a_forecast_leaves_the_one_that_was_accepted_last() -> None:
    standing = (
        CategoryForecast(CostCategory.STAFF_PAY, BudgetKind.RDEL_PROGRAMME, "2025-26-Q3", 1_000_00, ""),
        CategoryForecast(CostCategory.TRAVEL, BudgetKind.RDEL_PROGRAMME, "2025-26-Q4", 234_50, ""),
    )
    answer = checked(as_csv([Typed()]), award(forecasts=standing))
    assert answer.forecasts == standing
    assert ("forecast_not_sent", "£1,234.50") in [
        (one.code, one.message.partition("stands, ")[2].partition(" for the quarters left")[0])
        for one in answer.warnings
    ]
    bare = checked(as_csv([Typed()]))
    assert bare.forecasts == ()
    assert any("nothing will be expected" in one.message for one in bare.warnings)
    typed = checked(filled(AWARD, [Typed()], forecast=7), award(forecasts=standing))
    assert {one.pence for one in typed.forecasts} == {7_00}
