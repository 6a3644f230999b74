"""A cell with the cells around it, out of the bytes that were kept."""

import pytest

from importers.answer import NotAReturn, SurroundingsRequest
from importers.limits import Limits
from importers.sandbox import Reader
from importers.surroundings import COLUMNS_SHOWN, ROWS_BESIDE, surroundings_of
from importers.warming import sample


def _look(data: bytes, sheet: str = "", cell: str = "") -> tuple[object, ...]:
    found = surroundings_of(SurroundingsRequest(data, sheet, cell), Limits())
    at = found.rows[found.row - found.first_row][found.column - found.first_column]
    return found.sheet, found.first_row, len(found.rows), at


def test_the_cell_stands_amid_its_neighbours_under_its_headings() -> None:
    found = surroundings_of(SurroundingsRequest(sample(300), "Spend", "A20"), Limits())
    assert len(found.rows) == 2 * ROWS_BESIDE + 1
    assert found.rows[ROWS_BESIDE][0] == "Reference 14"
    assert found.headings[:2] == ("Reference", "Cost category")
    assert found.first_row > found.heading_row > 0
    assert len({len(row) for row in (*found.rows, found.headings)}) == 1


def test_corners_and_edges_have_what_there_is() -> None:
    text = b"a;b\n1;2\n3;4\n"
    assert _look(text, "CSV", "B2") == ("CSV", 1, 3, "2")
    assert _look(text) == ("CSV", 1, 3, "a")
    assert _look(text, "CSV", "AZ3") == ("CSV", 1, 3, "")
    wide = (";".join(str(number) for number in range(100)) + "\n").encode()
    assert _look(wide, "CSV", "CV1") == ("CSV", 1, 1, "99")
    found = surroundings_of(SurroundingsRequest(wide, "CSV", "AX1"), Limits())
    assert len(found.rows[0]) == COLUMNS_SHOWN


@pytest.mark.parametrize(
    ("sheet", "cell"), [("Nope", "A1"), ("Spend", "A9999"), ("Spend", "the cell"), ("Spend", "A0")]
)
def test_what_is_not_there_is_refused(sheet: str, cell: str) -> None:
    with pytest.raises(NotAReturn) as refusal:
        _look(sample(3), sheet, cell)
    assert refusal.value.refused.code == "no_such_cell"


async def test_the_readers_own_process_gives_the_same() -> None:
    async with Reader(at_once=1) as reader:
        asked = SurroundingsRequest(sample(30), "Spend", "G17")
        assert await reader.surroundings(asked) == surroundings_of(asked, Limits())
