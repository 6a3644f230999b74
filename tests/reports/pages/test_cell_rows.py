"""Cells of a sheet as a page shows them: long text runs over blank neighbours, and nothing runs over the cell that is looked for."""

from reports.pages.cell_routes import runs

LONG = "A line counts its net amount plus its irrecoverable VAT"


def test_long_text_runs_over_blank_cells_and_short_text_does_not() -> None:
    assert runs((LONG, "", "", "x"), -1) == [(0, LONG, 3), (3, "x", 1)]
    assert runs(("short", "", "x"), -1) == [(0, "short", 1), (1, "", 1), (2, "x", 1)]


def test_the_cell_that_is_looked_for_stands_alone() -> None:
    assert runs((LONG, "", ""), 1) == [(0, LONG, 1), (1, "", 1), (2, "", 1)]
    assert runs((LONG, "", ""), 0) == [(0, LONG, 1), (1, "", 1), (2, "", 1)]
