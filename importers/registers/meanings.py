"""What a cell of a register means: references, codes, years and choices, as people type them."""

import re
from typing import Final

from grants.domain.awards import Frequency, LegalBasis, PaymentBasis
from grants.domain.errors import Invalid
from grants.domain.periods import parse_period, parse_year
from importers.amounts import read_money
from importers.cells import Cell, shown
from importers.columns import Fault

_REFERENCE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,39}")
_RECIPIENT: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{2,39}")
_YEAR: Final = re.compile(r"(?:FY ?)?(20[0-9]{2}) ?(?:-|/|\u2013| TO ) ?(?:20)?([0-9]{2})")
_DASHES: Final = {0x2010: "-", 0x2011: "-", 0x2013: "-"}
_SPACES: Final = re.compile(r"[\s\u00a0]+")
_BASES: Final = {
    "arrears": PaymentBasis.ARREARS,
    "in arrears": PaymentBasis.ARREARS,
    "advance": PaymentBasis.ADVANCE,
    "in advance": PaymentBasis.ADVANCE,
}
_FREQUENCIES: Final = {"quarterly": Frequency.QUARTERLY, "monthly": Frequency.MONTHLY}
POWERS: Final = {
    LegalBasis.LGA2003_S31: "Local Government Act 2003, section 31",
    LegalBasis.CHARITIES2006_S70: "Charities Act 2006, section 70",
    LegalBasis.POLICE1996_S46: "Police Act 1996, section 46",
    LegalBasis.ASBCPA2014_S143: "Anti-social Behaviour, Crime and Policing Act 2014, section 143",
    LegalBasis.OTHER: "Other",
}
"""The powers as a register has them in its list."""
_POWERS: Final = {text.casefold(): power for power, label in POWERS.items() for text in (label, power.value)}


def _text(cell: Cell) -> str:
    return _SPACES.sub(" ", shown(cell)).strip()


def read_reference(cell: Cell) -> str | Fault:
    """An award's reference, whatever its case."""
    text = _text(cell).upper().translate(_DASHES)
    return text if _REFERENCE.fullmatch(text) else Fault("not_a_reference")


def read_code(cell: Cell) -> str | Fault:
    """A funding line's code."""
    text = _text(cell).upper().translate(_DASHES)
    return text if _REFERENCE.fullmatch(text) else Fault("not_a_code")


def read_recipient(cell: Cell) -> str | Fault:
    """A recipient's identifier."""
    text = _text(cell).upper().translate(_DASHES)
    return text if _RECIPIENT.fullmatch(text) else Fault("not_an_identifier")


def read_year(cell: Cell) -> str | Fault:
    """A financial year's code: 2025-26, 2025/26 or 2025 to 2026."""
    found = _YEAR.fullmatch(_text(cell).upper())
    try:
        return parse_year(f"{found[1]}-{found[2]}").code if found else Fault("not_a_year")
    except Invalid:
        return Fault("not_a_year")


def read_claim(cell: Cell) -> str | Fault:
    """The code of a claim's period."""
    text = _text(cell).upper().translate(_DASHES).replace(" ", "-").replace("/", "-")
    try:
        return parse_period(text).code
    except Invalid:
        return Fault("not_a_claim")


def read_number(cell: Cell) -> int | Fault:
    """An instalment's number."""
    text = _text(cell)
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,2}", text, re.ASCII) and int(text) <= 200 else Fault("not_a_number")


def read_above_zero(cell: Cell) -> int | Fault:
    """Pence, above zero."""
    pence = read_money(cell)
    return Fault("not_above_zero") if isinstance(pence, int) and pence <= 0 else pence


def read_payment_basis(cell: Cell) -> PaymentBasis | Fault:
    """In arrears or in advance."""
    return _BASES.get(_text(cell).casefold()) or Fault("not_a_basis_of_payment")


def read_frequency(cell: Cell) -> Frequency | Fault:
    """How often returns are due."""
    return _FREQUENCIES.get(_text(cell).casefold()) or Fault("not_a_frequency")


def read_power(cell: Cell) -> LegalBasis | Fault:
    """The power under which an award is paid, by its words or its code."""
    return _POWERS.get(_text(cell).casefold()) or Fault("not_a_power")
