"""How the template looks, and how text and money are put into its cells."""

from collections.abc import Callable, Hashable
from copy import copy
from typing import Final, cast
from weakref import WeakKeyDictionary

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

FACE: Final = "Arial"
MONEY: Final = '"£"#,##0.00;-"£"#,##0.00'
DAY: Final = "dd/mm/yyyy"

PLAIN: Final = Font(name=FACE, size=11)
STRONG: Final = Font(name=FACE, size=11, bold=True)
TITLE: Final = Font(name=FACE, size=18, bold=True)
SUBTITLE: Final = Font(name=FACE, size=14, bold=True)
HEADING: Final = Font(name=FACE, size=11, bold=True, color="FFFFFF")
MARKING: Final = Font(name=FACE, size=11, bold=True, color="942514")

_DARK: Final = PatternFill("solid", fgColor="1D4F7C")
_LOCKED: Final = PatternFill("solid", fgColor="F3F2F1")
_INPUT: Final = PatternFill("solid", fgColor="FFFBE0")
_LINE: Final = Side(style="thin", color="B1B4B6")
_STRONG_LINE: Final = Side(style="medium", color="505A5F")
BOX: Final = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
INPUT_BOX: Final = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_STRONG_LINE)

OPEN: Final = Protection(locked=False)
SHUT: Final = Protection(locked=True)
_LOOK: Final = "_style"  # the library gives no other way to a cell's whole look
_LOOKS: Final[WeakKeyDictionary[Workbook, dict[Hashable, StyleArray]]] = WeakKeyDictionary()
_ALIVE: Final = ("=", "+", "-", "@", "\t", "\r")


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    """A cell of a sheet in which none is merged; rows and columns count from 1."""
    return cast(Cell, sheet.cell(row, column))


def put_text(cell: Cell, text: str, font: Font = PLAIN) -> Cell:
    """Text as text: whatever it begins with, it is neither a formula nor an error, and stays so when edited."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(_ALIVE)
    cell.font = font
    return cell


def put_pounds(cell: Cell, pence: int) -> Cell:
    """Pence as a number of pounds."""
    cell.value = pence / 100
    cell.number_format = MONEY
    cell.font = PLAIN
    return cell


def put_title(sheet: Worksheet, title: str, marking: str, *, width: int) -> None:
    """The title of a sheet in A1, and in A2 what must be said on every sheet; both reach over `width` columns."""
    put_text(sheet["A1"], title, TITLE)
    put_text(sheet["A2"], marking, MARKING)
    sheet.row_dimensions[1].height = 28
    for row in (1, 2):
        for column in range(1, width + 1):
            sheet.cell(row, column).protection = SHUT


def put_note(sheet: Worksheet, row: int, text: str, *, width: int) -> None:
    """A sentence above a table."""
    put_text(cell_at(sheet, row, 1), text)
    for column in range(1, width + 1):
        sheet.cell(row, column).protection = SHUT


def _dress(cell: Cell, wanted: Hashable, dress: Callable[[], None]) -> None:
    """Gives a cell a look, which is found once in a book: that takes far longer than to copy it."""
    looks = _LOOKS.setdefault(cast(Workbook, cell.parent.parent), {})
    key = (wanted, tuple(getattr(cell, _LOOK) or ()))
    if key not in looks:
        dress()
        looks[key] = copy(getattr(cell, _LOOK))
    else:
        setattr(cell, _LOOK, copy(looks[key]))


def as_heading(cell: Cell) -> None:
    """The look of a table's heading."""

    def dress() -> None:
        cell.font, cell.fill, cell.border, cell.protection = HEADING, _DARK, BOX, SHUT
        cell.alignment = Alignment(wrap_text=True, vertical="center")

    _dress(cell, "heading", dress)


def as_input(cell: Cell, number_format: str = "General", *, wrap: bool = False) -> None:
    """The look of a cell that is filled in: unlocked, with a thick line below it and a light fill."""

    def dress() -> None:
        cell.font, cell.fill, cell.border, cell.protection = PLAIN, _INPUT, INPUT_BOX, OPEN
        cell.number_format = number_format
        cell.alignment = Alignment(wrap_text=wrap, vertical="top")

    _dress(cell, ("input", number_format, wrap), dress)


def as_inputs(
    sheet: Worksheet, rows: range, column: int, number_format: str = "General", *, wrap: bool = False
) -> None:
    """The same look for cells below each other."""
    for row in rows:
        as_input(cell_at(sheet, row, column), number_format, wrap=wrap)


def as_given(cell: Cell, *, wrap: bool = False) -> None:
    """The look of a cell that is filled in already, or by a formula: locked and grey."""

    def dress() -> None:
        cell.font, cell.fill, cell.border, cell.protection = PLAIN, _LOCKED, BOX, SHUT
        cell.alignment = Alignment(wrap_text=wrap, vertical="top")

    _dress(cell, ("given", wrap), dress)


def protect(sheet: Worksheet, *, lines: bool = False) -> None:
    """Locks the layout, without a password; `lines` leaves filtering, sorting and rows to the person."""
    protection = sheet.protection
    protection.sheet = True
    protection.formatCells = protection.formatColumns = protection.formatRows = False
    protection.autoFilter = False
    if lines:
        protection.sort = protection.insertRows = protection.deleteRows = False


def print_on_a4(sheet: Worksheet, *, heading_row: int | None = None) -> None:
    """Landscape, one page wide; headings on every page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if heading_row is not None:
        sheet.print_title_rows = f"{heading_row}:{heading_row}"
