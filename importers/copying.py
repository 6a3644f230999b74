"""Lines as text for PostgreSQL's COPY, column by column: the reader hands over bytes that need no more work.

Source of the format: PostgreSQL's documentation of COPY, "Text Format".
"""

from itertools import repeat
from typing import Final

from importers.checks.facts import Facts
from importers.columns import Read

_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})


def copy_text(facts: Facts) -> bytes:
    """All lines in the columns of LINE_COLUMNS, each ended by a line feed. Only for a return without errors."""
    spend = facts.spend
    if not spend.rows:
        return b""
    before = f"\t{spend.sheet.translate(_ESCAPES)}\t"
    letters = spend.net.letters or repeat(spend.net.letter)
    columns = (
        # row, sheet and cell
        [f"{row}{before}{letter}{row}" for row, letter in zip(spend.rows, letters, strict=False)],
        _escaped(spend.reference),
        spend.category.values,
        _escaped(spend.description),
        _escaped(spend.payee),
        facts.iso_days,
        spend.budget_kind.values,
        map(str, spend.net.values),
        map(str, spend.vat.values),
        ["t" if accrual else "f" for accrual in spend.accrual.values],
        _escaped(spend.evidence),
        map(str, facts.fingerprints),
    )
    lines = map("\t".join, zip(*columns, strict=True))
    return ("\n".join(lines) + "\n").encode()


def _escaped(read: Read[str]) -> list[str]:
    """Texts with what COPY takes for its own escaped; most need nothing, which one look at all of them tells."""
    if not any(letter in read.everything for letter in "\\\t\n\r\x00"):
        return read.values  # type: ignore[return-value]  # a return without errors lacks none
    return [text.translate(_ESCAPES) for text in read.values if text is not None]
