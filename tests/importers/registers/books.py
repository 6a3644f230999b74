"""Registers and payment files as people make them: from the real template, and as a finance system exports them."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

from openpyxl import load_workbook

from grants.domain.registers import ReadRegister, RegisterKind
from importers.answer import NotAReturn, Refused
from importers.limits import Limits
from importers.registers.asking import RegisterRequest
from importers.registers.reading import read_register
from importers.registers.templates import register_template

FIRST: Final = 6
AWARD: Final = (
    "LI-OLDHAM-01", "LOCAL-INQUIRIES", "GB-LAE-OLD", "A local inquiry", date(2025, 4, 1), date(2026, 3, 31),
    "2025-26", "Staff pay", "Resource", 1200.5,
)  # fmt: skip
"""One award of one budget line, column by column."""
KEYS: Final = (
    "reference", "funding_line", "recipient_id", "purpose", "start", "end", "year", "category", "side", "amount", "payment_basis",
    "legal_basis", "frequency", "delivery_body", "certifier_role",
)  # fmt: skip


@lru_cache(maxsize=2)
def _template(kind: RegisterKind) -> bytes:
    return register_template(kind)


def award(**changes: Any) -> list[Any]:
    """The award's row with other cells."""
    row: list[Any] = [*AWARD, *[None] * (len(KEYS) - len(AWARD))]
    for key, value in changes.items():
        row[KEYS.index(key)] = value
    return row


def filled(kind: RegisterKind, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """The real template with rows; an empty row stays blank."""
    book = load_workbook(BytesIO(_template(kind)))
    for name, rows in sheets.items():
        for number, row in enumerate(rows, start=FIRST):
            for column, value in enumerate(row, start=1):
                book[name].cell(number, column).value = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def awards_register(*rows: Sequence[Any], instalments: Sequence[Sequence[Any]] = ()) -> bytes:
    """A register of awards."""
    return filled(RegisterKind.AWARDS, {"Awards": rows, "Instalments": instalments})


def payment_file(*rows: Sequence[Any]) -> bytes:
    """Payments as a finance system exports them: a CSV with its own headings."""
    lines = ["Doc No;Our Ref;Value Date;Amount Paid;Cost Centre", *(";".join(map(str, row)) for row in rows)]
    return "\r\n".join(lines).encode("cp1252")


def read(data: bytes, kind: RegisterKind) -> ReadRegister:
    """What the reader makes of a file that it takes."""
    return read_register(RegisterRequest(data, kind), Limits())


def refused(data: bytes, kind: RegisterKind) -> Refused:
    """Why the reader does not take a file."""
    try:
        read_register(RegisterRequest(data, kind), Limits())
    except NotAReturn as answer:
        return answer.refused
    raise AssertionError("it was taken")


def places(found: ReadRegister) -> list[tuple[str, str]]:
    """Each problem's code and place."""
    return [(problem.code, problem.place) for problem in found.problems]
