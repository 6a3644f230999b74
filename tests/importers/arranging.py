"""The template with its sheet of spend rearranged, and what is told of it."""

from collections.abc import Callable, Sequence

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from importers.answer import Checked
from tests.importers.making import AWARD, FIRST, Typed, checked, filled, stored

LINES = [Typed(reference=f"R{at}", net=100 + at, vat=1) for at in range(4)]
BLANK = Typed(*[None] * 10)


def on_spend(change: Callable[[Worksheet], None]) -> Callable[[Workbook], None]:
    return lambda book: change(book["Spend"])


def arranged(change: Callable[[Worksheet], None], lines: Sequence[Typed | None] = LINES) -> Checked:
    return checked(filled(AWARD, lines, edit=on_spend(change)))


def told(answer: Checked) -> list[tuple[str, str]]:
    return [(notice.code, notice.place) for notice in answer.notices]


def amounts(answer: Checked) -> list[tuple[str, int, int]]:
    return [(line["cell"], int(line["net_pence"]), int(line["vat_pence"])) for line in stored(answer)]


ORDINARY = [(f"G{FIRST + at}", 10_000 + 100 * at, 100) for at in range(4)]
