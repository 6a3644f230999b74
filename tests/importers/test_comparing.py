"""Two files cell by cell."""

import pytest

from grants.domain.surroundings import CellDiffers
from importers.answer import CompareRequest, NotAReturn
from importers.comparing import CELLS_NAMED, compare
from importers.limits import Limits
from importers.sandbox import Reader
from importers.warming import sample


def test_each_cell_that_differs_is_counted_and_the_first_are_named() -> None:
    found = compare(CompareRequest(b"a,b\n1,3\n5,6\n", b"a,b\n1,2\n5,6\n"), Limits())
    assert (found.cells, found.count) == ((CellDiffers("CSV", "B2", "2", "3"),), 1)
    found = compare(CompareRequest(sample(3), sample(300)), Limits())
    assert (len(found.cells), found.count) == (CELLS_NAMED, 297 * 10)
    assert found.cells[0] == CellDiffers("Spend", "A9", "Reference 3", "")
    assert compare(CompareRequest(sample(3), sample(3)), Limits()).is_same


def test_sheets_that_one_alone_has_are_named() -> None:
    found = compare(CompareRequest(b"a,b\n1,2\n", sample(1)), Limits())
    assert (found.added, found.missing[:2]) == (("CSV",), ("Return", "Spend"))
    assert not found.is_same


async def test_what_cannot_be_read_is_refused_and_the_readers_own_process_says_the_same() -> None:
    with pytest.raises(NotAReturn):
        compare(CompareRequest(b"", sample(1)), Limits())
    async with Reader(at_once=1) as reader:
        asked = CompareRequest(sample(2), sample(3))
        assert await reader.compare(asked) == compare(asked, Limits())
        assert getattr(await reader.compare(CompareRequest(b"", sample(1))), "code", "") == "empty"
