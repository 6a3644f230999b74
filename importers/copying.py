"""Lines as text for PostgreSQL's COPY, column by column: the reader hands over bytes that need no more work.

Source of the format: PostgreSQL's documentation of COPY, "Text Format".
"""

from datetime import date
from itertools import repeat
from typing import Final

from importers.checks.facts import Facts

_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})


def copy_text(facts: Facts) -> bytes:
    """All lines in the columns of LINE_COLUMNS, each ended by a line feed. Only for a return without errors."""
    spend = facts.spend
    if not spend.rows:
        return b""
    accruals = spend.accrual.values
    columns = (
        map(str, spend.rows),
        repeat(spend.sheet.translate(_ESCAPES)),
        [f"{spend.net.letter}{row}" for row in spend.rows],
        _escaped(spend.reference.values),
        spend.category.values,
        _escaped(spend.description.values),
        _escaped(spend.payee.values),
        map(date.isoformat, spend.spent_on.values),  # type: ignore[arg-type]  # a return without errors lacks none
        spend.budget_kind.values,
        map(str, spend.net.values),
        map(str, spend.vat.values),
        ["t" if accrual else "f" for accrual in accruals],
        _escaped(spend.evidence.values),
        map(str, facts.fingerprints),
    )
    lines = map("\t".join, zip(*columns, strict=False))
    return ("\n".join(lines) + "\n").encode()


def _escaped(texts: list[str | None]) -> list[str]:
    """Texts with what COPY takes for its own escaped; most need nothing, which one look at all of them tells."""
    known = [text or "" for text in texts] if None in texts else texts
    everything = "".join(known)  # type: ignore[arg-type]  # none is None
    if not any(letter in everything for letter in "\\\t\n\r\x00"):
        return known  # type: ignore[return-value]
    return [text.translate(_ESCAPES) for text in known if text is not None]
