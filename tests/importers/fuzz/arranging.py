"""Tables as people leave them: moved, reordered, renamed, with rows and columns between, some of them hidden."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from importers.layouts import Column
from tests.importers.fuzz.among import among
from tests.importers.fuzz.lines import spelled_amount
from tests.importers.fuzz.model import Row, Table

NOTES: list[Any] = ["Notes to the reader", "Quarter ended", None, 2025, "Prepared in haste"]
UNREAD = {"unread_1": "Cost centre", "unread_2": "Checked by JB"}


@st.composite
def arranged(
    draw: st.DrawFn,
    sheet: str,
    columns: Sequence[Column],
    rows: list[Row],
    *,
    form: str,
    typos: bool = True,
    more: Sequence[tuple[str, str]] = (),
) -> Table:
    """The table with its columns in any order, blank rows between, and whatever stands above. `more` are columns by key."""
    headings = {column.key: column.heading for column in columns} | dict(more)
    keys = list(headings)
    if more or len(keys) > 9:  # as the template puts them
        keys = [*keys[:6], *(key for key, _ in more), *(key for key in keys[6:] if key not in dict(more))]
    if draw(st.integers(0, 2)) == 0:
        keys = draw(st.permutations(keys))
    renamed: list[str] = []
    style = draw(among(["", "", "stars", "case", "also", "typo" if typos else ""]))
    if style == "typo":
        renamed = [draw(among(["description", "reference", "category"]))]
    also = {column.key: column.also for column in columns if column.also}
    for key, heading in headings.items():
        headings[key] = _heading(heading, style, also.get(key, ()), typo=key in renamed)
    extra = draw(among([[], [], ["unread_1"], ["unread_1", "unread_2"]])) if typos else []
    for key in extra:
        keys.insert(draw(st.integers(0, len(keys))), key)
        headings[key] = UNREAD[key]
        for row in rows:
            row.cells[key] = draw(among(["x", 12, None]))
    for at in sorted(draw(st.sets(st.integers(0, len(rows)), max_size=2)), reverse=True):
        rows = [*rows[:at], Row({}, kind="blank"), *rows[at:]]
    table = Table(sheet, keys, headings, list(rows), left=draw(among([0, 0, 1, 2])), renamed=renamed)
    table.above = [[draw(among(NOTES))] for _ in range(draw(among([4, 0, 1, 7])))]
    if form != "csv":
        _hide(draw, table)
    return table


def _heading(heading: str, style: str, also: Sequence[str], *, typo: bool) -> str:
    if typo:
        return heading[:3] + heading[2:]
    if style == "also" and also:
        return also[0].capitalize()
    return f"{heading} *" if style == "stars" else heading.upper() if style == "case" else heading


def _hide(draw: st.DrawFn, table: Table) -> None:
    """Hides a row or two, a column or the sheet, now and then."""
    table.sheet_hidden = draw(st.integers(0, 9)) == 0
    if draw(st.integers(0, 9)) == 0:
        table.hidden_columns = {draw(among(table.columns))}
    for row in table.rows:
        row.hidden = draw(st.integers(0, 9)) == 0


def with_totals(draw: st.DrawFn, table: Table, form: str, *, commas: bool) -> None:
    """Puts rows that add up the lines above them below some of them, and the headings once more; all of them right."""
    where = draw(among(["", "", "end", "runs", "again"]))
    if where == "again":
        at = draw(st.integers(0, len(table.rows)))
        table.rows.insert(at, Row(dict(table.headings), kind="again"))
    if where in ("end", "runs"):
        table.rows.append(total(draw, table.lines, form, commas=commas, alone=where == "end"))
    if where == "runs" and len(table.lines) > 2:
        half = table.rows.index(table.lines[1])
        table.rows.insert(half + 1, total(draw, table.lines[:2], form, commas=commas))


def total(draw: st.DrawFn, lines: Sequence[Row], form: str, *, commas: bool, alone: bool = False) -> Row:
    """A row that adds up lines: net beside VAT, or both in one; `alone` where it may have a label of its own only."""
    net, vat = (sum(getattr(row.means, name) for row in lines) for name in ("net", "vat"))
    label = draw(among(["Total", "Sub-total", "Page total:", "Totals"]))
    key = draw(among(["reference", "description", "payee", "spent_on"]))
    beside = draw(st.booleans())
    figure = net if beside else net + vat
    cells: dict[str, Any] = {key: label, "net": draw(among(spelled_amount(figure, form, commas=commas)))}
    if beside:
        cells["vat"] = draw(among(spelled_amount(vat, form, commas=commas)))
    return Row(cells, kind="total")
