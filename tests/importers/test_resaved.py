"""The template, filled in and saved again by another program: real files, the same answer."""

from pathlib import Path

import pytest
from msgspec import structs

from importers.answer import CheckRequest
from importers.checking import read_return
from importers.limits import Limits
from tests.importers.checks.documents import BOUGHT, CONTEXT, VAN, told
from tests.importers.making import AWARD, Typed, checked, filled, places, stored

SAVED = Path(__file__).parent / "resaved"
LINES = [Typed(), None, Typed(reference="INV-2", net="£1,234.50 ")]


@pytest.mark.parametrize("name", ["libreoffice.ods", "libreoffice.xlsx"])
def test_a_file_saved_by_libreoffice_is_read_as_the_one_it_was_made_from(name: str) -> None:
    """It was made from the first version of the template, which asked for no more than lines and forecasts."""
    answer, original = checked((SAVED / name).read_bytes()), checked(filled(AWARD, LINES))
    assert (answer.template_version, answer.header.basis, answer.documents) == ("1", "", None)
    header = structs.replace(original.header, template_version="1", basis="")
    assert answer == structs.replace(original, template_version="1", header=header, documents=None)
    assert [line["cell"] for line in stored(answer)] == ["G6", "G8"]


@pytest.mark.parametrize("name", ["libreoffice_documents.ods", "libreoffice_documents.xlsx"])
def test_milestones_and_assets_saved_by_libreoffice_are_those_that_were_typed(name: str) -> None:
    original = checked(filled(CONTEXT, [Typed(), BOUGHT], edit=told(assets=[VAN])), CONTEXT)
    answer = checked((SAVED / name).read_bytes(), CONTEXT)
    assert original.documents is not None
    assert len(original.documents.milestones) == 2
    assert answer == original


def test_errors_keep_their_cells_in_an_ods() -> None:
    """Row 9 holds a division by zero, row 10 a reference that was lost, row 11 a day in words."""
    answer = checked((SAVED / "libreoffice_faults.ods").read_bytes())
    assert places(answer) == [("formula_error", "Spend!G9:G10")]
    assert answer.line_count == 5
    assert answer.totals[0].pence == 123450 + 123450 + 123450


@pytest.mark.parametrize("format_", ["ods", "xlsx"])
def test_what_shows_otherwise_than_its_value_and_what_does_not_show_at_all(format_: str) -> None:
    """G7 is 0.5 shown as 50.00%, G9 0.5 shown in euros, rows 10 and 11 and column I are hidden, row 12 says total."""
    answer = checked((SAVED / f"libreoffice_odd.{format_}").read_bytes())
    assert places(answer) == [("percentage", "Spend!G7"), ("not_pounds", "Spend!G9"), ("not_money", "Spend!G10")]
    told = {notice.place: notice.code for notice in answer.notices}
    assert told.pop("Spend!G10") in ("hidden_rows", "filtered_rows")
    assert told == {"Spend!G12": "total_not_checked", "Forecast": "hidden_sheet", "Spend!I5": "hidden_columns"}


@pytest.mark.parametrize("name", ["commas_utf8", "semicolons_1252", "tabs_utf16"])
def test_a_sheet_saved_as_csv_keeps_its_cells(name: str) -> None:
    data = (SAVED / f"libreoffice_{name}.csv").read_bytes()
    answer = checked(data)
    assert [(error.code, error.place) for error in answer.errors] == [
        ("not_money", "CSV!G9"),
        ("month_first", "CSV!E10"),
    ]
    assert answer.line_count == 4
    facts = read_return(CheckRequest(data, None, AWARD), Limits())
    assert facts.spend.payee.values[0] == "Café Zoë"
    assert facts.spend.description.values[1] == 'He said "yes"; twice over'
    assert (facts.spend.reference.values[1], facts.amounts[:2]) == ("00012", [-500_00, 1235_60])
