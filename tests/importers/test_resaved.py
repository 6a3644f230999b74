"""The template, filled in and saved again by another program: real files, the same answer."""

from pathlib import Path

import pytest

from tests.importers.making import AWARD, Typed, checked, filled, places, stored

SAVED = Path(__file__).parent / "resaved"
LINES = [Typed(), None, Typed(reference="INV-2", net="£1,234.50 ")]


@pytest.mark.parametrize("name", ["libreoffice.ods", "libreoffice.xlsx"])
def test_a_file_saved_by_libreoffice_is_read_as_the_one_it_was_made_from(name: str) -> None:
    answer, original = checked((SAVED / name).read_bytes()), checked(filled(AWARD, LINES))
    assert answer == original
    assert [line["cell"] for line in stored(answer)] == ["G6", "G8"]


def test_errors_keep_their_cells_in_an_ods() -> None:
    """Row 9 holds a division by zero, row 10 a reference that was lost, row 11 a day in words."""
    answer = checked((SAVED / "libreoffice_faults.ods").read_bytes())
    assert places(answer) == [("formula_error", "Spend!G9:G10")]
    assert answer.line_count == 5
    assert answer.totals[0].pence == 123450 + 123450 + 123450
