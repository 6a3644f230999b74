"""Assets: registered above the threshold, kept from return to return, and their disposal told."""

from datetime import date
from typing import Any

import pytest
from msgspec import structs

from grants.domain.awards import SpendDetail
from grants.domain.return_documents import Asset, Documents
from tests.importers.checks.documents import BOUGHT, CONTEXT, VAN, changed, found, told
from tests.importers.making import Typed, as_csv, checked, filled, places


@pytest.mark.parametrize(
    ("line", "assets", "expected"),
    [
        ({}, [VAN], []),
        ({}, [], [("asset_missing", "Spend!G6")]),
        ({"net": 5_000}, [], []),
        ({"net": 5_000, "vat": 0.01}, [], [("asset_missing", "Spend!G6")]),
        ({"net": -12_000, "day": date(2025, 8, 2)}, [], [("below_zero", "Forecast!F8")]),
        ({"category": "Staff pay", "kind": "Resource"}, [], []),
        ({}, [changed(VAN, A="cap-1", D=99)], []),
        ({}, [changed(VAN, A=None)], []),
        ({"vat": 100}, [changed(VAN, A=None, D=12_100)], []),
        ({"vat": 100}, [changed(VAN, A=None)], []),
        ({}, [changed(VAN, A="other", D=11_999)], [("asset_missing", "Spend!G6")]),
        ({}, [changed(VAN, A=None, C=date(2025, 8, 2))], [("asset_missing", "Spend!G6")]),
        ({}, [changed(VAN, A=None, D="lots")], [("not_money", "Assets!D6")]),
        ({"kind": "Other"}, [], [("not_a_kind", "Spend!F6")]),
    ],
)
def test_what_is_bought_above_the_threshold_is_registered(
    line: dict[str, Any], assets: list[tuple[Any, ...]], expected: list[tuple[str, str]]
) -> None:
    assert found([BOUGHT.but(**line)], assets=assets) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"B": None}, [("blank", "Assets!B6")]),
        ({"C": None}, [("blank", "Assets!C6")]),
        ({"C": "August"}, [("not_a_date", "Assets!C6")]),
        ({"C": date(2025, 3, 31)}, [("asset_outside_award", "Assets!C6")]),
        ({"C": date(2026, 4, 1)}, [("asset_outside_award", "Assets!C6")]),
        ({"C": date(2025, 10, 11)}, [("not_yet", "Assets!C6")]),
        ({"D": None}, [("blank", "Assets!D6")]),
        ({"D": 0}, [("asset_cost", "Assets!D6")]),
        ({"D": -5}, [("asset_cost", "Assets!D6")]),
        ({"D": 1.234}, [("part_penny", "Assets!D6")]),
        ({"E": " "}, [("blank", "Assets!E6")]),
        ({"F": None}, []),
        ({"B": "Phone of NHS 943 476 5919"}, [("may_identify", "Assets!B6")]),
        ({"F": "943 476 5919"}, []),
        ({"G": date(2025, 9, 1), "H": 0}, []),
        ({"G": date(2025, 9, 1)}, [("disposal_without_value", "Assets!H6")]),
        ({"H": 100}, [("blank", "Assets!G6")]),
        ({"G": date(2025, 9, 1), "H": -1}, [("disposal_negative", "Assets!H6")]),
        ({"G": date(2025, 7, 31), "H": 1}, [("disposed_before_bought", "Assets!G6")]),
        ({"G": date(2025, 10, 11), "H": 1}, [("not_yet", "Assets!G6")]),
        ({"G": "sold", "H": 1}, [("not_a_date", "Assets!G6")]),
        ({"G": date(2025, 9, 1), "H": "nothing much"}, [("not_money", "Assets!H6")]),
    ],
)
def test_one_asset(columns: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(assets=[changed(VAN, **columns)]) == expected


def test_a_total_below_the_assets_is_no_asset() -> None:
    assert found([BOUGHT], assets=[VAN, (None, "Total", None, 12_000, None, None, None, None)]) == []


def earlier() -> Documents:
    """What the return above told."""
    told_before = checked(filled(CONTEXT, [BOUGHT], edit=told(assets=[VAN])), CONTEXT).documents
    assert told_before is not None
    return told_before


def test_what_is_kept_is_what_was_told() -> None:
    assert earlier().assets == (
        Asset("CAP-1", "A van", date(2025, 8, 1), 12_000_00, "Depot", "VIN 1", None, None, "D6"),
    )


def test_an_earlier_asset_is_there_already_and_its_going_is_told() -> None:
    context = structs.replace(CONTEXT, before=earlier())
    assert found(context=context) == []
    gone = found(context=context, assets=[(None,) * 8])
    assert gone == [("asset_gone", "Assets")]
    sold = changed(VAN, G=date(2025, 10, 1), H="£3,000")
    assert found(context=context, assets=[sold]) == []


def test_a_file_without_a_sheet_for_assets_says_where_they_are_registered() -> None:
    answer = checked(as_csv([BOUGHT]), CONTEXT)
    assert places(answer) == [("forecast_not_sent", "CSV"), ("assets_not_sent", "CSV!G2")]
    assert answer.documents is None


def test_a_line_for_a_whole_category_is_no_asset() -> None:
    others = [
        Typed(None, category, None, None, None, "Resource", 0) for category in ("Staff pay", "Travel & subsistence")
    ]
    assert found([*others, BOUGHT], context=structs.replace(CONTEXT, detail=SpendDetail.CATEGORIES)) == []
